import type { Evaluation } from '../../activities/evaluator-definition';
import type { StudyOptions } from '../../src/client/optimisation';
import { until } from '../support/kernel/harness';
import { gate } from '../support/studies/gates';
import { startStudies, type StudiesHarness } from '../support/studies/harness';
import { own } from '../support/studies/own';
import { reportingProcess, untilSaved } from '../support/studies/reporting';

let harness: StudiesHarness;
beforeAll(async () => {
  harness = await startStudies('promotion');
}, 60_000);
afterAll(async () => {
  await harness.close();
});

const promoting = (evaluator: string, more: Partial<StudyOptions> = {}): StudyOptions =>
  own(evaluator, {
    budget: { trials: 16 },
    parallelism: 2,
    pruner: { kind: 'halving', promote: true, minResource: 1, reductionFactor: 2, maxResource: 8 },
    reportMs: 60_000,
    ...more,
  });

/** Trains step by step from its checkpoint on, eight steps in all, and tells each step. */
function training(trained: (trial: number, step: number, attempt: number) => void, lossOf: (x: number) => number) {
  return async ({ params, trial, attempt, report, shouldStop, checkpoint, resume, spend }: Evaluation) => {
    const x = Number(params['x']);
    for (let step = Number(resume() ?? 0) + 1; step <= 8; step++) {
      trained(trial, step, attempt);
      spend(0.1);
      report(step, lossOf(x));
      checkpoint(step);
      if (await shouldStop()) return 'pruned' as const;
    }
    return { loss: lossOf(x) };
  };
}

test('STU-1 STU-3 what waits at a rung goes on from its checkpoint when it is among the best, over renewals, and no step is done twice', async () => {
  const steps: string[] = [];
  await harness.evaluator(
    'trained',
    training(
      (trial, step) => steps.push(`${String(trial)}/${String(step)}`),
      (x) => x,
    ),
  );
  const request = promoting('trained', { budget: { trials: 16, cost: 16, costPerTrial: 1 } });
  const study = await harness.studies.start('trained', request, { limits: { renewAfterEvents: 60 } });
  const { account, best, state } = await study.finished({ timeoutMs: 60_000 });
  // then the account is exact, and a promotion is no attempt that was begun again
  expect(state).toBe('finished');
  expect(account).toMatchObject({ asked: 16, running: 0, waiting: 0, failed: 0, cancelled: 0, begunAgain: 0 });
  expect(account.complete + account.pruned).toBe(16);
  expect(account.cost).toMatchObject({ reserved: 0, overrun: 0, spent: Math.round(steps.length) / 10 });
  expect((await study.status()).counts.renewals).toBeGreaterThan(1);
  // and nobody has done a step twice, though attempts were many
  expect(new Set(steps).size).toBe(steps.length);
  const endings = harness.endings('trained');
  const gone = endings.filter(({ waits = [] }) => waits.some(({ until: at }) => at !== undefined));
  expect(gone.length).toBeGreaterThan(0);
  for (const { attempts, waits = [] } of endings)
    expect(attempts).toBe(1 + waits.filter(({ until: at }) => at !== undefined).length);
  // and the best was let through: in the end each rung's best half has gone on
  const reached = (step: number): number[] =>
    endings
      .filter(({ lastReport }) => (lastReport?.step ?? 0) >= step)
      .map(({ configuration }) => Number(configuration['x']));
  for (const step of [1, 2, 4]) {
    const here = reached(step).sort((a, b) => a - b);
    const above = reached(step * 2);
    for (const x of here.slice(0, Math.floor(here.length / 2))) expect(above).toContain(x);
  }
  expect(best?.measures?.['loss']).toBe(Math.min(...endings.map(({ configuration }) => Number(configuration['x']))));
});

test('STU-1 STU-4 a paused study keeps what waits; its promotion is no attempt that failed, and a worker that is killed in it loses nothing up to its checkpoint', async () => {
  // given two trials that wait in a paused study, the first of them the better
  const second = gate();
  const first = await harness.evaluator('killed', async ({ trial, report, checkpoint, shouldStop }) => {
    if (trial === 2) await second.opened;
    report(1, trial);
    checkpoint({ saved: 1 });
    return (await shouldStop()) ? 'pruned' : { loss: -1 };
  });
  const study = await harness.studies.start(
    'killed',
    promoting('killed', { budget: { trials: 2 }, parallelism: 1, attempts: 2 }),
  );
  await until('the first to wait', async () => ((await study.view()).account.waiting === 1 ? true : undefined));
  await until('the second to run', async () => ((await study.view()).account.running === 1 ? true : undefined));
  await study.pause();
  second.open();
  const view = await until('both to wait', async () => {
    const now = await study.view();
    return now.account.waiting === 2 ? now : undefined;
  });
  expect(view).toMatchObject({ state: 'paused', waiting: [{ number: 1, state: 'waiting' }, { number: 2 }] });
  await first.close();
  // when it goes on at another worker, which is killed past a checkpoint of its own
  const { kill } = reportingProcess(harness, 'killed');
  try {
    await study.resume();
    await untilSaved(harness, study, '"saved":3');
  } finally {
    await kill();
  }
  const resumed: unknown[] = [];
  await harness.evaluator('killed', ({ trial, attempt, resume }) => {
    resumed.push({ trial, attempt, from: resume() });
    return { loss: trial };
  });
  const { account, best } = await study.finished({ timeoutMs: 30_000 });
  // then the third attempt completes it, though only two may fail
  expect(resumed).toEqual([{ trial: 1, attempt: 3, from: { saved: 3 } }]);
  expect(account).toMatchObject({ asked: 2, complete: 1, pruned: 1, failed: 0, begunAgain: 1 });
  expect(best).toMatchObject({ number: 1, attempts: 3, waits: [{ rung: 0 }] });
  expect(harness.endings('killed').map(({ number, state }) => [number, state])).toEqual([
    [1, 'complete'],
    [2, 'pruned'],
  ]);
});

test('what goes on without a checkpoint begins from the start: what it tells again changes nothing', async () => {
  const begun: unknown[] = [];
  await harness.evaluator('bare', async ({ trial, attempt, resume, report, shouldStop }) => {
    begun.push([trial, attempt, resume()]);
    for (let step = 1; step <= 4; step++) {
      report(step, attempt === 1 ? trial : -step);
      if (await shouldStop()) return 'pruned';
    }
    return { loss: trial };
  });
  const pruner = { kind: 'halving', promote: true, minResource: 2, reductionFactor: 2, maxResource: 4 } as const;
  const study = await harness.studies.start(
    'bare',
    promoting('bare', { pruner, parallelism: 1, budget: { trials: 2 } }),
  );
  expect((await study.finished({ timeoutMs: 30_000 })).account).toMatchObject({
    complete: 1,
    pruned: 1,
    begunAgain: 0,
  });
  expect(begun).toEqual([
    [1, 1, undefined],
    [2, 1, undefined],
    [1, 2, undefined],
  ]);
  expect(harness.endings('bare')[0]?.reports).toEqual({ steps: [1, 2, 3, 4], values: [1, 1, -3, -4] });
});

test('STU-1 a study that is stopped ends what waits as pruned; a checkpoint that is too large is told, and the study goes on', async () => {
  await harness.evaluator('stopped', async ({ trial, report, checkpoint, shouldStop, signal }) => {
    if (trial === 4)
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', reject);
      });
    report(1, trial);
    checkpoint(trial === 2 ? 'x'.repeat(30_000) : trial);
    return (await shouldStop()) ? 'pruned' : { loss: trial };
  });
  const pruner = { kind: 'halving', promote: true, minResource: 1, reductionFactor: 4 } as const;
  const study = await harness.studies.start('stopped', promoting('stopped', { pruner, parallelism: 1 }));
  await until('the fourth', async () => ((await study.view()).running[0]?.number === 4 ? true : undefined));
  expect((await study.view()).account).toMatchObject({ asked: 4, running: 1, waiting: 2, failed: 1 });
  await study.stop({ running: 'cancel' });
  const { account } = await study.finished({ timeoutMs: 30_000 });
  expect(account).toMatchObject({ asked: 4, running: 0, waiting: 0, pruned: 2, failed: 1, cancelled: 1 });
  const refused = harness.endings('stopped').find(({ state }) => state === 'failed');
  expect(refused?.refusal).toMatchObject({
    code: 'limit-reached',
    message: expect.stringContaining('20000') as string,
  });
});

test.each([
  [{ pruner: { kind: 'halving', promote: true } }, /promote needs a minResource that is a number/],
  [
    { pruner: { kind: 'halving', promote: true, minResource: 4, maxResource: 4 } },
    /maxResource is more than minResource/,
  ],
  [{ evaluator: undefined, heartbeatMs: undefined, reportMs: undefined }, /pruner is of evaluators/],
] as const)('a study with %j does not begin, and says why', async (wrong, text) => {
  const starting = harness.studies.start(`wrong-${String(text.source.length)}`, promoting('nobody', wrong as never));
  await expect(starting).rejects.toMatchObject({
    code: 'invalid-request',
    message: expect.stringMatching(text) as string,
  });
});
