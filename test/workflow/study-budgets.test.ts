import { renewSignal } from '../../src/contracts/entity';
import type { EvaluatorActivities, TrialInput } from '../../src/contracts/optimisation/study';
import { until } from '../support/kernel/harness';
import { startStudies, type StudiesHarness } from '../support/studies/harness';
import { own } from '../support/studies/own';

let harness: StudiesHarness;
beforeAll(async () => {
  harness = await startStudies('budgets');
}, 60_000);
afterAll(async () => {
  await harness.close();
});

const END = { timeoutMs: 50_000 };

/** Timers that run for longer than what gathers events. */
async function longTimersOf(workflowId: string): Promise<number> {
  const { events } = await harness.temporal.client.workflow.getHandle(workflowId).fetchHistory();
  const timers = (events ?? []).map((event) => event.timerStartedEventAttributes?.startToFireTimeout);
  return timers.filter((each) => Number(each?.seconds ?? 0) + (each?.nanos ?? 0) / 1e9 > 1.2).length;
}

test('STU-4 ECO-5 a budget of money is never passed, and what is not spent pays for more trials', async () => {
  let [open, most, spent] = [0, 0, 0];
  await harness.evaluator('paid', ({ params, spend, trial }) => {
    most = Math.max(most, ++open + spent);
    const left = spend(0.25);
    open -= 1;
    spent += 0.25;
    if (trial === 3) throw new Error('spilt');
    expect(left).toBe(0.75);
    return { loss: Number(params['x']) };
  });
  const study = await harness.studies.start(
    'paid',
    own('paid', { attempts: 1, budget: { trials: 1_000, cost: 4, costPerTrial: 1 } }),
  );
  const { state, reason, account } = await study.finished(END);
  expect(state).toBe('finished');
  // a trial is asked for as long as 1 is free: thirteen at a quarter leave 0.75
  expect(account).toMatchObject({ asked: 13, complete: 12, failed: 1 });
  expect(account.cost).toEqual({ budget: 4, free: 0.75, reserved: 0, spent: 3.25, overrun: 0 });
  expect(reason).toBe('the budget of 4 is spent: 3.25 so far, and a trial may cost 1');
  expect(most).toBeLessThanOrEqual(4);
  expect(harness.endings('paid').map(({ cost }) => cost)).toEqual(Array.from({ length: 13 }, () => 0.25));
}, 60_000);

test('what a lost attempt said that it spent is known to the next one', async () => {
  const seen: number[] = [];
  await harness.evaluator('twice', async ({ spend, attempt, checkpoint, resume }) => {
    seen.push(spend(0.25));
    if (attempt === 1) {
      checkpoint({ saved: true });
      throw new Error('spilt');
    }
    expect(resume()).toEqual({ saved: true });
    return { loss: 1 };
  });
  const study = await harness.studies.start('twice', own('twice', { budget: { trials: 1, cost: 1, costPerTrial: 1 } }));
  const { account } = await study.finished(END);
  expect(seen).toEqual([0.75, 0.5]);
  expect(account).toMatchObject({ complete: 1, begunAgain: 1, cost: { spent: 0.5 } });
}, 60_000);

test('STU-4 when time is over no new trial begins, what runs is cancelled when the study says so, and one timer does it', async () => {
  let begun = 0;
  await harness.evaluator('endless', async ({ signal, trial }) => {
    begun += 1;
    if (trial > 2) await new Promise((_resolve, reject) => signal.addEventListener('abort', reject));
    return { loss: trial };
  });
  const asked = own('endless', { budget: { trials: 1_000, seconds: 2 }, parallelism: 2, atEnd: 'cancel' });
  const study = await harness.studies.start('endless', asked);
  const ended = await study.finished(END);
  expect(ended).toMatchObject({ state: 'finished', endedBy: 'seconds', reason: 'the budget of 2 seconds is spent' });
  expect(ended.account).toMatchObject({ asked: 4, complete: 2, cancelled: 2, running: 0 });
  expect(begun).toBe(4);
  expect(await longTimersOf(study.workflowId)).toBe(1);
}, 60_000);

test('a study ends by its rules, also when it was renewed and paused in between', async () => {
  let isHeld = true;
  await harness.evaluator('ruled', async ({ trial }) => {
    if (trial === 4) await until('the renewal', () => (isHeld ? undefined : true));
    return { loss: trial < 3 ? 1 / trial : 1 };
  });
  const rules = { target: 0.01, noProgress: { trials: 4, atLeast: 0.1 } };
  const asked = own('ruled', { stopWhen: rules, parallelism: 1, budget: { trials: 100, seconds: 3_600 } });
  const study = await harness.studies.start('ruled', asked);
  await until('trial 4', async () => ((await study.view()).account.asked === 4 ? true : undefined));
  expect((await study.view()).until).toMatch(/^20/);
  await study.pause({ reason: 'lunch' });
  await harness.temporal.client.workflow.getHandle(study.workflowId).signal(renewSignal);
  isHeld = false;
  await until('the renewal', async () => ((await study.status()).counts.renewals === 1 ? true : undefined));
  expect((await study.view()).until).toBeUndefined();
  await study.resume();
  // best is trial 2; trials 3, 4, 5 and 6 made it no better
  const { state, endedBy, reason, account } = await study.finished(END);
  expect({ state, endedBy }).toEqual({ state: 'finished', endedBy: 'noProgress' });
  expect(reason).toBe('noProgress: 4 trials made loss no better by more than 0.1');
  expect(account.asked).toBe(6);
}, 60_000);

test('each kind of failure is tried again as often as the study says, from where the attempt before came to', async () => {
  const begun: string[] = [];
  const resumed: unknown[] = [];
  await harness.evaluator('kinds', ({ trial, attempt, checkpoint, resume }) => {
    begun.push(`${String(trial)}/${String(attempt)}`);
    if (trial === 1) throw new Error('never');
    if (trial === 2 && attempt < 3) return { loss: NaN };
    if (trial === 3) return { loss: Infinity };
    if (trial === 4 && attempt === 1) {
      checkpoint({ epoch: 3 });
      throw new Error('once');
    }
    if (trial === 4) resumed.push(resume());
    return { loss: trial };
  });
  const retries = { thrown: 1, invalid: 2 };
  const study = await harness.studies.start('kinds', own('kinds', { retries, budget: { trials: 4 }, parallelism: 4 }));
  const { account } = await study.finished(END);
  expect(begun.sort()).toEqual(['1/1', '1/2', '2/1', '2/2', '2/3', '3/1', '3/2', '3/3', '4/1', '4/2']);
  expect(resumed).toEqual([{ epoch: 3 }]);
  expect(account).toMatchObject({ asked: 4, complete: 2, failed: 2, begunAgain: 6 });
  const ended = (number: number) => harness.endings('kinds').find((each) => each.number === number);
  expect(ended(1)).toMatchObject({
    attempts: 2,
    refusal: { code: 'evaluation-failed', message: 'never' },
    failures: { thrown: 2 },
  });
  expect(ended(3)).toMatchObject({ attempts: 3, refusal: { code: 'invalid-message' }, failures: { invalid: 3 } });
  expect(ended(4)).toMatchObject({ state: 'complete', attempts: 2 });
}, 60_000);

test('a worker that is lost and an evaluation that takes too long are counted apart', async () => {
  const answered = ({ trial, attempt = 0, configuration }: TrialInput) => ({
    trial,
    attempt,
    configuration,
    measures: { loss: attempt },
    worker: 'own',
  });
  const begun: string[] = [];
  // without a heartbeat: such a worker counts as lost
  const silent: EvaluatorActivities = {
    evaluate: async (input) => {
      begun.push(`${String(input.trial)}/${String(input.attempt)}`);
      if (input.trial === 1) await until('attempt 3', () => (begun.includes('1/3') ? true : undefined));
      return input.trial === 2 ? { ...answered(input), measures: {} } : answered(input);
    },
  };
  await harness.activities('silent', silent);
  const lost = own('silent', { retries: { lost: 2, timeout: 0 }, budget: { trials: 2 }, heartbeatMs: 500 });
  const first = await (await harness.studies.start('silent', lost)).finished(END);
  expect(first.account).toMatchObject({ complete: 1, failed: 1 });
  expect(begun.sort()).toEqual(['1/1', '1/2', '1/3', '2/1']);
  // the same slow one, with heartbeats enough: it takes too long, and is not tried again
  await harness.evaluator('slow', async ({ signal }) => {
    await new Promise((_resolve, reject) => signal.addEventListener('abort', reject));
    return { loss: 1 };
  });
  const slow = own('slow', { retries: { lost: 5, timeout: 0 }, budget: { trials: 1 }, trialMs: 400 });
  const second = await (await harness.studies.start('slow', slow)).finished(END);
  expect(second.account).toMatchObject({ failed: 1 });
  expect(harness.endings('slow')[0]).toMatchObject({
    attempts: 1,
    failures: { timeout: 1 },
    refusal: { code: 'timeout' },
  });
}, 60_000);
