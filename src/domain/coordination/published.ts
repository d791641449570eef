import type { Published } from '../../contracts/coordination/topic';
import type { StoredEvent } from '../../contracts/event-store';

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const OF_TOPIC = /^\/spaces\/[^/]+\/topic\//;

/** The message that an event of the log is. What an agent published has the agent as its publisher, whatever it says. */
export function publishedOf({ position, event }: StoredEvent): Published {
  const { topic, key, data = null, publisher } = event.data;
  return {
    position,
    id: `${event.source}#${event.id}`,
    topic: textOf(topic),
    key: textOf(key),
    data,
    publisher: OF_TOPIC.test(event.source) ? textOf(publisher) : event.partitionkey,
    time: event.time,
  };
}
