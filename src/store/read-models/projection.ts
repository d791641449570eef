import { sql } from 'kysely';
import type { Database, Work } from '../database';
import { codeOfFailure } from '../failures';
import { upcast, type Upcasters } from '../envelope';
import { Bell, WAKE_CHANNEL } from '../wake';
import { forgetTrials, isDeletion, untilDeletions } from './deletion';
import { happened } from './fold';
import { projectGroups } from './groups';
import { projectSets } from './proposals';
import { projectRows } from './rows';
import { projectTrials } from './trials';

const PAGE = 500;
const POLL_MS = 1_000;
const RETRY_MS_MAX = 10_000;
/** Held by whoever moves an edition, until its transaction ends: a stale leader cannot exist. */
const LEAD_LOCK = 0x6d61_6270;

/** What the projection tells. */
export interface ProjectionLog {
  info(line: object, text: string): void;
  error(line: object, text: string): void;
}

/** What a page of events did. `changesGroups`: whoever watches groups has something to look at. */
interface Projected {
  readonly position: number;
  readonly count: number;
  readonly changesGroups: boolean;
}

/** Lifts one page of events into an edition. Rows and position change in the transaction that is given (EVT-6). */
export async function projectPage(
  work: Work,
  edition: number,
  after: number,
  upcasters: Upcasters,
): Promise<Projected> {
  const rows = await work
    .selectFrom('events')
    .select(['position', 'event'])
    .where('position', '>', after)
    .orderBy('position')
    .limit(PAGE)
    .execute();
  const position = rows.at(-1)?.position ?? after;
  let changesGroups = false;
  if (rows.length === 0) return { position, count: 0, changesGroups };
  const events = happened(rows.map((row) => ({ position: row.position, event: upcast(row.event, upcasters) })));
  for (const part of untilDeletions(events)) {
    changesGroups = (await projectGroups(work, edition, part)) || changesGroups;
    await projectRows(work, edition, part);
    await projectSets(work, edition, part);
    await projectTrials(work, edition, part);
    const last = part.at(-1);
    if (last !== undefined && isDeletion(last)) await forgetTrials(work, edition, last);
  }
  await work.updateTable('editions').set({ position }).where('edition', '=', edition).execute();
  return { position, count: rows.length, changesGroups };
}

/** Takes the lead for this transaction. @returns whether we have it; another process may be at work */
export async function lead(work: Work, edition: number): Promise<boolean> {
  const query = sql<{ has: boolean }>`select pg_try_advisory_xact_lock(${LEAD_LOCK}::int, ${edition}::int) as has`;
  return (await query.execute(work)).rows[0]?.has === true;
}

/** Which edition answers, and how far it is. @throws when the tables are not there */
export async function liveEdition(work: Work | Database['db']): Promise<{ edition: number; position: number }> {
  return work
    .selectFrom('editions')
    .select(['edition', 'position'])
    .where('is_live', '=', true)
    .executeTakeFirstOrThrow();
}

/** One step of the live edition. @returns how many events it took; `undefined` when another process has the lead */
export async function projectOnce({ db, kind, wakes }: Database, upcasters: Upcasters): Promise<number | undefined> {
  const done = await db.transaction().execute(async (work) => {
    const { edition } = await liveEdition(work);
    if (!(await lead(work, edition))) return undefined;
    // Read again under the lock: whoever had it before us has moved it, or swapped editions.
    const now = await liveEdition(work);
    if (now.edition !== edition) return undefined;
    const page = await projectPage(work, edition, now.position, upcasters);
    if (page.changesGroups && kind === 'postgres') await sql`select pg_notify(${WAKE_CHANNEL}, '')`.execute(work);
    return page;
  });
  if (done?.changesGroups === true) wakes.fire();
  return done?.count;
}

/** A projection that runs. */
export interface Projection {
  close(): Promise<void>;
}

/** Keeps the live edition up to date until it is closed. Failures are logged and tried again; it waits for migrations. */
export function startProjection(
  database: Database,
  options: {
    readonly upcasters: Upcasters;
    readonly log: ProjectionLog;
    readonly pollMs?: number;
  },
): Projection {
  const { upcasters, log, pollMs = POLL_MS } = options;
  const bell = new Bell();
  let isClosed = false;
  let failures = 0;
  const step = async (): Promise<number> => {
    try {
      const count = await projectOnce(database, upcasters);
      failures = 0;
      return count === PAGE ? 0 : pollMs;
    } catch (error) {
      failures += 1;
      // The tables come with the migrations; until then this is no news.
      const isEarly = codeOfFailure(error) === '42P01';
      if (!isEarly && (failures === 1 || failures % 100 === 0)) {
        log.error({ error: String(error), failures }, 'the read models could not be moved on');
      }
      return Math.min(pollMs * 2 ** Math.min(failures, 6), RETRY_MS_MAX);
    }
  };
  const run = async (): Promise<void> => {
    while (!isClosed) {
      const pause = await step();
      if (pause > 0 && !(isClosed as boolean)) await bell.wait(pause);
    }
  };
  const leave = database.wakes.subscribe(() => bell.ring());
  const running = run();
  return {
    close: async () => {
      isClosed = true;
      leave();
      bell.ring();
      await running;
    },
  };
}
