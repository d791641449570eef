import type { StudyHandle } from '../../src/client/optimisation';
import { startStudies, type StudiesHarness } from '../support/studies/harness';
import { reportingProcess, untilSaved } from '../support/studies/reporting';

let harness: StudiesHarness;
beforeAll(async () => {
  harness = await startStudies('checkpoint');
}, 60_000);
afterAll(async () => {
  await harness.close();
});

/** A worker process in the middle of trial 1 of a study, past its checkpoint. */
async function pastCheckpoint(evaluator: string, attempts: number): Promise<[StudyHandle, kill: () => Promise<void>]> {
  const { kill } = reportingProcess(harness, evaluator);
  try {
    const study = await harness.studies.start(evaluator, {
      space: { dimensions: { x: { kind: 'float', low: 0, high: 1, log: false } } },
      evaluator,
      minimise: 'loss',
      budget: { trials: 1 },
      attempts,
      heartbeatMs: 1_000,
      pruner: { kind: 'halving', minResource: 5 },
    });
    await untilSaved(harness, study, 'saved');
    return [study, kill];
  } catch (error) {
    await kill();
    throw error;
  }
}

test('STU-1 STU-3 a worker killed in a trial that reports loses nothing up to its checkpoint: another goes on there', async () => {
  const [study, kill] = await pastCheckpoint('killed', 3);
  // when it is killed, and another takes over
  await kill();
  const resumed: unknown[] = [];
  await harness.evaluator('killed', async ({ attempt, resume, report, shouldStop }) => {
    const { saved } = resume() as { readonly saved: number };
    resumed.push({ attempt, saved });
    for (let step = saved; step < 8; step++) {
      report(step, 20 + step);
      await shouldStop();
    }
    return { loss: 1 };
  });
  // then its trial has what the first reported until its checkpoint, and what the second did from there on
  const { account, best } = await study.finished({ timeoutMs: 30_000 });
  expect(resumed).toEqual([{ attempt: 2, saved: 3 }]);
  expect(account).toMatchObject({ asked: 1, complete: 1, failed: 0, begunAgain: 1, lateReports: 0 });
  expect(best).toMatchObject({ attempts: 2, lastReport: { step: 7, value: 27 } });
  // and says who had it: the one that was lost, too
  const tries = harness.endings('killed')[0]?.tries ?? [];
  expect(tries.map(({ attempt, threw }) => [attempt, threw])).toEqual([
    [1, undefined],
    [2, undefined],
  ]);
  expect(new Set(tries.map(({ worker }) => worker)).size).toBe(2);
  expect(tries.map(({ begunAt, seenAt }) => begunAt <= seenAt)).toEqual([true, true]);
  expect(harness.endings('killed')[0]?.reports).toEqual({
    steps: [0, 1, 2, 3, 4, 5, 6, 7],
    values: [10, 11, 12, 23, 24, 25, 26, 27],
  });
});

test('STU-1 a trial whose last attempt is lost with its worker fails, with what was reported until its checkpoint', async () => {
  const [study, kill] = await pastCheckpoint('lost', 1);
  await kill();
  const { account } = await study.finished({ timeoutMs: 30_000 });
  expect(account).toMatchObject({ asked: 1, failed: 1, begunAgain: 0 });
  expect(harness.endings('lost')).toMatchObject([
    { state: 'failed', refusal: { code: 'timeout' }, reports: { steps: [0, 1, 2], values: [10, 11, 12] } },
  ]);
});
