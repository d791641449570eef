import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { PlatformError, refuse } from '../../contracts/errors';
import type { Message, TakenMessages } from '../../contracts/subscription';
import type { StoredEvent } from '../../contracts/event-store';
import { plainText, upcast, type Upcasters } from '../envelope';
import { publishedOf } from '../../domain/coordination/published';
import { advance, headOf, ofGroup, unscanned, type Locked } from './group';

/** What may be handed out at once, beside what consumers have. */
interface Room {
  readonly again: number;
  readonly fresh: number;
}

/** Room for what was handed out before, and for what is new. */
async function roomOf(locked: Locked): Promise<Room> {
  const { work, now, settings } = locked;
  const { held, open } = await work
    .selectFrom('deliveries')
    .select((of) => [
      of.fn
        .countAll<number>()
        .filterWhere((each) => each.and([each('state', '=', 'held'), each('due_at', '>', now)]))
        .as('held'),
      of.fn.countAll<number>().as('open'),
    ])
    .where(ofGroup(locked))
    .where('state', 'in', ['held', 'waiting'])
    .executeTakeFirstOrThrow();
  const { maxInFlight } = settings;
  return { again: Math.max(0, maxInFlight - Number(held)), fresh: Math.max(0, maxInFlight - Number(open)) };
}

/** No earlier message of the same topic and key is open: handed out, or waiting. What was parked holds nobody up. */
const isFirstOfItsKey = sql<boolean>`not exists (select 1 from deliveries earlier
  where earlier.space = deliveries.space and earlier.group_name = deliveries.group_name
    and earlier.order_key = deliveries.order_key and earlier.position < deliveries.position
    and earlier.state <> 'parked')`;

/** Hands out what waits for a retry and what was never answered. An event that retention has removed cannot be. */
async function takeAgain(locked: Locked, limit: number, upcasters: Upcasters): Promise<readonly Message[]> {
  const { work, now, settings } = locked;
  if (limit === 0) return [];
  let ready = work
    .selectFrom('deliveries')
    .leftJoin('events', 'events.position', 'deliveries.position')
    .select(['deliveries.position', 'events.event as logged', 'deliveries.event as kept'])
    .where(ofGroup(locked))
    .where('deliveries.state', 'in', ['held', 'waiting'])
    .where('deliveries.due_at', '<=', now);
  if (locked.topics !== null) ready = ready.where(isFirstOfItsKey);
  const due = await ready.orderBy('deliveries.position').limit(limit).execute();
  const events = new Map(due.map(({ position, logged, kept }) => [position, logged ?? kept]));
  const isGone = ({ position }: { readonly position: number }): boolean => events.get(position) === null;
  await forget(locked, due.filter(isGone));
  const positions = due.filter((each) => !isGone(each)).map(({ position }) => position);
  if (positions.length === 0) return [];
  const held = await work
    .updateTable('deliveries')
    .set((of) => ({
      state: 'held',
      attempts: of('attempts', '+', 1),
      receipt: sql<string>`position || '-' || gen_random_uuid()`,
      due_at: now + settings.leaseMs,
    }))
    .where(ofGroup(locked))
    .where('position', 'in', positions)
    .returning(['position', 'attempts', 'receipt', 'given_back'])
    .execute();
  return held
    .sort((a, b) => a.position - b.position)
    .flatMap(({ position, attempts: attempt, receipt, given_back: givenBack }): readonly Message[] => {
      const event = events.get(position);
      return event == null ? [] : [{ position, event: upcast(event, upcasters), attempt, receipt, givenBack }];
    });
}

async function forget(locked: Locked, gone: readonly { readonly position: number }[]): Promise<void> {
  if (gone.length === 0) return;
  const positions = gone.map(({ position }) => position);
  await locked.work.deleteFrom('deliveries').where(ofGroup(locked)).where('position', 'in', positions).execute();
}

function receiptOf(position: number): string {
  return `${String(position)}-${randomUUID()}`;
}

/** What of the log a group reads next: its events, and how far it has looked then. */
async function freshOf(
  locked: Locked,
  limit: number,
): Promise<{ readonly page: readonly StoredEvent[]; readonly through: number; readonly isFull: boolean }> {
  const { work, space, scanned } = locked;
  // The head first, each in a statement of its own: what is at or below it is visible to the read that follows (EVT-3).
  const head = await headOf(work, space);
  const page = await unscanned(locked).select(['position', 'event']).orderBy('position').limit(limit).execute();
  const last = page.at(-1)?.position ?? 0;
  const isFull = page.length === limit;
  return { page, through: isFull ? last : Math.max(last, head, scanned), isFull };
}

async function scannedThrough({ work, space, group, scanned }: Locked, through: number): Promise<void> {
  if (through <= scanned) return;
  await work
    .updateTable('groups')
    .set({ scanned: through })
    .where('space', '=', space)
    .where('name', '=', group)
    .execute();
}

/** Reads on from what was scanned. */
async function takeFresh(locked: Locked, limit: number, upcasters: Upcasters): Promise<readonly Message[]> {
  if (limit === 0) return [];
  const { work, now, settings, space, group } = locked;
  const { page, through } = await freshOf(locked, limit);
  const messages = page.map(({ position, event }): Message => ({
    position,
    event: upcast(event, upcasters),
    attempt: 1,
    receipt: receiptOf(position),
    givenBack: 0,
  }));
  const held = { state: 'held', attempts: 1, due_at: now + settings.leaseMs, reason: '', event: null } as const;
  if (messages.length > 0) {
    await work
      .insertInto('deliveries')
      .values(messages.map(({ position, receipt }) => ({ space, group_name: group, position, receipt, ...held })))
      .execute();
  }
  await scannedThrough(locked, through);
  return messages;
}

const orderKeyOf = ({ position, event }: StoredEvent): string => {
  const { topic, key } = publishedOf({ position, event });
  return plainText(`${topic}/${key}`);
};

/**
 * Fills the buffer of a subscriber of topics: what it may have at once waits there, each message behind those of its topic and key.
 * @returns whether there is more in the log than the buffer holds
 */
async function buffer(locked: Locked, limit: number): Promise<boolean> {
  const { work, now, space, group } = locked;
  if (limit === 0) return (await unscanned(locked).select('position').limit(1).executeTakeFirst()) !== undefined;
  const { page, through, isFull } = await freshOf(locked, limit);
  const waiting = { state: 'waiting', attempts: 0, due_at: now, receipt: '', reason: '', event: null } as const;
  if (page.length > 0) {
    await work
      .insertInto('deliveries')
      .values(
        page.map((each) => ({
          space,
          group_name: group,
          position: each.position,
          order_key: orderKeyOf(each),
          ...waiting,
        })),
      )
      .execute();
  }
  await scannedThrough(locked, through);
  return isFull && buffer({ ...locked, scanned: through }, 0);
}

/** Whether retention has passed the group since it was told last; after the reads, so that what was removed before is known. */
async function overtaken({ work, space, group, position, lostThrough }: Locked): Promise<number | undefined> {
  const row = await work.selectFrom('truncations').select('through').where('space', '=', space).executeTakeFirst();
  const through = row?.through ?? 0;
  if (through <= Math.max(position, lostThrough)) return undefined;
  await work
    .updateTable('groups')
    .set({ lost_through: sql<number>`${through}::bigint` })
    .where('space', '=', space)
    .where('name', '=', group)
    .execute();
  return through;
}

/** @throws PlatformError `subscription-stopped` */
export async function takeFrom(locked: Locked, limit: number, upcasters: Upcasters): Promise<TakenMessages> {
  if (locked.stopped !== null) {
    const text = `the subscription ${locked.group} of ${locked.space} is stopped: ${locked.stopped}`;
    throw new PlatformError(refuse('subscription-stopped', text));
  }
  const room = await roomOf(locked);
  const { messages, fellBehind } =
    locked.topics === null
      ? await takeAny(locked, limit, room, upcasters)
      : await takeInOrder(locked, limit, room, upcasters);
  const resync = await overtaken(locked);
  await advance(locked);
  return { messages, ...(resync === undefined ? {} : { resync }), ...(fellBehind ? { fellBehind } : {}) };
}

/** What was handed out before goes before what is new. */
async function takeAny(locked: Locked, limit: number, room: Room, upcasters: Upcasters): Promise<TakenMessages> {
  const again = await takeAgain(locked, Math.min(limit, room.again), upcasters);
  const fresh = await takeFresh(locked, Math.min(limit - again.length, room.fresh), upcasters);
  return { messages: [...again, ...fresh] };
}

/** Of each topic and key the first one that is not dealt with, if nobody has it (PUB-1). */
async function takeInOrder(locked: Locked, limit: number, room: Room, upcasters: Upcasters): Promise<TakenMessages> {
  const isBehind = await buffer(locked, room.fresh);
  const messages = await takeAgain(locked, Math.min(limit, room.again), upcasters);
  return { messages, ...(isBehind ? { fellBehind: true } : {}) };
}
