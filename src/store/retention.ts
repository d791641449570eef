import { sql } from 'kysely';
import { PlatformError, refuse } from '../contracts/errors';
import type { Trim, Trimmed } from '../contracts/store-admin';
import type { Database, Work } from './database';

/** Held while something is removed, and while a rebuild begins: neither sees half of the other. */
const RETENTION_LOCK = [0x6d61, 0x6274] as const;
const CHUNK = 5_000;

/** Takes retention's lock for this transaction. */
export async function holdRetention(work: Work): Promise<void> {
  await sql`select pg_advisory_xact_lock(${RETENTION_LOCK[0]}::int, ${RETENTION_LOCK[1]}::int)`.execute(work);
}

interface Holder {
  readonly reader: string;
  readonly position: number;
}

/** Readers that have not dealt with everything: those with a name, the read models, groups. Least first. */
async function holders(work: Work, space: string, passing: ReadonlySet<string>): Promise<readonly Holder[]> {
  const checkpoints = await work.selectFrom('checkpoints').select(['name', 'position']).execute();
  const editions = await work.selectFrom('editions').select(['edition', 'position']).execute();
  const groups = await work.selectFrom('groups').select(['name', 'position']).where('space', '=', space).execute();
  const all = [
    ...checkpoints.map(({ name, position }) => ({ reader: name, position })),
    ...editions.map(({ edition, position }) => ({ reader: `read-models/${String(edition)}`, position })),
    ...groups.map(({ name, position }) => ({ reader: `group/${name}`, position })),
  ];
  return all.filter(({ reader }) => !passing.has(reader)).sort((a, b) => a.position - b.position);
}

function check({ keepLast, olderThanMs, before }: Trim): void {
  const isCount = (value: number | undefined): boolean =>
    value === undefined || (Number.isSafeInteger(value) && value >= 0);
  const given = [keepLast, olderThanMs, before].filter((each) => each !== undefined);
  if (given.length > 0 && given.every(isCount)) return;
  const text = 'a trim says keepLast, olderThanMs or before, each a whole number from 0';
  throw new PlatformError(refuse('invalid-request', text));
}

/** One bounded part of the removal, with the marks of its streams, in one transaction. */
async function removePart(work: Work, trim: Trim, now: number): Promise<{ count: number; heldBy?: Holder }> {
  await holdRetention(work);
  const [least] = await holders(work, trim.space, new Set(trim.passing ?? []));
  const { space, keepLast, olderThanMs, before } = trim;
  let doomed = work
    .selectFrom('events')
    .innerJoin('streams', 'streams.stream', 'events.stream')
    .select(['events.position', 'events.stream', 'events.sequence'])
    .where('events.space', '=', space);
  if (before !== undefined) doomed = doomed.where('events.position', '<', before);
  if (olderThanMs !== undefined) doomed = doomed.where('events.stored_at', '<', now - olderThanMs);
  if (keepLast !== undefined) doomed = doomed.where(sql<boolean>`events.sequence <= streams.version - ${keepLast}`);
  const free = least === undefined ? doomed : doomed.where('events.position', '<=', least.position);
  const rows = await free.orderBy('events.position').limit(CHUNK).execute();
  if (rows.length === 0) {
    const held = least === undefined ? undefined : await doomed.limit(1).executeTakeFirst();
    return { count: 0, ...(held === undefined || least === undefined ? {} : { heldBy: least }) };
  }
  const firstKept = new Map<string, number>();
  const counts = new Map<string, number>();
  for (const { stream, sequence } of rows) {
    firstKept.set(stream, Math.max(firstKept.get(stream) ?? 0, sequence + 1));
    counts.set(stream, (counts.get(stream) ?? 0) + 1);
  }
  await work
    .deleteFrom('events')
    .where(
      'position',
      'in',
      rows.map((row) => row.position),
    )
    .execute();
  for (const [stream, first] of firstKept) {
    const less = counts.get(stream) ?? 0;
    await work
      .updateTable('streams')
      .set((of) => ({
        first_kept: sql<number>`greatest(first_kept, ${first}::bigint)`,
        events: of('events', '-', less),
      }))
      .where('stream', '=', stream)
      .execute();
  }
  const through = rows.at(-1)?.position ?? 0;
  // A watch of groups that was not so far is told to begin anew (WAT-7).
  await work.deleteFrom('rm_member_changes').where('space', '=', space).where('position', '<=', through).execute();
  await work
    .insertInto('truncations')
    .values({ space, through, at: now })
    .onConflict((conflict) =>
      conflict
        .column('space')
        .doUpdateSet({ through: sql<number>`greatest(truncations.through, ${through}::bigint)`, at: now }),
    )
    .execute();
  return { count: rows.length };
}

/**
 * Removes old events of a space (EVT-5), in bounded transactions; nothing is ever removed by itself.
 *
 * Never beyond what every reader with a name has dealt with, the read models included: the answer says who holds. A
 * reader that is named in `passing` is passed, and told so by `resync`. Streams go on where they were, and a repeated
 * hand-over of removed events is still known as a repetition. Safe to repeat.
 *
 * @throws PlatformError `invalid-request` when no limit is given
 */
export async function trimEvents({ db }: Database, trim: Trim, now = Date.now()): Promise<Trimmed> {
  check(trim);
  let removed = 0;
  for (;;) {
    const part = await db.transaction().execute((work) => removePart(work, trim, now));
    removed += part.count;
    if (part.count === 0) return { removed, ...(part.heldBy === undefined ? {} : { heldBy: part.heldBy }) };
  }
}
