import { subject } from '../definitions';
import { bareAddSignal, bareAddUpdate, bareEntityWorkflow } from '../bare-workflows';
import { compared, counted, interleaved, timed, type Row } from '../measure';
import type { Setting } from '../setting';

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

/** Cost of a message to one agent at its start and after many: it renews itself on the way. */
export async function growth(setting: Setting, isShort: boolean): Promise<readonly Row[]> {
  const total = isShort ? 5_000 : 100_000;
  const block = 1_000;
  const agent = await setting.space.agents.get<typeof subject>('subject', 'growth');
  const run = async (): Promise<number> => {
    for (let sent = 0; sent < block; sent += 100) {
      await Promise.all(Array.from({ length: 100 }, () => agent.tell('add', 1)));
      await agent.ask('addNow', 0);
    }
    return block;
  };
  await run(); // warms the worker up
  const first = (await timed(run)) / block;
  for (let sent = 3 * block; sent < total; sent += block) await run();
  const last = (await timed(run)) / block;
  const all = Math.max(total, 3 * block);
  const lost = all - (await agent.inspect('total'));
  const what = `a message after ${String(all - block)} messages over one of the first ${String(block)}`;
  return [
    compared({ id: 'growth', what, unit: 'ms', ours: last, reference: first, bar: 1.1 }),
    counted({ id: 'growth-lost', what: 'messages lost on the way', unit: 'messages', ours: lost, bar: 0 }),
  ];
}
