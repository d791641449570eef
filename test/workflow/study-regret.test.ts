import { createRegretActivities } from '../../activities/study-regret';
import { renewSignal } from '../../src/contracts/entity';
import type { RegretActivities, RegretInput } from '../../src/contracts/optimisation/bounding';
import type { Trial } from '../../src/contracts/optimisation/study';
import { regretAnswer } from '../../src/domain/optimisation/regret-answer';
import { checkInput } from '../../src/domain/optimisation/regret-check';
import { askTrials } from '../../src/domain/optimisation/next-trials';
import { endOf } from '../../src/domain/optimisation/trial-ends';
import { newStudy } from '../../src/domain/optimisation/study';
import { until } from '../support/kernel/harness';
import { historyOf } from '../support/sets/history';
import { gatesBySeed } from '../support/studies/gates';
import { startStudies, type StudiesHarness } from '../support/studies/harness';
import { own } from '../support/studies/own';

/** Checks that have come to the worker; one whose seed has a gate waits there, and the first of them is lost. */
const begun: RegretInput[] = [];
const { hold, through } = gatesBySeed();
const lost = new Set<number>();
const real = createRegretActivities();
const regret: RegretActivities = {
  boundRegret: async (input) => {
    begun.push(input);
    await through(input.seed);
    if (lost.delete(input.seed)) throw new Error('the worker is gone');
    return real.boundRegret(input);
  },
};
const checksOf = (seed: number): number => begun.filter((each) => each.seed === seed).length;
const untilChecked = (seed: number): Promise<true> =>
  until('a check to be open', () => (checksOf(seed) > 0 ? true : undefined));

let harness: StudiesHarness;
beforeAll(async () => {
  harness = await startStudies('regret', undefined, regret);
  await harness.evaluator('bowl', ({ params }) => ({ loss: (Number(params['x']) - 0.3) ** 2 }));
}, 60_000);
afterAll(async () => {
  await harness.close();
});

const END = { timeoutMs: 50_000 };
const boundsOf = (study: string) =>
  harness.happened(study).flatMap(({ type, data }) => (type === 'study.regretBound' ? [data] : []));

test('STU-5 a study ends by the bound on its regret, which a renewal, a pause and a lost worker in the middle do not change', async () => {
  const open = hold(1);
  lost.add(1);
  const rule = { error: 0.0006, startupTrials: 8, every: 4 };
  const asked = own('bowl', { seed: 1, stopWhen: { regretBound: rule }, parallelism: 1, budget: { trials: 100 } });
  const study = await harness.studies.start('narrow', asked);
  await untilChecked(1);
  // nothing waits for it
  await until('trial 13', async () => ((await study.view()).account.complete >= 13 ? true : undefined));
  await study.pause({ reason: 'lunch' });
  await harness.temporal.client.workflow.getHandle(study.workflowId).signal(renewSignal);
  open();
  await until('the bound', async () => (await study.view()).regret);
  await until('the renewal', async () => ((await study.status()).counts.renewals === 1 ? true : undefined));
  await study.resume();
  const { state, endedBy, reason } = await study.finished(END);
  expect({ state, endedBy }).toEqual({ state: 'finished', endedBy: 'regretBound' });
  const { request, spec, regret: seen } = await study.view();
  expect(seen?.bound).toBeLessThan(0.0006);
  expect(reason).toBe(
    `regretBound: by ${String(seen?.trials)} complete trials loss is within ${String(seen?.bound)} of the optimum, wanted was 0.0006`,
  );
  // each bound that was recorded is a function of the trials that had ended
  const bounds = boundsOf('narrow');
  expect(bounds.at(-1)).toEqual(seen);
  const endings = harness.endings('narrow');
  for (const { trials, bound } of bounds) {
    let again = newStudy('narrow', request, spec, undefined).state;
    for (const { number, configuration, measures = {} } of endings.slice(0, Number(trials)) as readonly Trial[]) {
      again = askTrials(again, () => true, 0).state;
      const outcome = { trial: number, attempt: 1, configuration, measures, worker: 'w' };
      again = endOf(again, number, { kind: 'complete', outcome }, 0).state;
    }
    expect(regretAnswer(checkInput(spec, again.history, { due: 0, open: Number(trials) })).bound).toBe(bound);
  }
  // the first one was begun twice; in the new run no check was made again that the old one had
  expect(checksOf(1)).toBe(bounds.length + 1);
}, 60_000);

test('a check that is open when a study has spent its budget is dropped: its end does not wait', async () => {
  const open = hold(2);
  const rule = { error: 1_000, startupTrials: 4, every: 100 };
  const asked = own('bowl', { seed: 2, stopWhen: { regretBound: rule }, parallelism: 1, budget: { trials: 9 } });
  const ended = await (await harness.studies.start('spent', asked)).finished(END);
  expect(ended).toMatchObject({ state: 'finished', reason: 'the budget of 9 trials is spent', account: { asked: 9 } });
  expect(ended.endedBy).toBeUndefined();
  open();
  expect(boundsOf('spent')).toEqual([]);
}, 60_000);

test('clients outside: one check by all that were told at once ends the study, and what they have may still be told', async () => {
  const { evaluator: _nobody, heartbeatMs: _none, ...outside } = own('');
  const rule = { error: 1_000, startupTrials: 6 };
  const asked = { ...outside, seed: 3, stopWhen: { regretBound: rule }, parallelism: 10, budget: { trials: 50 } };
  const study = await harness.studies.start('outside', asked);
  const { trials } = await study.ask({ client: 'lab', count: 9 });
  // told at once: one check, by all of them
  await study.tell(trials.map(({ trial }) => ({ trial, client: 'lab', value: trial })).slice(0, 8));
  expect(await until('the bound', async () => (await study.view()).regret)).toMatchObject({ trials: 8, error: 1_000 });
  await study.tell([{ trial: trials[8]?.trial ?? 0, client: 'lab', value: 0 }]);
  const { endedBy, account } = await study.finished(END);
  expect({ endedBy, account }).toMatchObject({ endedBy: 'regretBound', account: { asked: 9, complete: 9 } });
}, 60_000);

test('a check is one activity; a study without the rule has none', async () => {
  const rule = { error: 1e-12, startupTrials: 4, every: 4 };
  const both = await Promise.all(
    [{}, { stopWhen: { regretBound: rule } }].map(async (more, at) => {
      const asked = own('bowl', { seed: 10 + at, parallelism: 1, budget: { trials: 6 }, ...more });
      const study = await harness.studies.start(`counted-${String(at)}`, asked);
      await study.finished(END);
      return historyOf(harness.temporal, study.workflowId);
    }),
  );
  const checks = both.map((lines) => lines.filter(({ name }) => name === 'boundRegret').length);
  expect(checks).toEqual([0, 1]);
}, 60_000);
