import { parsePattern, type TopicItem } from '../../contracts/coordination/topic';
import { PlatformError, refuse } from '../../contracts/errors';
import { show } from '../../contracts/ids';
import { lastEventIdOf, sendEvents, type Sent } from '../event-stream';
import { takePlace } from '../places';
import { deliveryQuery, noQuery, pageQuery, publish, watchTopics } from '../requests/bodies';
import { given, param, route, type Context, type Route } from '../route';
import { pageAnswer } from './lists';

const PATH = '/v1/spaces/{space}/topics';

/** Waits with a place of its own, until the answer is there or the caller has gone. */
async function waiting<T>({ deps, response, space }: Context, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const giveBack = takePlace(deps, space);
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  try {
    return await act(gone.signal);
  } finally {
    giveBack();
  }
}

async function* sentOf(items: AsyncIterable<TopicItem>): AsyncIterable<Sent> {
  for await (const item of items) {
    if (item.kind === 'message') yield { position: item.message.position, type: 'message', data: item.message };
    else yield { position: item.position, type: item.kind, data: item };
  }
}

function positionOf(context: Pick<Context, 'params'>): number {
  const text = param(context, 'position');
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  throw new PlatformError(refuse('invalid-request', `a position is a whole number; got ${show(text)}`));
}

/** Topics: publish, watch, how a message stands with its subscribers. A durable subscriber is a subscription with `topics`. */
export const topicRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: `${PATH}/{topic}:publish`,
    id: 'publishMessage',
    answers: { 201: 'PublishedAt' },
    refuses: ['message-too-large', 'idempotency-key-reused', 'limit-reached'],
    from: 'store',
    body: publish,
    summary: 'Stores a message for all who subscribed before; with waitMs it answers how it stands with them',
    handle: async (context) => {
      const { body, how, space } = context;
      const { waitMs, ...message } = body;
      const topic = param(context, 'topic');
      const asked = { ...message, space, topic, id: how.requestId ?? '' };
      const published = await context.topics().publish(asked);
      if (waitMs === undefined) return { status: 201, body: published };
      const { position } = published;
      const delivery = await waiting(context, (signal) =>
        context.topics().delivery({ space, position, waitMs, signal }),
      );
      return { status: 201, body: { ...published, delivery } };
    },
  }),
  route({
    method: 'get',
    path: `${PATH}:watch`,
    id: 'watchTopics',
    answers: { 200: 'TopicItem' },
    refuses: ['limit-reached'],
    from: 'store',
    query: watchTopics,
    summary:
      'Server-sent events: messages of topics, live, with gap where some are left out; with after all from a position on. The id is the position (Last-Event-ID)',
    handle: async (context) => {
      const { deps, query, request, response, space } = context;
      const last = lastEventIdOf(request.get('Last-Event-ID'));
      const asked = { space, topics: query.topics.split(','), ...given('after', query.after), ...given('last', last) };
      for (const pattern of asked.topics.map(parsePattern))
        if (typeof pattern !== 'string') throw new PlatformError(pattern);
      const topics = context.topics();
      const giveBack = takePlace(deps, space);
      try {
        await sendEvents({ deps, response, space }, (signal) => sentOf(topics.watch({ ...asked, signal })));
      } finally {
        giveBack();
      }
      return undefined;
    },
  }),
  route({
    method: 'get',
    path: `${PATH}/{topic}/subscribers`,
    id: 'listTopicSubscribers',
    answers: { 200: 'Subscriptions' },
    refuses: [],
    from: 'store',
    query: noQuery,
    summary: 'Durable subscribers of a topic, agents included, by name',
    handle: async (context) => {
      const asked = { space: context.space, topic: param(context, 'topic') };
      return { status: 200, body: { items: await context.topics().subscribers(asked) } };
    },
  }),
  route({
    method: 'get',
    path: '/v1/spaces/{space}/subscribers',
    id: 'listSubscribers',
    answers: { 200: 'Subscriptions' },
    refuses: [],
    from: 'store',
    query: noQuery,
    summary: 'All durable subscribers of topics, agents included, by name',
    handle: async ({ topics, space }) => ({ status: 200, body: { items: await topics().subscribers({ space }) } }),
  }),
  route({
    method: 'get',
    path: PATH,
    id: 'listTopics',
    answers: { 200: 'Topics' },
    refuses: [],
    from: 'store',
    query: pageQuery,
    summary: 'Topics that were published to, by name',
    handle: (context) => pageAnswer(context, '', (page) => context.topics().topics(page)),
  }),
  route({
    method: 'get',
    path: '/v1/spaces/{space}/deliveries/{position}',
    id: 'getDelivery',
    answers: { 200: 'Delivery' },
    refuses: ['event-not-found', 'limit-reached'],
    from: 'store',
    query: deliveryQuery,
    summary: 'How a message stands with its subscribers: delivered, failed and why, pending',
    handle: async (context) => {
      const asked = { space: context.space, position: positionOf(context) };
      const { waitMs = 0 } = context.query;
      if (waitMs === 0) return { status: 200, body: await context.topics().delivery(asked) };
      const delivery = await waiting(context, (signal) => context.topics().delivery({ ...asked, waitMs, signal }));
      return { status: 200, body: delivery };
    },
  }),
];
