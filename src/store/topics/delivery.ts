import { sql } from 'kysely';
import {
  MAX_DELIVERY_WAIT_MS,
  type Delivery,
  type FailedDelivery,
  type TopicStore,
} from '../../contracts/coordination/topic';
import { PlatformError, refuse } from '../../contracts/errors';
import type { Database } from '../database';
import { within } from '../subscriptions/group';
import { Bell } from '../wake';

/** Answers ring no bell. */
const LOOK_MS = 50;

interface Standing {
  readonly name: string;
  readonly scanned: number;
  readonly stopped: string | null;
  readonly away: string | null;
  readonly state: string | null;
  readonly attempts: number | null;
  readonly reason: string | null;
}

type Stands = 'delivered' | 'pending' | FailedDelivery;

function standsOf({ name, scanned, stopped, away, state, attempts, reason }: Standing, position: number): Stands {
  const failed = (why: string, isDead = false): FailedDelivery => ({
    subscriber: name,
    reason: why,
    tries: Number(attempts ?? 0),
    isDead,
  });
  if (state === 'parked') return failed(reason ?? '', true);
  if (state === null && Number(scanned) >= position) return 'delivered';
  if (away !== null) return failed(away);
  if (stopped !== null) return failed(`it is stopped: ${stopped}`);
  return state === 'waiting' && Number(attempts) > 0 ? failed(reason ?? '') : 'pending';
}

async function topicAt({ db }: Database, space: string, position: number): Promise<string> {
  const row = await db
    .selectFrom('events')
    .select('topic')
    .where('space', '=', space)
    .where('position', '=', position)
    .executeTakeFirst();
  if (row?.topic != null) return row.topic;
  const text = `the store has no message at position ${String(position)} in the space ${space}`;
  throw new PlatformError(refuse('event-not-found', text));
}

async function look({ db }: Database, space: string, position: number, topic: string): Promise<Delivery> {
  const rows = await db
    .selectFrom('groups')
    .leftJoin('deliveries', (join) =>
      join
        .onRef('deliveries.space', '=', 'groups.space')
        .onRef('deliveries.group_name', '=', 'groups.name')
        .on('deliveries.position', '=', position),
    )
    .select([
      'groups.name',
      'groups.scanned',
      'groups.stopped',
      'groups.away',
      'deliveries.state',
      'deliveries.attempts',
      'deliveries.reason',
    ])
    .where('groups.space', '=', space)
    .where('groups.topics', 'is not', null)
    .where(sql<boolean>`${topic} ~ groups.topics`)
    .where('groups.began', '<', position)
    .orderBy('groups.name')
    .execute();
  const stands = rows.map((row) => ({ name: row.name, is: standsOf(row, position) }));
  return {
    position,
    topic,
    subscribers: rows.length,
    delivered: stands.filter(({ is }) => is === 'delivered').length,
    failed: stands.flatMap(({ is }) => (typeof is === 'object' ? [is] : [])),
    pending: stands.filter(({ is }) => is === 'pending').map(({ name }) => name),
  };
}

/**
 * How a message stands with the subscribers that had subscribed before it, in one look at all of them (PUB-5). With `waitMs` it
 * looks again until nobody is pending: each has dealt with it, or has failed at least once.
 *
 * @throws PlatformError `event-not-found`
 */
export async function deliveryOf(
  database: Database,
  { space, position, waitMs = 0, signal }: Parameters<TopicStore['delivery']>[0],
): Promise<Delivery> {
  within('waitMs', waitMs, 0, MAX_DELIVERY_WAIT_MS);
  const topic = await topicAt(database, space, position);
  const deadline = performance.now() + waitMs;
  const bell = new Bell();
  const ring = (): void => bell.ring();
  signal?.addEventListener('abort', ring);
  try {
    for (;;) {
      const delivery = await look(database, space, position, topic);
      const left = deadline - performance.now();
      if (delivery.pending.length === 0 || left <= 0 || signal?.aborted === true) return delivery;
      await bell.wait(Math.min(left, LOOK_MS));
    }
  } finally {
    signal?.removeEventListener('abort', ring);
  }
}
