import type { Database, Work } from '../database';
import { PlatformError, refuse } from '../../contracts/errors';
import type { Upcasters } from '../envelope';
import { holdRetention } from '../retention';
import { lead, liveEdition, projectPage, type ProjectionLog } from './projection';

const TABLES = [
  'rm_rows',
  'rm_proposals',
  'rm_trials',
  'rm_versions',
  'rm_changes',
  'rm_adoptions',
  'rm_members',
  'rm_member_changes',
] as const;

/** What a rebuild did. */
export interface Rebuilt {
  readonly edition: number;
  readonly events: number;
  readonly position: number;
  readonly ms: number;
}

async function clear(work: Work, edition: number): Promise<void> {
  for (const table of TABLES) await work.deleteFrom(table).where('edition', '=', edition).execute();
  await work.deleteFrom('editions').where('edition', '=', edition).execute();
}

/** Takes the lead or waits for it, within a transaction of its own. */
async function leading<T>(database: Database, edition: number, act: (work: Work) => Promise<T>): Promise<T> {
  for (;;) {
    const done = await database.db
      .transaction()
      .execute(async (work) => ((await lead(work, edition)) ? { value: await act(work) } : undefined));
    if (done !== undefined) return done.value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function positionOf(work: Work, edition: number): Promise<number | undefined> {
  const row = await work.selectFrom('editions').select('position').where('edition', '=', edition).executeTakeFirst();
  return row?.position;
}

/** Another rebuild may have thrown ours away, or may have been faster: then ours is no longer whole. */
async function own(work: Work, edition: number, position: number): Promise<void> {
  if ((await positionOf(work, edition)) === position) return;
  throw new PlatformError(refuse('already-exists', 'another rebuild has begun or was faster'));
}

/** @returns whether the log is not whole any more */
async function begin(work: Work, live: number, next: number, acceptLoss: boolean): Promise<boolean> {
  await holdRetention(work);
  const removed = await work.selectFrom('truncations').select(['space', 'through']).execute();
  if (removed.length > 0 && !acceptLoss) {
    const spaces = removed.map(({ space, through }) => `${space} through ${String(through)}`).join(', ');
    const text = `retention has removed events (${spaces}); a rebuild would lose what they said. Accept the loss to do it`;
    throw new PlatformError(refuse('limit-reached', text));
  }
  const still = await liveEdition(work);
  if (still.edition !== live) throw new PlatformError(refuse('already-exists', 'another rebuild was faster'));
  await clear(work, next);
  await work.insertInto('editions').values({ edition: next, position: 0, is_live: false }).execute();
  return removed.length > 0;
}

/**
 * Builds the read models anew from the first event, beside the live edition, which goes on answering; then swaps them in
 * one transaction and removes the old one (EVT-6). A rebuild that was cut off is begun again from nothing; while it
 * stands there, retention holds.
 *
 * @throws PlatformError `limit-reached` when retention has removed events: what they said would be lost from the models;
 *   `already-exists` when another rebuild has begun since
 */
export async function rebuildReadModels(
  database: Database,
  options: { readonly upcasters: Upcasters; readonly log: ProjectionLog; readonly acceptLoss?: boolean },
): Promise<Rebuilt> {
  const began = Date.now();
  const { upcasters, log, acceptLoss = false } = options;
  const { edition: live } = await liveEdition(database.db);
  const next = live + 1;
  const isLossy = await leading(database, next, (work) => begin(work, live, next, acceptLoss));
  let events = 0;
  let position = 0;
  const page = async (work: Work): Promise<number> => {
    await own(work, next, position);
    const done = await projectPage(work, next, position, upcasters);
    ({ position } = done);
    events += done.count;
    return done.count;
  };
  while ((await leading(database, next, page)) > 0);
  // The last events under the locks of both editions: nothing moves either meanwhile, and the swap is one step.
  await leading(database, live, async (work) => {
    const still = await liveEdition(work);
    if (still.edition !== live || !(await lead(work, next))) {
      throw new PlatformError(refuse('already-exists', 'another rebuild has begun or was faster'));
    }
    while ((await page(work)) > 0);
    await work.updateTable('editions').set({ is_live: false }).where('edition', '=', live).execute();
    const known = { is_live: true, lossy_through: isLossy ? position : 0 };
    await work.updateTable('editions').set(known).where('edition', '=', next).execute();
    await clear(work, live);
  });
  const rebuilt = { edition: next, events, position, ms: Date.now() - began };
  log.info(rebuilt, 'the read models were rebuilt');
  return rebuilt;
}
