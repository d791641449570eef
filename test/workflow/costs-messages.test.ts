import type { Temporal } from '../../src/client/temporal';
import type { counter } from '../support/agents/agents';
import { startHarness, until, type Harness } from '../support/kernel/harness';
import { historyOf, untilStarted, type HistoryLine } from '../support/sets/history';

/** Costs are counted in events of real histories; the store is down, so that its hand-over adds none between them. */
let harness: Harness;
let temporal: Temporal;
beforeAll(async () => {
  harness = await startHarness('costs-messages', '../agents/workflows.ts');
  ({ temporal } = harness);
  harness.setStoreDown(true);
});
afterAll(async () => {
  harness.setStoreDown(false);
  await harness.close();
});

/** The events that an act adds to a history, once the last of them is a completed task. */
async function costOf(id: string, act: () => Promise<unknown>): Promise<readonly HistoryLine[]> {
  const before = (await historyOf(temporal, id)).at(-1)?.id ?? 0;
  await act();
  return until('the task that takes it', async () => {
    const lines = (await historyOf(temporal, id)).filter((line) => line.id > before);
    const isDone = lines.some((line) => line.type === 'task completed') && lines.at(-1)?.type !== 'signaled';
    return isDone ? lines : undefined;
  });
}
const tasks = (lines: readonly HistoryLine[]): number => lines.filter((line) => line.type === 'task completed').length;

test('an ask of an idle agent costs 5 events and 1 workflow task', async () => {
  const agent = await harness.agents.get<typeof counter>('counter', 'asked');
  await untilStarted(temporal, agent.workflowId);
  for (let n = 0; n < 3; n += 1) {
    const lines = await costOf(agent.workflowId, () => agent.ask('drain'));
    expect([lines.length, tasks(lines)]).toEqual([5, 1]);
  }
});

test('a tell costs 1 event and the task that takes it: 4 events for one alone', async () => {
  const agent = await harness.agents.get<typeof counter>('counter', 'told');
  await untilStarted(temporal, agent.workflowId);
  const lines = await costOf(agent.workflowId, () => agent.tell('add', 1));
  expect(lines.map((line) => line.type === 'signaled')).toEqual([true, false, false, false]);
  expect(tasks(lines)).toBe(1);
});

test('k tells that wait are taken in one task: k + 3 events', async () => {
  // given a queue that no worker polls for a while, so that all of them wait
  const agent = await harness.agents.get<typeof counter>('counter', 'crowded');
  await untilStarted(temporal, agent.workflowId);
  const release = await harness.holdWorkflows();
  const before = (await historyOf(temporal, agent.workflowId)).at(-1)?.id ?? 0;
  const k = 25;
  for (let n = 0; n < k; n += 1) await agent.tell('add', 1);
  await release();
  await until('all were taken', async () => ((await agent.inspect('total')) === k ? true : undefined));
  const lines = (await historyOf(temporal, agent.workflowId)).filter((line) => line.id > before);
  // then one task took them all; one that was offered to the worker that was gone is the price of its end: two events
  const lost = lines.filter((line) => line.type.includes('TaskTimedOut')).length;
  expect(lines.length - 2 * lost).toBe(k + 3);
  expect(tasks(lines)).toBe(1);
});
