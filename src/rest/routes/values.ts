import { compareAndSetValue, noQuery, setValue, valueQuery } from '../requests/bodies';
import { given, param, route, type Context, type Route } from '../route';
import { listRoute } from './lists';

const PATH = '/v1/spaces/{space}/values';
const ONE = `${PATH}/{name}`;
const REFUSED = ['invalid-message', 'message-too-large', 'store-behind'] as const;

const valueOf = async (context: Context) => (await context.door()).values.at(param(context, 'name'));

/** Shared values: set, compare and set, look, delete, list. The first change of a name starts its value. */
export const valueRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: `${ONE}:set`,
    id: 'setValue',
    answers: { 200: 'Replaced' },
    refuses: REFUSED,
    from: 'temporal',
    body: setValue,
    summary: 'Sets a shared value, whatever it is',
    handle: async (context) => {
      const value = await valueOf(context);
      return { status: 200, body: await value.set(context.body.value, context.how) };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:compareAndSet`,
    id: 'compareAndSetValue',
    answers: { 200: 'Compared' },
    refuses: REFUSED,
    from: 'temporal',
    body: compareAndSetValue,
    summary: 'Sets a shared value if it has that version; else answers what it saw, with swapped: false',
    handle: async (context) => {
      const { version, value } = context.body;
      return { status: 200, body: await (await valueOf(context)).compareAndSet(version, value, context.how) };
    },
  }),
  route({
    method: 'get',
    path: ONE,
    id: 'getValue',
    answers: { 200: 'SharedValue' },
    refuses: ['value-not-found'],
    from: 'temporal',
    query: valueQuery,
    summary: 'A shared value with its version; with read=cached what the facade saw last, and how old that is',
    handle: async (context) => {
      const value = await valueOf(context);
      const how = context.query;
      const body = how.read === 'cached' ? await value.get(how) : { read: 'strong', ...(await value.view()) };
      return { status: 200, body: { name: param(context, 'name'), ...body } };
    },
  }),
  route({
    method: 'delete',
    path: ONE,
    id: 'deleteValue',
    answers: { 204: null },
    refuses: [],
    from: 'temporal',
    repeating: 'Repeated, it finds nothing and answers the same.',
    query: noQuery,
    summary: 'Deletes a shared value; the next use of its name begins another one',
    handle: async (context) => {
      await (await valueOf(context)).delete(given('sender', context.how.sender));
      return { status: 204 };
    },
  }),
  listRoute('value', { path: PATH, id: 'listValues', summary: 'Shared values, from the read model' }),
];
