import type { StudyOptions } from '../../src/client/optimisation';
import type { Evaluation } from '../../activities/evaluator-definition';
import { renewSignal } from '../../src/contracts/entity';
import { reportedSignal } from '../../src/contracts/optimisation/pruning';
import type { Peers } from '../../src/domain/optimisation/pruners/pruner';
import { prunerOf } from '../../src/domain/optimisation/pruners/table';
import { until } from '../support/kernel/harness';
import { historyOf, restingHistoryOf } from '../support/sets/history';
import { gate } from '../support/studies/gates';
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

test('a study that halves decides at its rungs as Optuna would, hears of what reaches them at once, and of nothing else', async () => {
  // given trials of sixteen steps, and a rung at 2, 4, 8, 16
  const pruner = { kind: 'halving', minResource: 2, reductionFactor: 2 } as const;
  await harness.evaluator('halved', async ({ params, report, shouldStop }) => {
    for (let step = 1; step <= 16; step++) {
      report(step, Number(params['x']) + 1 / step);
      if (await shouldStop()) return 'pruned';
    }
    return { loss: Number(params['x']) };
  });
  // when; a minute is longer than all of it takes: only rungs are delivered
  const asked = own('halved', { pruner, reportMs: 60_000, budget: { trials: 20 } });
  const study = await harness.studies.start('halved', asked, { limits: { renewAfterEvents: 60 } });
  const { account } = await study.finished({ timeoutMs: 40_000 });
  expect(account).toMatchObject({ asked: 20, failed: 0, lateReports: 0 });
  expect(account.pruned).toBeGreaterThan(5);
  expect((await study.status()).counts.renewals).toBeGreaterThan(1);
  // then each trial went as far as the rule alone, applied to what was reported, lets it go
  const rule = prunerOf(pruner);
  let peers: Peers = { study: 'halved', direction: 'minimise', completed: 0, curves: [], memory: { rungs: {} } };
  for (const { number, configuration, state, lastReport } of harness.endings('halved')) {
    const value = (step: number): number => Number(configuration['x']) + 1 / step;
    let reached = 0;
    let last = 0;
    for (let stop = false; last < 16 && !stop;) {
      last += 1;
      const steps = Array.from({ length: last }, (_each, at) => at + 1);
      const said = rule.judge({ number, reached, curve: { steps, values: steps.map(value) } }, peers);
      ({ stop } = said);
      if (said.learnt !== undefined) ({ reached } = said.learnt);
      if (said.learnt !== undefined) peers = { ...peers, memory: said.learnt.memory };
    }
    expect({ number, step: lastReport?.step }).toEqual({ number, step: last });
    expect(state === 'pruned' || last === 16).toBe(true);
  }
});

test('a trial that fails keeps what it reported', async () => {
  await harness.evaluator('failing', ({ report }) => {
    for (const step of [0, 1]) report(step, step);
    throw new Error('out of memory');
  });
  const study = await harness.studies.start('failing', own('failing', { budget: { trials: 1 }, attempts: 2 }));
  expect((await study.finished({ timeoutMs: 20_000 })).account).toMatchObject({ failed: 1, begunAgain: 1 });
  expect(harness.endings('failing')).toMatchObject([
    { state: 'failed', attempts: 2, lastReport: { step: 1 }, reports: { steps: [0, 1], values: [0, 1] } },
  ]);
});

test('STU-2 reports of an attempt that was replaced, of a trial that is over, and of no form at all end no trial and no study', async () => {
  const second = gate();
  await harness.evaluator('late', async ({ trial }) => {
    if (trial === 2) await second.opened;
    return { loss: trial };
  });
  const study = await harness.studies.start('late', own('late', { budget: { trials: 2 } }));
  await until('the second trial', async () => ((await study.view()).account.complete === 1 ? true : undefined));
  const handle = harness.temporal.client.workflow.getHandle(study.workflowId);
  const tell = (id: string, trial: number, attempt: number, steps: readonly number[]): Promise<void> =>
    handle.signal(reportedSignal, { id, sender: 'w', args: { trial, attempt, reports: { steps, values: steps } } });
  const before = await restingHistoryOf(harness.temporal, study.workflowId);
  await tell('1', 1, 1, [0]);
  await until('it', async () => ((await study.view()).account.lateReports === 1 ? true : undefined));
  // a delivery costs four events, a signal and a task
  const after = await restingHistoryOf(harness.temporal, study.workflowId);
  expect(after.slice(before.length).map(({ type }) => type)).toHaveLength(4);
  await tell('2', 2, 2, [0, 1]);
  await tell('3', 2, 1, [0, 1, 2, 3]);
  await tell('4', 2, 2, [3, 2]);
  const view = await until('what was told', async () => {
    const now = await study.view();
    return now.account.lateReports === 2 ? now : undefined;
  });
  expect(view.running).toMatchObject([{ number: 2, lastReport: { step: 1, value: 1 } }]);
  expect((await study.status()).counts.deadLetters).toBe(1);
  second.open();
  expect((await study.finished({ timeoutMs: 20_000 })).account).toMatchObject({ complete: 2, lateReports: 2 });
});

test.each([
  [{ pruner: { kind: 'best' } }, /pruner.kind is one of median, .*; got "best"/],
  [{ pruner: { kind: 'halving', reductionFactor: 1 } }, /pruner.reductionFactor is a whole number from 2; got 1/],
  [{ reportMs: 10 }, /reportMs is a whole number from 100/],
] as const)('a study with %j does not begin, and says why', async (wrong, text) => {
  const name = `wrong-${String(text.source.length)}`;
  const starting = harness.studies.start(name, own('nobody', wrong as never));
  await expect(starting).rejects.toMatchObject({
    code: 'invalid-request',
    message: expect.stringMatching(text) as string,
  });
});
