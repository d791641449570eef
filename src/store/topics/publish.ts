import { PUBLISHED, type PublishedAt, type TopicStore } from '../../contracts/coordination/topic';
import type { EventSource } from '../../contracts/envelope';
import { PlatformError, refuse } from '../../contracts/errors';
import { parseSpace, type Space } from '../../contracts/ids';
import { unpublishable } from '../../domain/coordination/topic';
import { lockLog, notify } from '../append';
import type { Database, Work } from '../database';
import { eventHash, plainText, streamOf, toCloudEvent } from '../envelope';
import { countTopics } from './counted';

const MAX_ID = 200;
const MAX_PUBLISHER = 200;
/** Processes have no lives that could be told apart: one stream for each topic. */
const GENERATION = '0';

type Request = Parameters<TopicStore['publish']>[0];

/** @throws PlatformError */
function check({ space, topic, key = '', data, id, publisher = '' }: Request): Space {
  const parsed = parseSpace(space);
  if (typeof parsed !== 'string') throw new PlatformError(parsed);
  const wrong = unpublishable(topic, key, data);
  if (wrong !== undefined) throw new PlatformError(wrong);
  if (id.length < 1 || id.length > MAX_ID || publisher.length > MAX_PUBLISHER) {
    const text = `an id has 1 to ${String(MAX_ID)} characters, a publisher at most ${String(MAX_PUBLISHER)}`;
    throw new PlatformError(refuse('invalid-request', text));
  }
  return parsed;
}

async function append(work: Work, from: EventSource, request: Request, hash: string): Promise<number> {
  const stream = streamOf(from);
  const { topic, key = '', data = null, id, publisher = '' } = request;
  const known = await work
    .selectFrom('streams')
    .select(['version', 'events'])
    .where('stream', '=', stream)
    .executeTakeFirst();
  const version = (known?.version ?? 0) + 1;
  const time = new Date().toISOString();
  const said = { type: 'topic.published', data: { topic, key, data, publisher }, causationId: id };
  const event = toCloudEvent(from, { ...said, sequence: version, time });
  const { position } = await work
    .insertInto('events')
    .values({
      stream,
      sequence: version,
      space: from.space,
      type: PUBLISHED,
      hash,
      stored_at: Date.parse(time),
      event: JSON.stringify(event),
      topic,
      request_id: plainText(id),
    })
    .returning('position')
    .executeTakeFirstOrThrow();
  const changed = { version, events: (known?.events ?? 0) + 1, last_position: position };
  await work
    .insertInto('streams')
    .values({ stream, space: from.space, first_kept: 1, ...changed })
    .onConflict((conflict) => conflict.column('stream').doUpdateSet(changed))
    .execute();
  await countTopics(work, from.space, [{ position, topic }]);
  return position;
}

/**
 * Stores a message of a process, in one transaction under the log's lock: positions become visible in order (EVT-3). A repeated
 * request is known by its id as long as its message is kept.
 *
 * @throws PlatformError `idempotency-key-reused` for another message under the same id
 */
export async function publish({ db, kind, wakes }: Database, request: Request): Promise<PublishedAt> {
  const space = check(request);
  const { topic, key = '', data = null, id, publisher = '' } = request;
  const hash = eventHash({ topic, key, data, publisher });
  const publishing = db.transaction().setIsolationLevel('read committed');
  const published = await publishing.execute(async (work): Promise<PublishedAt> => {
    await lockLog(work);
    const before = await work
      .selectFrom('events')
      .select(['position', 'hash'])
      .where('space', '=', space)
      .where('request_id', '=', plainText(id))
      .executeTakeFirst();
    if (before === undefined) {
      const from: EventSource = { space, kind: 'topic', name: topic, generation: GENERATION };
      const position = await append(work, from, request, hash);
      await notify(work, kind);
      return { position, topic, repeated: false };
    }
    if (before.hash === hash) return { position: before.position, topic, repeated: true };
    throw new PlatformError(refuse('idempotency-key-reused', `the id ${id} was used before with another message`));
  });
  if (!published.repeated) wakes.fire();
  return published;
}
