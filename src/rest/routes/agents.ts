import { call, noQuery, replay, startAgent, stop } from '../requests/bodies';
import { given, param, route, type AgentDoor, type Context, type Route } from '../route';
import { listRoute } from './lists';

const PATH = '/v1/spaces/{space}/agents';
const ONE = `${PATH}/{name}`;
/** How long a start waits for a sign of life, so that an unknown type is an answer. */
const BEGUN_MS = 2_000;

async function agent(context: Context, more: { timeoutMs?: number } = {}): Promise<AgentDoor> {
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
    answers: { 202: 'Told' },
    refuses: ['agent-not-found'],
    from: 'temporal',
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
    answers: { 200: 'Reply' },
    refuses: [
      'agent-not-found',
      'invalid-message',
      'mailbox-full',
      'rate-limited',
      'store-behind',
      'agent-failed',
      'effect-failed',
      'state-too-large',
      'reply-forgotten',
      'interrupted',
      'deadlock',
    ],
    from: 'temporal',
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
    answers: { 200: 'Reply' },
    refuses: ['agent-not-found'],
    from: 'temporal',
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
    answers: { 200: 'Stopped' },
    refuses: ['agent-not-found'],
    from: 'temporal',
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
    answers: { 200: 'Replayed' },
    refuses: ['agent-not-found', 'not-found'],
    from: 'temporal',
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
    answers: { 200: 'DeadLetters' },
    refuses: ['agent-not-found'],
    from: 'temporal',
    query: noQuery,
    summary: 'Messages that could not take effect',
    handle: async (context) => ({ status: 200, body: { items: await (await agent(context)).deadLetters() } }),
  }),
  route({
    method: 'get',
    path: ONE,
    id: 'getAgent',
    answers: { 200: 'Agent' },
    refuses: ['agent-not-found', 'unknown-definition', 'agent-failed'],
    from: 'temporal',
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
    answers: { 201: 'Started' },
    refuses: ['already-exists', 'unknown-definition', 'agent-failed', 'invalid-message'],
    from: 'temporal',
    body: startAgent,
    summary: 'Starts an agent; already-exists when the name is taken',
    handle: async (context) => {
      const { type, name, args, queue } = context.body;
      const { requestId } = context.how;
      const placed = given('queue', queue);
      const options = { ...given('args', args), ...placed, ...given('requestId', requestId), begunMs: BEGUN_MS };
      await (await context.door()).agents.start(type, name, options);
      const location = `/v1/spaces/${context.space}/agents/${name}`;
      return { status: 201, body: { type, name }, headers: { Location: location } };
    },
  }),
  listRoute('agent', { path: PATH, id: 'listAgents', summary: 'Agents, from the read model' }),
];
