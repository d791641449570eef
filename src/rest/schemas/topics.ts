import { anything, count, flag, instant, list, object, oneOf, page, ref, text, type JsonSchema } from './shapes';

/** What routes answer about topics. */
export const topicSchemas: Readonly<Record<string, JsonSchema>> = {
  Topic: object({ topic: text, messages: count(1), position: count(1), subscribers: count() }),
  Topics: page('Topic'),
  Published: object({
    position: count(1),
    id: text,
    topic: text,
    key: text,
    data: anything,
    publisher: text,
    time: instant,
  }),
  TopicWord: object(
    { kind: oneOf('subscribed', 'caughtUp', 'fellBehind', 'gap'), position: count() },
    { after: count() },
  ),
  TopicItem: { anyOf: [ref('Published'), ref('TopicWord')] },
  FailedDelivery: object({ subscriber: text, reason: text, tries: count(), isDead: flag }),
  Delivery: object({
    position: count(1),
    topic: text,
    subscribers: count(),
    delivered: count(),
    failed: list(ref('FailedDelivery')),
    pending: list(text),
  }),
  PublishedAt: object({ position: count(1), topic: text, repeated: flag }, { delivery: ref('Delivery') }),
};
