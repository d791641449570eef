import { until } from '../support/kernel/harness';
import { crowd, standing, thinking } from '../support/sets/definitions';
import { startSets, type SetsHarness } from '../support/sets/harness';
import { historyOf, untilStarted, type HistoryLine } from '../support/sets/history';

/** Costs are counted in events of real histories; the store is down, so that its hand-over adds none between them. */
let harness: SetsHarness;
const history = (id: string): Promise<readonly HistoryLine[]> => historyOf(harness.temporal, id);
const lastOf = async (id: string): Promise<number> => (await history(id)).at(-1)?.id ?? 0;
const after = async (id: string, last: number): Promise<readonly HistoryLine[]> =>
  (await history(id)).filter((line) => line.id > last);

beforeAll(async () => {
  harness = await startSets('costs');
  harness.setStoreDown(true);
  await harness.startGuards(0, 49);
}, 120_000);
afterAll(async () => {
  harness.setStoreDown(false);
  await harness.close();
});

test('a proposal decided by fifty standing votes costs 5 events in the set and no other workflow', async () => {
  const set = await harness.variables.get(standing);
  await untilStarted(harness.temporal, set.workflowId);
  const before = await lastOf(set.workflowId);
  expect((await set.propose({ threshold: 0.93 }, { basedOn: 1 }).verdict).kind).toBe('accepted');
  const lines = await after(set.workflowId, before);
  expect(lines.filter((line) => line.type === 'task completed')).toHaveLength(1);
  expect(lines).toHaveLength(5);
});

/** What depends on when things come: messages close together share a workflow task, and a timer of the hand-over may end. */
const SHARED = /^(task |workflowTask|timerFired)/;

/** Events in ballot and set from the proposal to the task that decides it, both included: all, and those that do not depend on when. */
async function costOfBallot(definition: typeof crowd): Promise<{ readonly all: number; readonly own: number }> {
  const set = await harness.variables.get(definition);
  await untilStarted(harness.temporal, set.workflowId);
  const before = await lastOf(set.workflowId);
  const decided = await set.propose({ threshold: 0.93 }, { basedOn: 1 }).decided();
  expect(decided.kind).toBe('accepted');
  const inSet = await after(set.workflowId, before);
  const told = inSet.findIndex((line) => line.type === 'signaled' && line.name === 'ballotDecided');
  const end = inSet.findIndex((line, at) => at > told && line.type === 'task completed');
  expect(told).toBeGreaterThan(0);
  expect(end).toBeGreaterThan(told);
  const inBallot = await history(harness.ballots.get(`${definition.name}@1`).workflowId);
  const report = inBallot.findIndex((line) => line.type === 'signal sent' && line.name === 'ballotDecided');
  expect(report).toBeGreaterThan(0);
  const lines = [...inSet.slice(0, end + 1), ...inBallot.slice(0, report + 1)];
  return { all: lines.length, own: lines.filter(({ type }) => !SHARED.test(type)).length };
}

test('a ballot costs 13 events in ballot and set up to the decision, and at most 34 with those of workflow tasks, whether 5 or 50 think; 5 per voter', async () => {
  const voter = harness.agents.at('guard-0').workflowId;
  await untilStarted(harness.temporal, voter);
  const before = await lastOf(voter);
  const [five, fifty] = [await costOfBallot(thinking), await costOfBallot(crowd)];
  expect([five.own, fifty.own]).toEqual([13, 13]);
  expect(five.all).toBeLessThanOrEqual(34);
  expect(fifty.all).toBeLessThanOrEqual(34);
  const asked = await after(voter, before);
  expect(asked).toHaveLength(5);
});

test('an announcement costs 7 events in the set, whether it goes to 1 or 50 agents, and 5 per agent', async () => {
  const set = await harness.variables.get(thinking);
  const announce = async (): Promise<number> => {
    const { version } = await set.read();
    await set.propose({ other: version }, { basedOn: version }).verdict;
    await until('the announcement', async () => {
      const adoption = await set.adoption();
      return adoption.done && adoption.version === version + 1 ? true : undefined;
    });
    const lines = await history(set.workflowId);
    const first = lines.findLastIndex((line) => line.type === 'activity scheduled' && line.name === 'announce');
    const done = lines.findIndex((line, at) => at > first && line.type === 'task completed');
    return done + 1 - first;
  };
  await set.subscribe('guard-1');
  const one = await announce();
  const others = Array.from({ length: 50 }, (_each, at) => `guard-${String(at)}`);
  for (const agent of others) await set.subscribe(agent);
  const agent = harness.agents.at('guard-7').workflowId;
  const before = await lastOf(agent);
  const fifty = await announce();
  expect((await set.adoption()).laggards).toEqual([]);
  expect([one, fifty]).toEqual([7, 7]);
  expect(await after(agent, before)).toHaveLength(5);
});
