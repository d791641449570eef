import { noQuery, nothing, openSession } from '../requests/bodies';
import { given, param, route, type Route } from '../route';
import { listRoute } from './lists';

const PATH = '/v1/spaces/{space}/sessions';
const ONE = `${PATH}/{session}`;

/** Sessions that their callers keep alive. */
export const sessionRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: PATH,
    id: 'openSession',
    answers: { 201: 'OpenedSession' },
    refuses: ['invalid-message', 'no-worker'],
    from: 'temporal',
    body: openSession,
    summary: 'Opens a session: it expires when it is not kept alive within its time to live',
    handle: async (context) => {
      const { ttlMs, label } = context.body;
      const options = { ...given('ttlMs', ttlMs), ...given('label', label) };
      return { status: 201, body: await (await context.door()).sessions.start(options, context.how) };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:keepAlive`,
    id: 'keepSessionAlive',
    answers: { 200: 'Kept' },
    refuses: ['session-not-found'],
    from: 'temporal',
    body: nothing,
    summary:
      'Keeps a session alive; send one three times within its time to live, and act no more when the last accepted one is older',
    handle: async (context) => {
      await (await context.door()).sessions.keepAlive(param(context, 'session'));
      return { status: 200, body: { kept: true } };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:close`,
    id: 'closeSession',
    answers: { 200: 'Closed' },
    refuses: ['session-not-found'],
    from: 'temporal',
    body: nothing,
    summary: 'Ends a session: all that it holds is released at once',
    handle: async (context) => {
      await (await context.door()).sessions.close(param(context, 'session'), context.how);
      return { status: 200, body: { closed: true } };
    },
  }),
  route({
    method: 'get',
    path: ONE,
    id: 'getSession',
    answers: { 200: 'Session' },
    refuses: ['session-not-found'],
    from: 'temporal',
    query: noQuery,
    summary: 'How a session stands, and which locks know it',
    handle: async (context) => {
      const name = param(context, 'session');
      return { status: 200, body: { name, ...(await (await context.door()).sessions.view(name)) } };
    },
  }),
  listRoute('session', { path: PATH, id: 'listSessions', summary: 'Sessions, from the read model' }),
];
