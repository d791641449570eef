import { type subject } from '../definitions';
import { bareAddSignal, bareAddUpdate, bareEntityWorkflow } from '../bare-workflows';
import { compared, counted, interleaved, type Row } from '../measure';
import type { AgentHandle } from '../../src/client/agents';
import type { AgentShape, Shaped } from '../../src/contracts/agent';
import type { Setting } from '../setting';

type Subject = typeof subject extends Shaped<infer A extends AgentShape> ? A : never;

async function length(setting: Setting, id: string): Promise<number> {
  const { historyLength } = await setting.temporal.client.workflow.getHandle(id).describe();
  return historyLength;
}

/** Tell, ask and start against a bare signal, update and start. */
export async function messages(setting: Setting, isShort: boolean): Promise<readonly Row[]> {
  const rounds = isShort ? 60 : 400;
  const { space, temporal, queue } = setting;
  const { workflow } = temporal.client;
  const agent = await space.agents.get<typeof subject>('subject', 'messages');
  const bare = await workflow.start(bareEntityWorkflow, { args: [0], taskQueue: queue, workflowId: `${queue}-bare` });
  const tells = await interleaved(rounds, {
    ours: () => agent.tell('add', 1),
    reference: () => bare.signal(bareAddSignal, 1),
  });
  const asks = await interleaved(rounds, {
    ours: () => agent.ask('addNow', 1),
    reference: () => bare.executeUpdate(bareAddUpdate, { args: [1] }),
  });
  const starts = await interleaved(Math.floor(rounds / 2), {
    ours: (round) => space.agents.start('subject', `started-${String(round)}`),
    reference: (round) =>
      workflow.start(bareEntityWorkflow, { args: [0], taskQueue: queue, workflowId: `${queue}-${String(round)}` }),
  });
  const before = await length(setting, agent.workflowId);
  await agent.ask('addNow', 1);
  const events = (await length(setting, agent.workflowId)) - before;
  return [
    compared({ id: 'tell', what: 'tell over a bare signal', unit: 'ms', ...tells, bar: 1.1 }),
    compared({ id: 'ask', what: 'ask over a bare update', unit: 'ms', ...asks, bar: 1.25 }),
    compared({ id: 'start', what: 'start of an agent over the start of a bare workflow', unit: 'ms', ...starts }),
    counted({ id: 'ask-events', what: 'events of one ask', unit: 'events', ours: events, bar: 5 }),
  ];
}

/**
 * Cost of a message to an agent that has had many, and renewed itself on the way, over one of the first thousand of a fresh
 * agent. The two take turns at the end, so that what disturbs the machine meanwhile does not pass for growth.
 */
export async function growth(setting: Setting, isShort: boolean): Promise<readonly Row[]> {
  const total = isShort ? 5_000 : 100_000;
  const rounds = isShort ? 3 : 7;
  const block = 1_000;
  const start = (name: string): Promise<AgentHandle<Subject>> =>
    setting.space.agents.get<typeof subject>('subject', name);
  const run = async (agent: AgentHandle<Subject>): Promise<void> => {
    for (let sent = 0; sent < block; sent += 100) {
      await Promise.all(Array.from({ length: 100 }, () => agent.tell('add', 1)));
      await agent.ask('addNow', 0);
    }
  };
  const old = await start('growth');
  for (let sent = 0; sent < total; sent += block) await run(old);
  const times = await interleaved(rounds, {
    ours: () => run(old),
    reference: async (round) => run(await start(`fresh-${String(round)}`)),
  });
  const sent = total + (rounds + 1) * block;
  const lost = sent - (await old.inspect('total'));
  const { renewals } = (await old.status()).counts;
  const what = `a message after ${String(total)} messages over one of a fresh agent's first ${String(block)}`;
  const perMessage = { ours: times.ours / block, reference: times.reference / block };
  return [
    compared({ id: 'growth', what, unit: 'ms', ...perMessage, bar: 1.1 }),
    counted({ id: 'growth-lost', what: 'messages lost on the way', unit: 'messages', ours: lost, bar: 0 }),
    counted({ id: 'growth-renewals', what: `renewals in ${String(sent)} messages`, unit: 'renewals', ours: renewals }),
  ];
}
