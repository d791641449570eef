import { sql } from 'kysely';
import { PlatformError, refuse } from '../../contracts/errors';
import { MAX_WATCHED, type GroupChange, type GroupNews, type Member } from '../../contracts/groups';
import type { ReadModels } from '../../contracts/read-models';
import type { Database, Work } from '../database';
import { Bell } from '../wake';
import { membersOf } from './groups';

const PAGE = 200;
const POLL_MS = 1_000;
const PROGRESS_MS = 5_000;

type Request = Parameters<ReadModels['watchGroups']>[0];

/** What one look sees, all of it at one instant. */
interface Look {
  readonly edition: number;
  /** How far the groups are. */
  readonly position: number;
  /** Changes at or below are no longer kept, by retention or by a rebuild that had less than the whole log. */
  readonly removed: number;
  readonly lossyThrough: number;
  /** The position that was asked for lies ahead of the whole log: it is not of this log. */
  readonly isAhead: boolean;
  readonly members: readonly Member[];
  readonly changes: readonly { readonly position: number; readonly changes: readonly GroupChange[] }[];
}

async function changesAfter(
  work: Work,
  edition: number,
  { space, group }: Request,
  after: number,
): Promise<Look['changes']> {
  let query = work
    .selectFrom('rm_member_changes')
    .select(['position', 'changes'])
    .where('edition', '=', edition)
    .where('space', '=', space)
    .where('position', '>', after);
  if (group !== undefined) query = query.where('group_name', '=', group);
  return query.orderBy('position').orderBy('group_name').limit(PAGE).execute();
}

async function look(work: Work, request: Request, after: number | undefined): Promise<Look> {
  const {
    edition,
    position,
    lossy_through: lossyThrough,
  } = await work
    .selectFrom('editions')
    .select(['edition', 'position', 'lossy_through'])
    .where('is_live', '=', true)
    .executeTakeFirstOrThrow();
  const truncation = await work
    .selectFrom('truncations')
    .select('through')
    .where('space', '=', request.space)
    .executeTakeFirst();
  const seen = { edition, position, lossyThrough, removed: truncation?.through ?? 0, isAhead: false };
  if (after === undefined) return { ...seen, changes: [], members: await membersOf(work, edition, request) };
  const head =
    after <= position
      ? position
      : (await sql<{ at: number | null }>`select max(position) as at from events`.execute(work)).rows[0]?.at;
  const isAhead = after > Math.max(position, head ?? 0);
  return { ...seen, isAhead, members: [], changes: await changesAfter(work, edition, request, after) };
}

/** The changes of one position together (WAT-4). A full page may end within one, which then waits for the next page. */
function revisions(
  rows: Look['changes'],
): readonly { readonly position: number; readonly changes: readonly GroupChange[] }[] {
  const whole = new Map<number, GroupChange[]>();
  for (const { position, changes } of rows) whole.set(position, [...(whole.get(position) ?? []), ...changes]);
  const all = [...whole].map(([position, changes]) => ({ position, changes }));
  return rows.length < PAGE ? all : all.slice(0, -1);
}

/** Where a watch stands. */
interface Cursor {
  /** The last position that it has dealt with; none when the set is to be read. */
  after: number | undefined;
  /** The edition that it has read from; none before the first look. */
  edition: number | undefined;
  /** What was removed before the set was read is no loss. */
  removedBefore: number;
  /** What it was handed last, and when. */
  told: { readonly position: number; readonly at: number };
  /** Nothing more is there for now. */
  isCaughtUp: boolean;
}

/** Whether something between where a watch stands and now is no longer kept. */
function isLost(seen: Look, after: number, { edition, removedBefore }: Cursor): boolean {
  if (seen.isAhead || (after < seen.removed && seen.removed > removedBefore)) return true;
  if (seen.lossyThrough === 0) return false;
  return edition === undefined ? after <= seen.lossyThrough : edition !== seen.edition;
}

/** What one look has to say; moves the cursor with each word. @throws PlatformError `message-too-large` */
function* newsIn(seen: Look, cursor: Cursor, progressMs: number): Generator<GroupNews, void, void> {
  const { after } = cursor;
  const has = <N extends GroupNews>(news: N): N => {
    cursor.after = news.position;
    cursor.told = { position: news.position, at: Date.now() };
    return news;
  };
  cursor.isCaughtUp = false;
  if (after === undefined) {
    if (seen.members.length > MAX_WATCHED) {
      const text = `a watch begins with at most ${String(MAX_WATCHED)} members`;
      throw new PlatformError(refuse('message-too-large', text));
    }
    Object.assign(cursor, { edition: seen.edition, removedBefore: seen.removed });
    yield has({ kind: 'set', position: seen.position, members: seen.members });
    return;
  }
  if (isLost(seen, after, cursor)) {
    cursor.after = undefined;
    yield { kind: 'compacted', position: Math.max(seen.removed, seen.lossyThrough) };
    return;
  }
  cursor.edition = seen.edition;
  for (const revision of revisions(seen.changes)) yield has({ kind: 'changed', ...revision });
  if (seen.changes.length === PAGE) return;
  cursor.after = Math.max(after, seen.position);
  cursor.isCaughtUp = true;
  const { position, at } = cursor.told;
  if (cursor.after > position && Date.now() - at >= progressMs) yield has({ kind: 'progress', position: cursor.after });
}

/**
 * The members of a group, or of all, as they are now, then every change, gap-free, each once, in the order of positions
 * (WAT-1…8). From `after` on it goes on where it was. It reads what the projection wrote in one transaction with its position,
 * so it is as gap-free as the event store; what wakes it early is not relied on.
 *
 * @throws PlatformError `message-too-large` for more than MAX_WATCHED members
 */
export async function* watchGroups({ db, wakes }: Database, request: Request): AsyncGenerator<GroupNews, void, void> {
  const { signal, after, progressMs = PROGRESS_MS, pollMs = POLL_MS } = request;
  const bell = new Bell();
  const ring = (): void => bell.ring();
  const leave = wakes.subscribe(ring);
  signal?.addEventListener('abort', ring);
  const isOver = (): boolean => signal?.aborted === true;
  const told = { position: after ?? 0, at: Date.now() };
  const cursor: Cursor = { after, edition: undefined, removedBefore: 0, told, isCaughtUp: false };
  try {
    while (!isOver()) {
      const looking = db.transaction().setIsolationLevel('repeatable read');
      const seen = await looking.execute((work) => look(work, request, cursor.after));
      for (const news of newsIn(seen, cursor, progressMs)) {
        if (isOver()) return;
        yield news;
      }
      if (cursor.isCaughtUp && !isOver()) await bell.wait(pollMs);
    }
  } finally {
    signal?.removeEventListener('abort', ring);
    leave();
  }
}
