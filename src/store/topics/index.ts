import { sql } from 'kysely';
import { parseTopic, type TopicInfo, type TopicStore } from '../../contracts/coordination/topic';
import { PlatformError } from '../../contracts/errors';
import { parseSpace } from '../../contracts/ids';
import type { Page, PageRequest } from '../../contracts/read-models';
import type { GroupInfo } from '../../contracts/subscription';
import type { Database } from '../database';
import type { Upcasters } from '../envelope';
import { createEventStore } from '../event-store';
import { pageSizeOf } from '../read-models/page';
import { guarding, readFailure } from '../read-models/reads';
import { infosOf } from '../subscriptions';
import { deliveryOf } from './delivery';
import { publish } from './publish';
import { watchTopics } from './watch';

async function listTopics(database: Database, request: PageRequest): Promise<Page<TopicInfo>> {
  const { space, pageToken } = request;
  for (const parsed of [parseSpace(space), ...(pageToken === undefined ? [] : [parseTopic(pageToken)])])
    if (typeof parsed !== 'string') throw new PlatformError(parsed);
  const size = pageSizeOf(request);
  const rows = await database.db
    .selectFrom('topics')
    .select((of) => [
      'name',
      'messages',
      'last_position',
      of
        .selectFrom('groups')
        .select((each) => each.fn.countAll<number>().as('count'))
        .whereRef('groups.space', '=', 'topics.space')
        .where('groups.topics', 'is not', null)
        .where(sql<boolean>`topics.name ~ groups.topics`)
        .as('subscribers'),
    ])
    .where('space', '=', space)
    .where('name', '>', pageToken ?? '')
    .orderBy('name')
    .limit(size + 1)
    .execute();
  const items = rows.slice(0, size).map(({ name, messages, last_position: position, subscribers }): TopicInfo => ({
    topic: name,
    messages,
    position,
    subscribers: Number(subscribers ?? 0),
  }));
  const next = rows.length > size ? items.at(-1)?.topic : undefined;
  const position = await createEventStore(database).head(space);
  return { items, position, ...(next === undefined ? {} : { nextPageToken: next }) };
}

async function subscribersOf(database: Database, space: string, topic?: string): Promise<readonly GroupInfo[]> {
  for (const parsed of [parseSpace(space), ...(topic === undefined ? [] : [parseTopic(topic)])])
    if (typeof parsed !== 'string') throw new PlatformError(parsed);
  let query = database.db
    .selectFrom('groups')
    .select('name')
    .where('space', '=', space)
    .where('topics', 'is not', null);
  if (topic !== undefined) query = query.where(sql<boolean>`${topic} ~ topics`);
  return infosOf(database, space, await query.orderBy('name').execute());
}

/**
 * Topics on a database.
 *
 * @param upcasters lift stored events to today's versions when they are read (ENV-4)
 */
export function createTopics(database: Database, upcasters: Upcasters = {}): TopicStore {
  const guarded = guarding(database.kind);
  return {
    publish: (request) => guarded(() => publish(database, request)),
    topics: (request) => guarded(() => listTopics(database, request)),
    subscribers: ({ space, topic }) => guarded(() => subscribersOf(database, space, topic)),
    delivery: (request) => guarded(() => deliveryOf(database, request)),
    watch: async function* (request) {
      try {
        yield* watchTopics(database, request, upcasters);
      } catch (error) {
        throw readFailure(database.kind, error);
      }
    },
  };
}
