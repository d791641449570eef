import { until } from '../support/kernel/harness';
import { historyOf, untilStarted, type HistoryLine } from '../support/sets/history';
import { startStudies, type StudiesHarness } from '../support/studies/harness';

/** Costs are counted in events of real histories; the store is down, so that its hand-over adds none between them. */
let harness: StudiesHarness;
const gates = new Map<number, () => void>();
beforeAll(async () => {
  harness = await startStudies('costs-studies');
  harness.setStoreDown(true);
  await harness.evaluator('gated', async ({ trial }) => {
    await new Promise<void>((resolve) => {
      gates.set(trial, resolve);
    });
    return { loss: trial };
  });
}, 60_000);
afterAll(async () => {
  harness.setStoreDown(false);
  await harness.close();
});

/** Lets the trial go that waits at its gate. */
async function letGo(trial: number): Promise<void> {
  await until(`trial ${String(trial)} at its gate`, () => (gates.has(trial) ? true : undefined));
  gates.get(trial)?.();
}
const tasks = (lines: readonly HistoryLine[]): number => lines.filter(({ type }) => type === 'task completed').length;

test('a trial costs 6 events and 1 workflow task in its study', async () => {
  const study = await harness.studies.start('counted', {
    space: { dimensions: { x: { kind: 'float', low: 0, high: 1, log: false } } },
    evaluator: 'gated',
    minimise: 'loss',
    budget: { trials: 30 },
    parallelism: 1,
  });
  await untilStarted(harness.temporal, study.workflowId);
  const ended = async (count: number): Promise<readonly HistoryLine[]> => {
    await until(`${String(count)} endings`, async () =>
      (await study.view()).account.complete >= count ? true : undefined,
    );
    return until('the next to be taken', async () => {
      const lines = await historyOf(harness.temporal, study.workflowId);
      return lines.at(-1)?.type === 'activity scheduled' ? lines : undefined;
    });
  };
  await letGo(1);
  const before = await ended(1);
  for (let trial = 2; trial <= 11; trial++) await letGo(trial);
  const after = await ended(11);
  expect([after.length - before.length, tasks(after) - tasks(before)]).toEqual([60, 10]);
  await study.stop({ running: 'cancel' });
  for (const go of gates.values()) go();
});
