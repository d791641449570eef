import { sql, type Expression, type ExpressionBuilder, type SelectQueryBuilder, type SqlBool } from 'kysely';
import { PlatformError, refuse } from '../../contracts/errors';
import { parseGroup, parseSpace } from '../../contracts/ids';
import { MAX_PARKED, type GroupRef, type GroupSettings } from '../../contracts/subscription';
import type { Database, Work } from '../database';
import type { Tables } from '../tables';

/** A group while its row is locked: whoever has it is the only one that changes the group or its deliveries. */
export interface Locked extends GroupRef {
  readonly work: Work;
  /** Milliseconds, by the clock of the database, read under the lock. */
  readonly now: number;
  readonly settings: GroupSettings;
  readonly position: number;
  readonly scanned: number;
  readonly lostThrough: number;
  readonly stopped: string | null;
  readonly createdAt: number;
  /** The expression of its topics, of a subscriber of topics. */
  readonly topics: string | null;
}

/** @throws PlatformError `invalid-request` */
export function within(name: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  const text = `${name} is a whole number from ${String(least)} to ${String(most)}; got ${String(value)}`;
  throw new PlatformError(refuse('invalid-request', text));
}

/** @throws PlatformError `invalid-id` */
export function checkNames({ space, group }: GroupRef): void {
  for (const parsed of [parseSpace(space), parseGroup(group)])
    if (typeof parsed !== 'string') throw new PlatformError(parsed);
}

/** Milliseconds, by the clock of the database: leases of several processes need one clock. */
export async function clockOf(work: Work): Promise<number> {
  const { rows } = await sql<{
    now: number;
  }>`select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(work);
  return Number(rows[0]?.now);
}

/** The highest position of a space, 0 for an empty one. */
export async function headOf(work: Work, space: string): Promise<number> {
  const { head } = await work
    .selectFrom('streams')
    .select((of) => of.fn.max<number | null>('last_position').as('head'))
    .where('space', '=', space)
    .executeTakeFirstOrThrow();
  return Number(head ?? 0);
}

/** The deliveries of a group. */
export function ofGroup({
  space,
  group,
}: GroupRef): (of: ExpressionBuilder<Tables, 'deliveries'>) => Expression<SqlBool> {
  return (of) => of.and([of('deliveries.space', '=', space), of('deliveries.group_name', '=', group)]);
}

/**
 * Locks a group. Its operations happen one after another, so that a checkpoint is never computed from half of another's
 * work: every statement after the lock sees all that the last holder wrote.
 *
 * @throws PlatformError `subscription-not-found`
 */
export async function lockGroup(work: Work, { space, group }: GroupRef): Promise<Locked> {
  const row = await work
    .selectFrom('groups')
    .selectAll()
    .where('space', '=', space)
    .where('name', '=', group)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) {
    const text = `the space ${space} has no subscription ${group}`;
    throw new PlatformError(refuse('subscription-not-found', text));
  }
  const { settings, position, scanned, lost_through: lostThrough, stopped, created_at: createdAt, topics } = row;
  const now = await clockOf(work);
  return { work, now, space, group, settings, position, scanned, lostThrough, stopped, createdAt, topics };
}

/** The events that a group gets, after what it has scanned. */
export function unscanned({
  work,
  space,
  settings,
  scanned,
  topics,
}: Locked): SelectQueryBuilder<Tables, 'events', object> {
  let query = work.selectFrom('events').where('space', '=', space).where('position', '>', scanned);
  if (settings.types.length > 0) query = query.where('type', 'in', settings.types);
  if (topics !== null) query = query.where('topic', 'is not', null).where(sql<boolean>`topic ~ ${topics}`);
  return query;
}

/** Does something with a locked group, in one transaction, after what ran out was parked. */
export async function inGroup<T>({ db }: Database, ref: GroupRef, act: (group: Locked) => Promise<T>): Promise<T> {
  checkNames(ref);
  // `read committed`, whatever the database's default: what is read after the lock must see what the last holder wrote.
  return db
    .transaction()
    .setIsolationLevel('read committed')
    .execute(async (work) => {
      const group = await lockGroup(work, ref);
      await parkExhausted(group);
      return act(group);
    });
}

/** Stops a group: it hands out nothing until it is resumed. */
export async function stopGroup({ work, space, group }: Locked, reason: string): Promise<void> {
  await work
    .updateTable('groups')
    .set({ stopped: reason })
    .where('space', '=', space)
    .where('name', '=', group)
    .execute();
}

/** Sets messages aside with a copy of their events. A group that has parked all it may is stopped. */
export async function park(locked: Locked, positions: readonly number[], reason: string): Promise<void> {
  if (positions.length === 0) return;
  const { work, now } = locked;
  await work
    .updateTable('deliveries')
    .set({
      state: 'parked',
      due_at: now,
      receipt: '',
      reason,
      event: sql`coalesce(event, (select events.event from events where events.position = deliveries.position))`,
    })
    .where(ofGroup(locked))
    .where('position', 'in', positions)
    .execute();
  const { count } = await work
    .selectFrom('deliveries')
    .select((of) => of.fn.countAll<number>().as('count'))
    .where(ofGroup(locked))
    .where('state', '=', 'parked')
    .executeTakeFirstOrThrow();
  if (Number(count) >= MAX_PARKED) {
    await stopGroup(locked, `${String(count)} messages are parked; replay them, then resume`);
  }
}

/** A consumer that took a message for the last time and never answered has failed, too. */
async function parkExhausted(locked: Locked): Promise<void> {
  const { work, now, settings } = locked;
  const rows = await work
    .selectFrom('deliveries')
    .select('position')
    .where(ofGroup(locked))
    .where('state', '=', 'held')
    .where('due_at', '<=', now)
    .where('attempts', '>', settings.maxRetries)
    .execute();
  if (rows.length === 0) return;
  const positions = rows.map(({ position }) => position);
  await park(locked, positions, `no answer within ${String(settings.leaseMs)} ms, for the last time`);
  await advance(locked);
}

/**
 * Moves the checkpoint up to the first position that is handed out or waits, else to what was scanned. It never goes back:
 * a parked message that is replayed below it has its own copy of the event, and does not hold it.
 */
export async function advance({ work, space, group }: Locked): Promise<void> {
  // Only where it moves: consumers that wait must not write a row each time they look.
  await sql`with next as (select coalesce(
      (select min(d.position) - 1 from deliveries d where d.space = g.space and d.group_name = g.name
        and d.state <> 'parked' and d.position > g.position),
      g.scanned) as position from groups g where g.space = ${space} and g.name = ${group})
    update groups set position = next.position from next
    where space = ${space} and name = ${group} and groups.position < next.position`.execute(work);
}
