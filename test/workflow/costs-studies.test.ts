import type { StudyOptions } from '../../src/client/optimisation';
import { until } from '../support/kernel/harness';
import { historyOf, runsOf, untilStarted, type HistoryLine } from '../support/sets/history';
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
const asked = (evaluator: string, trials: number, parallelism: number): StudyOptions => ({
  space: { dimensions: { x: { kind: 'float', low: 0, high: 1, log: false } } },
  evaluator,
  minimise: 'loss',
  budget: { trials },
  parallelism,
});

test('a trial costs 6 events and 1 workflow task in its study', async () => {
  const study = await harness.studies.start('counted', asked('gated', 30, 1));
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

test.each([2, 10])('%d completions that one workflow task takes cost 3 + 3/k events each', async (k) => {
  gates.clear();
  const study = await harness.studies.start(`held-${String(k)}`, asked('gated', 3 * k, k));
  await untilStarted(harness.temporal, study.workflowId);
  const { client } = harness.temporal;
  const evaluated = async (): Promise<true | undefined> => {
    const { raw } = await client.workflow.getHandle(study.workflowId).describe();
    return raw.pendingActivities?.some((each) => each.activityType?.name === 'evaluate') === true ? undefined : true;
  };
  /** Lets k trials end while no worker takes the study's tasks, and waits until the next k are at their gates. */
  const round = async (first: number): Promise<readonly HistoryLine[]> => {
    const goOn = await harness.holdWorkflows();
    for (let trial = first; trial < first + k; trial++) await letGo(trial);
    await until('all to be evaluated', evaluated);
    await goOn();
    return until('the next to be asked for', async () => {
      const lines = await historyOf(harness.temporal, study.workflowId);
      return lines.filter(({ name }) => name === 'evaluate').length >= first + 2 * k - 1 ? lines : undefined;
    });
  };
  const before = await round(1);
  const after = await round(k + 1);
  expect([after.length - before.length, tasks(after) - tasks(before)]).toEqual([3 * k + 3, 1]);
  await study.stop({ running: 'cancel' });
  for (const go of gates.values()) go();
});

test('what a trial costs does not grow: each of 300 over renewals costs 6 events', async () => {
  let last = (): void => undefined;
  const evaluated = new Promise<void>((resolve) => {
    last = resolve;
  });
  await harness.evaluator('quick', ({ trial }) => {
    if (trial === 300) last();
    return { loss: trial };
  });
  const limits = { renewAfterEvents: 600 };
  const study = await harness.studies.start('growing', asked('quick', 300, 1), { limits });
  await evaluated;
  const { account } = await until('the last outcome', async () => {
    const view = await study.view();
    return view.account.running === 0 ? view : undefined;
  });
  expect(account).toMatchObject({ asked: 300, complete: 300, begunAgain: 0 });
  const runs = await runsOf(harness.temporal, study.workflowId);
  expect(runs.length).toBeGreaterThan(2);
  // where each trial was asked for in the history of its run; the last of a run is followed by the renewal
  const steps = runs.flatMap((lines) => {
    const at = lines.flatMap(({ name }, index) => (name === 'evaluate' ? [index] : []));
    return at.slice(1).map((index, of) => index - (at[of] ?? 0));
  });
  expect(steps).toHaveLength(300 - runs.length);
  // beside the first ones the study tells its owner that it lives
  expect(steps.slice(3).filter((step) => step !== 6)).toEqual([]);
});
