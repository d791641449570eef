import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { PlatformError, refuse } from '../../contracts/errors';
import type { Message, TakenMessages } from '../../contracts/subscription';
import { upcast, type Upcasters } from '../envelope';
import { advance, ofGroup, type Locked } from './group';

/** What may be handed out at once, beside what consumers have. */
async function roomOf(locked: Locked): Promise<{ readonly again: number; readonly fresh: number }> {
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

/** Hands out what waits for a retry and what was never answered. An event that retention has removed cannot be. */
async function takeAgain(locked: Locked, limit: number, upcasters: Upcasters): Promise<readonly Message[]> {
  const { work, now, settings } = locked;
  if (limit === 0) return [];
  const due = await work
    .selectFrom('deliveries')
    .leftJoin('events', 'events.position', 'deliveries.position')
    .select(['deliveries.position', 'events.event as logged', 'deliveries.event as kept'])
    .where(ofGroup(locked))
    .where('deliveries.state', 'in', ['held', 'waiting'])
    .where('deliveries.due_at', '<=', now)
    .orderBy('deliveries.position')
    .limit(limit)
    .execute();
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
    .returning(['position', 'attempts', 'receipt'])
    .execute();
  return held
    .sort((a, b) => a.position - b.position)
    .flatMap(({ position, attempts: attempt, receipt }): readonly Message[] => {
      const event = events.get(position);
      return event == null ? [] : [{ position, event: upcast(event, upcasters), attempt, receipt }];
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

/** Reads on from what was scanned. */
async function takeFresh(locked: Locked, limit: number, upcasters: Upcasters): Promise<readonly Message[]> {
  const { work, now, settings, space, group, scanned } = locked;
  if (limit === 0) return [];
  // The head first, each in a statement of its own: what is at or below it is visible to the read that follows (EVT-3).
  const { head } = await work
    .selectFrom('streams')
    .select((of) => of.fn.max<number | null>('last_position').as('head'))
    .where('space', '=', space)
    .executeTakeFirstOrThrow();
  let query = work
    .selectFrom('events')
    .select(['position', 'event'])
    .where('space', '=', space)
    .where('position', '>', scanned)
    .orderBy('position')
    .limit(limit);
  if (settings.types.length > 0) query = query.where('type', 'in', settings.types);
  const page = await query.execute();
  const last = page.at(-1)?.position ?? 0;
  const through = page.length === limit ? last : Math.max(last, Number(head ?? 0), scanned);
  const messages = page.map(({ position, event }): Message => ({
    position,
    event: upcast(event, upcasters),
    attempt: 1,
    receipt: receiptOf(position),
  }));
  const held = { state: 'held', attempts: 1, due_at: now + settings.leaseMs, reason: '', event: null } as const;
  if (messages.length > 0) {
    await work
      .insertInto('deliveries')
      .values(messages.map(({ position, receipt }) => ({ space, group_name: group, position, receipt, ...held })))
      .execute();
  }
  if (through > scanned) {
    await work
      .updateTable('groups')
      .set({ scanned: through })
      .where('space', '=', space)
      .where('name', '=', group)
      .execute();
  }
  return messages;
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
  const again = await takeAgain(locked, Math.min(limit, room.again), upcasters);
  const fresh = await takeFresh(locked, Math.min(limit - again.length, room.fresh), upcasters);
  const resync = await overtaken(locked);
  await advance(locked);
  return { messages: [...again, ...fresh], ...(resync === undefined ? {} : { resync }) };
}
