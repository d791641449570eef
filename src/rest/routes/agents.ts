import { call, listQuery, noQuery, replay, startAgent, stop } from '../requests/bodies';
import { param, route, type AgentDoor, type Context, type Route } from '../route';
import { pageAnswer } from './lists';

const PATH = '/v1/spaces/{space}/agents';
const ONE = `${PATH}/{name}`;

async function agent(context: Context<unknown, unknown>, more: { timeoutMs?: number } = {}): Promise<AgentDoor> {
  const door = await context.door();
  return door.agents.at(param(context, 'name')).with({ ...context.how, ...more });
}

const timeoutOf = (body: { timeoutMs?: number }): { timeoutMs?: number } =>
  body.timeoutMs === undefined ? {} : { timeoutMs: body.timeoutMs };

/** Agents: start, look, tell, ask, inspect, stop, dead letters. */
export const agentRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: `${ONE}:tell`,
    id: 'tellAgent',
    status: [202],
    body: call,
    summary: 'Tells an agent; answered when the message is recorded',
    handle: async (context) => {
      await (await agent(context, timeoutOf(context.body))).tell(context.body.message, context.body.arg);
      return { status: 202, body: { messageId: context.how.requestId } };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:ask`,
    id: 'askAgent',
    status: [200],
    body: call,
    summary: 'Asks an agent and answers its reply',
    handle: async (context) => {
      const reply = await (await agent(context, timeoutOf(context.body))).ask(context.body.message, context.body.arg);
      return { status: 200, body: { reply: reply ?? null } };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:inspect`,
    id: 'inspectAgent',
    status: [200],
    body: call,
    keyed: false,
    summary: 'Reads the state of an agent; leaves no history',
    handle: async (context) => {
      const reply = await (await agent(context)).inspect(context.body.message, context.body.arg);
      return { status: 200, body: { reply: reply ?? null } };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:stop`,
    id: 'stopAgent',
    status: [200],
    body: stop,
    summary: 'Ends an agent in order',
    handle: async (context) => {
      await (await agent(context)).stop(context.body.reason);
      return { status: 200, body: { stopped: true } };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:replayDeadLetter`,
    id: 'replayDeadLetter',
    status: [200],
    body: replay,
    summary: 'Takes a dead letter back into the mailbox, once',
    handle: async (context) => {
      await (await agent(context)).replay(context.body.number);
      return { status: 200, body: { replayed: context.body.number } };
    },
  }),
  route({
    method: 'get',
    path: `${ONE}/deadLetters`,
    id: 'listDeadLetters',
    status: [200],
    query: noQuery,
    summary: 'Messages that could not take effect',
    handle: async (context) => ({ status: 200, body: { items: await (await agent(context)).deadLetters() } }),
  }),
  route({
    method: 'get',
    path: ONE,
    id: 'getAgent',
    status: [200],
    query: noQuery,
    summary: 'How an agent stands',
    handle: async (context) => ({
      status: 200,
      body: { name: param(context, 'name'), ...(await (await agent(context)).status()) },
    }),
  }),
  route({
    method: 'post',
    path: PATH,
    id: 'startAgent',
    status: [201],
    body: startAgent,
    summary: 'Starts an agent; already-exists when the name is taken',
    handle: async (context) => {
      const { type, name, args } = context.body;
      await (await context.door()).agents.start(type, name, args === undefined ? {} : { args });
      const location = `/v1/spaces/${context.space}/agents/${name}`;
      return { status: 201, body: { type, name }, headers: { Location: location } };
    },
  }),
  route({
    method: 'get',
    path: PATH,
    id: 'listAgents',
    status: [200],
    query: listQuery,
    summary: 'Agents, from the read model',
    handle: (context) => {
      const { status } = context.query;
      return pageAnswer(context, `status=${status ?? ''}`, (page) =>
        context.reads().list({ ...page, kind: 'agent', ...(status === undefined ? {} : { status }) }),
      );
    },
  }),
];
