import type { StudyOptions } from '../../src/client/optimisation';
import { renewSignal } from '../../src/contracts/entity';
import type { Evaluation } from '../../activities/evaluator-definition';
import { until } from '../support/kernel/harness';
import { historyOf } from '../support/sets/history';
import { startStudies, type StudiesHarness } from '../support/studies/harness';

let harness: StudiesHarness;
beforeAll(async () => {
  harness = await startStudies('pruning');
}, 60_000);
afterAll(async () => {
  await harness.close();
});

const own = (evaluator: string, more: Partial<StudyOptions> = {}): StudyOptions => ({
  space: { dimensions: { x: { kind: 'float', low: 0, high: 1, log: false } } },
  evaluator,
  minimise: 'loss',
  sampler: 'random',
  seed: 7,
  budget: { trials: 6 },
  parallelism: 1,
  heartbeatMs: 2_000,
  pruner: { kind: 'median', startupTrials: 2 },
  reportMs: 100,
  ...more,
});

/** Asks until the study says stop. */
function untilStopped({ shouldStop }: Evaluation): Promise<true> {
  return until('the study to say stop', async () => ((await shouldStop()) ? true : undefined));
}

test('STU-1 STU-4 a trial that is worse than the median of the complete ones is told to stop, ends as pruned, and counts', async () => {
  // given two good trials, two bad ones, and two good ones
  await harness.evaluator('median', async (evaluation) => {
    const { trial, report } = evaluation;
    const level = trial === 3 || trial === 4 ? 5 : 1;
    for (let step = 0; step < 4; step++) report(step, level - step / 10);
    if (level === 1) return { loss: level + trial / 100 };
    await untilStopped(evaluation);
    return 'pruned';
  });
  // when
  const study = await harness.studies.start('median', own('median'));
  const { account, best, reason } = await study.finished({ timeoutMs: 30_000 });
  // then
  expect(account).toMatchObject({ asked: 6, complete: 4, pruned: 2, failed: 0, running: 0, lateReports: 0 });
  expect(reason).toBe('the budget of 6 trials is spent');
  expect(best).toMatchObject({ number: 1, lastReport: { step: 3, value: 0.7 } });
  const endings = harness.endings('median');
  expect(endings.map(({ state }) => state)).toEqual([
    'complete',
    'complete',
    'pruned',
    'pruned',
    'complete',
    'complete',
  ]);
  expect(endings[2]).toMatchObject({
    state: 'pruned',
    attempts: 1,
    lastReport: { step: 3, value: 4.7 },
    reports: { steps: [0, 1, 2, 3], values: [5, 4.9, 4.8, 4.7] },
  });
  expect(endings[2]?.measures).toBeUndefined();
  // and what waits for a second costs the study no event
  const lines = await historyOf(harness.temporal, study.workflowId);
  expect(lines.filter(({ type }) => type === 'signaled')).toEqual([]);
});

test('what was reported is carried over renewals: a trial of a later run is compared with those of earlier ones', async () => {
  await harness.evaluator('renewed', async (evaluation) => {
    const { trial, report } = evaluation;
    report(0, trial === 6 ? 5 : 1);
    if (trial < 6) return { loss: trial };
    await untilStopped(evaluation);
    return 'pruned';
  });
  const study = await harness.studies.start('renewed', own('renewed'), { limits: { renewAfterEvents: 12 } });
  await harness.temporal.client.workflow.getHandle(study.workflowId).signal(renewSignal);
  const { account } = await study.finished({ timeoutMs: 30_000 });
  expect(account).toMatchObject({ asked: 6, complete: 5, pruned: 1, begunAgain: 0 });
  expect((await study.status()).counts.renewals).toBeGreaterThan(1);
});
