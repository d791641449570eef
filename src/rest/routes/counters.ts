import { addToCounter, allocateIds, counterQuery, noQuery, resetCounter } from '../requests/bodies';
import { given, param, route, type Context, type Route } from '../route';
import { listRoute } from './lists';

const PATH = '/v1/spaces/{space}/counters';
const ONE = `${PATH}/{name}`;
const MEANT = ['definition-mismatch', 'invalid-definition', 'invalid-message', 'store-behind'] as const;

const nameOf = (context: Pick<Context, 'params'>): string => param(context, 'name');

/** Counters: add, reset, ids, look, delete, list. The first change of a name starts its counter. */
export const counterRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: `${ONE}:add`,
    id: 'addToCounter',
    answers: { 200: 'CounterChange' },
    refuses: ['bound-reached', ...MEANT],
    from: 'temporal',
    body: addToCounter,
    summary: 'Adds to a counter within its bounds, and starts it if it is not there',
    handle: async (context) => {
      const { by, spec } = context.body;
      const { counters } = await context.door();
      const { stripes } = spec ?? {};
      const counter =
        stripes === undefined ? counters.at(nameOf(context), spec) : counters.at(nameOf(context), { ...spec, stripes });
      return { status: 200, body: await counter.add(by, context.how) };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:reset`,
    id: 'resetCounter',
    answers: { 200: 'CounterChange' },
    refuses: ['bound-reached', ...MEANT],
    from: 'temporal',
    body: resetCounter,
    summary: 'Sets a counter to its start, or to another number within its bounds',
    handle: async (context) => {
      const counter = (await context.door()).counters.at(nameOf(context));
      return { status: 200, body: await counter.reset({ ...context.body, ...context.how }) };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:allocate`,
    id: 'allocateIds',
    answers: { 200: 'IdRange' },
    refuses: ['limit-reached', ...MEANT],
    from: 'temporal',
    body: allocateIds,
    summary: 'Hands out a range of ids that nobody else gets',
    handle: async (context) => {
      const counter = (await context.door()).counters.at(nameOf(context));
      return { status: 200, body: await counter.allocate(context.body.count, context.how) };
    },
  }),
  route({
    method: 'get',
    path: ONE,
    id: 'getCounter',
    answers: { 200: 'Counter' },
    refuses: ['counter-not-found'],
    from: 'temporal',
    query: counterQuery,
    summary:
      'A counter as it stands; with read=cached what the facade saw last, and how old that is; with stripes their sum',
    handle: async (context) => {
      const name = nameOf(context);
      const { stripes, ...how } = context.query;
      const { counters } = await context.door();
      if (stripes !== undefined) {
        return { status: 200, body: { name, stripes, ...(await counters.at(name, { stripes }).get(how)) } };
      }
      const counter = counters.at(name);
      const body = how.read === 'cached' ? await counter.get(how) : { read: 'strong', ...(await counter.view()) };
      return { status: 200, body: { name, ...body } };
    },
  }),
  route({
    method: 'delete',
    path: ONE,
    id: 'deleteCounter',
    answers: { 204: null },
    refuses: [],
    from: 'temporal',
    repeating: 'Repeated, it finds nothing and answers the same.',
    query: noQuery,
    summary: 'Deletes a counter; the next use of its name begins another one',
    handle: async (context) => {
      await (await context.door()).counters.at(nameOf(context)).delete(given('sender', context.how.sender));
      return { status: 204 };
    },
  }),
  listRoute('counter', { path: PATH, id: 'listCounters', summary: 'Counters, from the read model' }),
];
