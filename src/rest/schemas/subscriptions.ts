import { count, instant, list, object, oneOf, ref, text, type JsonSchema } from './shapes';

const group = object(
  {
    space: text,
    group: text,
    types: list(text),
    after: { anyOf: [count(), { const: 'end' }] },
    maxRetries: count(),
    leaseMs: count(1),
    maxInFlight: count(1),
    state: oneOf('running', 'stopped'),
    position: count(),
    head: count(),
    inFlight: count(),
    waiting: count(),
    parked: count(),
    lag: count(),
    began: count(),
    createdAt: instant,
  },
  { stoppedBecause: text, lostThrough: count(1), topics: list(text), away: text },
);

/** What routes answer about persistent subscriptions. */
export const subscriptionSchemas: Readonly<Record<string, JsonSchema>> = {
  Subscription: group,
  Subscriptions: object({ items: list(ref('Subscription')) }),
  Message: object({
    position: count(1),
    event: ref('CloudEvent'),
    attempt: count(1),
    receipt: text,
    givenBack: count(),
  }),
  TakenMessages: object({ messages: list(ref('Message')) }, { resync: count(1), fellBehind: { const: true } }),
  Answered: object({ answered: count(1), unknown: list(text) }),
  ParkedMessage: object(
    { position: count(1), attempts: count(1), reason: text, parkedAt: instant },
    { event: ref('CloudEvent') },
  ),
  ParkedMessages: object({ items: list(ref('ParkedMessage')), position: count() }, { nextPageToken: text }),
  ReplayedMessages: object({ replayed: count() }),
};
