import type { GroupRef } from '../../contracts/subscription';
import { takePlace } from '../places';
import { ack, createGroup, nack, noQuery, nothing, pageQuery, replayParked, take } from '../requests/bodies';
import { param, route, type Context, type Route } from '../route';
import { pageAnswer } from './lists';

const PATH = '/v1/spaces/{space}/subscriptions';
const ONE = `${PATH}/{group}`;

const refOf = (context: Pick<Context, 'params' | 'space'>): GroupRef => ({
  space: context.space,
  group: param(context, 'group'),
});

/** Persistent subscriptions: groups, hand-outs and answers, what was set aside. */
export const subscriptionRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: `${ONE}:take`,
    id: 'takeMessages',
    answers: { 200: 'TakenMessages' },
    refuses: ['subscription-not-found', 'subscription-stopped', 'limit-reached'],
    from: 'store',
    keyed: false,
    repeating: 'Repeated, it hands out others: what was taken and never answered comes again after its lease.',
    body: take,
    summary: 'Hands out messages under a lease; with waitMs it waits for one',
    handle: async (context) => {
      const { deps, response, body } = context;
      const store = context.subscriptions();
      if ((body.waitMs ?? 0) === 0) return { status: 200, body: await store.take({ ...body, ...refOf(context) }) };
      const giveBack = takePlace(deps, context.space);
      const gone = new AbortController();
      response.on('close', () => gone.abort());
      try {
        return { status: 200, body: await store.take({ ...body, ...refOf(context), signal: gone.signal }) };
      } finally {
        giveBack();
      }
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:ack`,
    id: 'ackMessages',
    answers: { 200: 'Answered' },
    refuses: ['subscription-not-found', 'unknown-receipt'],
    from: 'store',
    body: ack,
    summary: 'Acknowledges messages: they are done',
    handle: async (context) => {
      const answered = await context.subscriptions().ack({ ...context.body, ...refOf(context) });
      return { status: 200, body: answered };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:nack`,
    id: 'nackMessages',
    answers: { 200: 'Answered' },
    refuses: ['subscription-not-found', 'unknown-receipt'],
    from: 'store',
    body: nack,
    summary: 'Refuses messages: retry, park, skip, or stop the subscription',
    handle: async (context) => {
      const answered = await context.subscriptions().nack({ ...context.body, ...refOf(context) });
      return { status: 200, body: answered };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:replayParked`,
    id: 'replayParkedMessages',
    answers: { 200: 'ReplayedMessages' },
    refuses: ['subscription-not-found'],
    from: 'store',
    body: replayParked,
    summary: 'Hands parked messages out anew; without positions all of them',
    handle: async (context) => {
      const replayed = await context.subscriptions().replayParked({ ...context.body, ...refOf(context) });
      return { status: 200, body: replayed };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:resume`,
    id: 'resumeSubscription',
    answers: { 200: 'Subscription' },
    refuses: ['subscription-not-found'],
    from: 'store',
    body: nothing,
    summary: 'Hands out again after a stop',
    handle: async (context) => ({ status: 200, body: await context.subscriptions().resume(refOf(context)) }),
  }),
  route({
    method: 'get',
    path: `${ONE}/parked`,
    id: 'listParkedMessages',
    answers: { 200: 'ParkedMessages' },
    refuses: ['subscription-not-found'],
    from: 'store',
    query: pageQuery,
    summary: 'Messages that were set aside, with the last reason',
    handle: (context) =>
      pageAnswer(context, '', ({ space: _space, ...page }) =>
        context.subscriptions().parked({ ...page, ...refOf(context) }),
      ),
  }),
  route({
    method: 'get',
    path: ONE,
    id: 'getSubscription',
    answers: { 200: 'Subscription' },
    refuses: ['subscription-not-found'],
    from: 'store',
    query: noQuery,
    summary: 'How a subscription stands: position, in flight, parked, lag',
    handle: async (context) => ({ status: 200, body: await context.subscriptions().info(refOf(context)) }),
  }),
  route({
    method: 'delete',
    path: ONE,
    id: 'removeSubscription',
    answers: { 204: null },
    refuses: ['subscription-not-found'],
    from: 'store',
    repeating: 'Repeated, it is `subscription-not-found`.',
    query: noQuery,
    summary: 'Removes a subscription with all that it parked; retention need not wait for it',
    handle: async (context) => {
      await context.subscriptions().remove(refOf(context));
      return { status: 204 };
    },
  }),
  route({
    method: 'post',
    path: PATH,
    id: 'createSubscription',
    answers: { 201: 'Subscription' },
    refuses: ['subscription-mismatch', 'limit-reached'],
    from: 'store',
    body: createGroup,
    summary: 'Makes a subscription; the same one made again is the same',
    handle: async (context) => {
      const { name: group, ...settings } = context.body;
      const made = await context.subscriptions().create({ ...settings, space: context.space, group });
      return { status: 201, body: made };
    },
  }),
  route({
    method: 'get',
    path: PATH,
    id: 'listSubscriptions',
    answers: { 200: 'Subscriptions' },
    refuses: [],
    from: 'store',
    query: noQuery,
    summary: 'The subscriptions of a space, by name',
    handle: async (context) => ({ status: 200, body: { items: await context.subscriptions().list(context.space) } }),
  }),
];
