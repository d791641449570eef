import fc from 'fast-check';
import { isRefusal, type Refusal } from '../../../../src/contracts/errors';
import { reservedIn } from '../../../../src/domain/economics/ledger';
import { askOutside, type AskStep } from '../../../../src/domain/optimisation/asking';
import { budgetProblems } from '../../../../src/domain/optimisation/budget';
import { wakeAt, wakeUp } from '../../../../src/domain/optimisation/leases';
import { changeStudy, pauseStudy, resumeStudy } from '../../../../src/domain/optimisation/steering';
import { accountOf, type StudyData } from '../../../../src/domain/optimisation/study';
import { askTrials } from '../../../../src/domain/optimisation/next-trials';
import { endOf } from '../../../../src/domain/optimisation/trial-ends';
import { studyView } from '../../../../src/domain/optimisation/study-view';
import { tellOutside } from '../../../../src/domain/optimisation/telling';
import type { Ending } from '../../../../src/domain/optimisation/trial';
import { begun, begunOutside } from '../../../support/studies/begun';

const space = { dimensions: { x: { kind: 'float' as const, low: 0, high: 1, log: false } } };
const MONEY = { trials: 1_000, cost: 10, costPerTrial: 3 };
const all = (): boolean => true;

function good<T>(step: T | Refusal): T {
  if (isRefusal(step)) throw new Error(step.message);
  return step;
}
const ask = (state: StudyData, now = 0): StudyData => askTrials(state, all, now).state;
const complete = (number: number, cost?: number): Ending => ({
  kind: 'complete',
  outcome: {
    trial: number,
    attempt: 1,
    configuration: { x: 0.5 },
    measures: { loss: number },
    worker: 'w',
    ...(cost === undefined ? {} : { cost }),
  },
});
const failed = (cost: { cost?: number; atLeast?: number } = {}): Ending => ({
  kind: 'failed',
  refusal: { code: 'evaluation-failed', message: 'no' },
  attempts: 1,
  ...cost,
});
const costOf = (state: StudyData) => accountOf(state).cost;

test('ECO-5 a trial is asked for only when what it may cost can be set aside', () => {
  const asked = ask(begun({ space, budget: MONEY, parallelism: 8 }));
  expect(asked.running).toHaveLength(3);
  expect(costOf(asked)).toEqual({ budget: 10, free: 1, reserved: 9, spent: 0, overrun: 0 });
  // what one has not spent makes room for another
  const told = endOf(asked, 1, complete(1, 0.5), 0).state;
  expect(costOf(told)).toEqual({ budget: 10, free: 3.5, reserved: 6, spent: 0.5, overrun: 0 });
  expect(ask(told).running.map(({ number }) => number)).toEqual([2, 3, 4]);
});

test('STU-4 a study whose money is spent finishes, and says so', () => {
  let state = ask(begun({ space, budget: MONEY, parallelism: 8 }));
  for (const number of [1, 2, 3]) state = endOf(state, number, complete(number, 2.9), 0).state;
  expect(state.state).toBe('finished');
  expect(state.reason).toBe('the budget of 10 is spent: 8.7 so far, and a trial may cost 3');
  expect(state.best).toMatchObject({ number: 1, cost: 2.9 });
});

test('a trial that costs more than was set aside is booked in full, and the overrun is told', () => {
  let state = ask(begun({ space, budget: MONEY, parallelism: 8 }));
  for (const number of [1, 2]) state = endOf(state, number, complete(number, 3), 0).state;
  state = endOf(state, 3, complete(3, 5.25), 0).state;
  expect(costOf(state)).toEqual({ budget: 10, free: 0, reserved: 0, spent: 11.25, overrun: 1.25 });
});

test.each<readonly [string, 'charge' | 'free', Ending, number]>([
  ['completes in silence', 'charge', complete(1), 3],
  ['fails in silence', 'charge', failed(), 3],
  ['is cancelled', 'charge', { kind: 'cancelled' }, 3],
  ['completes in silence', 'free', complete(1), 0],
  ['fails in silence', 'free', failed(), 0],
  ['is cancelled', 'free', { kind: 'cancelled' }, 0],
  ['fails and says what it cost', 'charge', failed({ cost: 0.7 }), 0.7],
  ['is lost, and had said something', 'charge', failed({ atLeast: 0.7 }), 3],
  ['is lost, and had said something', 'free', failed({ atLeast: 0.7 }), 0.7],
])('a trial that %s counts, with unreported: %s', (_said, unreported, ending, spent) => {
  const state = ask(begun({ space, budget: { ...MONEY, unreported } }));
  const ended = endOf(state, 1, ending, 0).state;
  expect(costOf(ended)?.spent).toBe(spent);
  expect(ended.recent[0]?.cost).toBe(spent);
});

test('ECO-5 attempts outside add up, and share what was set aside for their trial', () => {
  const given = (state: StudyData): AskStep => good(askOutside(state, { client: 'lab' }, all, 0));
  const first = given(begunOutside({ space, budget: MONEY }));
  const back = good(tellOutside(first.state, [{ trial: 1, failed: 'spilt', cost: 1 }], 0));
  expect(back.told[0]?.verdict).toBe('returned');
  expect(costOf(back.state)).toMatchObject({ reserved: 3, spent: 0 });
  const done = good(tellOutside(given(back.state).state, [{ trial: 1, value: 0.5, cost: 1.5 }], 0));
  expect(done.state.recent[0]).toMatchObject({ state: 'complete', cost: 2.5 });
  expect(costOf(done.state)).toMatchObject({ free: 7.5, reserved: 0, spent: 2.5 });
  expect(tellOutside(done.state, [{ trial: 1, value: 1, cost: -1 }], 0)).toMatchObject({ code: 'trial-ended' });
});

test('a client is told that money is what it waits for', () => {
  const state = begunOutside({ space, budget: MONEY });
  const step = good(askOutside(state, { client: 'lab', count: 5 }, all, 0));
  expect(step.leased).toHaveLength(3);
  expect(step.waitingFor).toBe(
    '3 trials are with clients; less than 3 of the budget of 10 is free until they are told',
  );
});

test('ECO-2 ECO-5 over any history of a study the books balance, and only overruns pass the budget', () => {
  const event = fc.oneof(
    fc.record({ kind: fc.constant('ask' as const) }),
    fc.record({
      kind: fc.constant('end' as const),
      pick: fc.nat(20),
      cost: fc.option(fc.double({ min: 0, max: 4, noNaN: true })),
    }),
    fc.record({ kind: fc.constant('fail' as const), pick: fc.nat(20) }),
    fc.record({ kind: fc.constant('again' as const), pick: fc.nat(20) }),
    fc.record({ kind: fc.constant('fund' as const), cost: fc.integer({ min: 1, max: 60 }) }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      let state = begun({ space, budget: { trials: 1_000, cost: 20, costPerTrial: 3 }, parallelism: 5 });
      let most = 0;
      for (const each of events) {
        const open = 'pick' in each ? state.running[each.pick % Math.max(1, state.running.length)]?.number : undefined;
        if (each.kind === 'ask') state = ask(state);
        else if (each.kind === 'fund') {
          const changed = changeStudy(state, { cost: each.cost });
          if (!isRefusal(changed)) state = changed.state;
        } else if (each.kind === 'again') {
          const over = state.running.some(({ number }) => number === each.pick) ? undefined : each.pick;
          if (over !== undefined) expect(endOf(state, over, failed({ cost: 1 }), 0).state).toBe(state);
        } else if (open !== undefined) {
          const said = each.kind === 'end' ? (each.cost ?? undefined) : undefined;
          most += Math.max(0, (said ?? 3) - 3);
          state = endOf(state, open, each.kind === 'end' ? complete(open, said) : failed(), 0).state;
        }
        const purse = state.purse;
        if (purse === undefined) throw new Error('no purse');
        expect(purse.minted).toBe(purse.balance + reservedIn(purse) + purse.burnt);
        const { budget = 0, reserved = 0, spent = 0, overrun = 0 } = costOf(state) ?? {};
        expect(overrun).toBeLessThanOrEqual(most + 1e-6 * events.length);
        expect(reserved + spent).toBeLessThanOrEqual(budget + overrun + 1e-9);
        if (overrun > 0) expect(ask(state).asked).toBe(state.asked);
      }
    }),
    { seed: 20261130, numRuns: 200 },
  );
});

test('STU-4 no new trial is asked for when time is over; pauses do not count', () => {
  const timed = begun({ space, budget: { trials: 100, seconds: 10 }, parallelism: 1 });
  expect(wakeAt(timed)).toBeUndefined();
  const asked = ask(timed, 1_000);
  expect(wakeAt(asked)).toBe(11_000);
  expect(studyView(asked).until).toBe('1970-01-01T00:00:11.000Z');
  // paused for a day after four seconds
  const paused = good(pauseStudy(asked, 'night', 5_000)).state;
  expect(wakeAt(paused)).toBeUndefined();
  const resumed = good(resumeStudy(paused, 90_000_000)).state;
  expect(wakeAt(resumed)).toBe(90_006_000);
  const idle = endOf(resumed, 1, complete(1), 90_005_999).state;
  expect(ask(idle, 90_005_999).asked).toBe(2);
  // too late by a millisecond: also when the timer has not come yet
  const over = ask(idle, 90_006_000);
  expect(over).toMatchObject({ state: 'finished', endedBy: 'seconds', reason: 'the budget of 10 seconds is spent' });
});

test('when time is over what runs goes on to its end', () => {
  const asked = ask(begun({ space, budget: { trials: 100, seconds: 10 }, parallelism: 2 }), 0);
  const over = wakeUp(asked, 10_000).state;
  expect(over).toMatchObject({ state: 'draining', endedBy: 'seconds', asked: 2 });
  const last = endOf(endOf(over, 1, complete(1), 11_000).state, 2, complete(2), 12_000).state;
  expect(last).toMatchObject({ state: 'finished', asked: 2, counts: { complete: 2 } });
});

test.each(['finish', 'cancel'] as const)('outside, with atEnd: %s, what waits is cancelled', (atEnd) => {
  const lab = (state: StudyData, client: string, now: number): StudyData =>
    good(askOutside(state, { client }, all, now)).state;
  const timed = begunOutside({ space, budget: { trials: 100, seconds: 10 }, atEnd, leaseSeconds: 4 });
  const one = lab(timed, 'a', 0);
  const two = lab(wakeUp(one, 4_000).state, 'b', 4_000);
  const three = lab(two, 'c', 7_000);
  expect(three.running.map(({ lease }) => lease?.client)).toEqual(['b', 'c']);
  const over = wakeUp(three, 10_000).state;
  // that of b is over at 8 s: nobody may ask for it again
  const left = atEnd === 'finish' ? ['c'] : [];
  expect(over.running.map(({ lease }) => lease?.client)).toEqual(left);
  expect(over.state).toBe(atEnd === 'finish' ? 'draining' : 'finished');
});

test('more time and money are given while a study runs, and no less money than is bound', () => {
  const study = ask(begun({ space, budget: { ...MONEY, seconds: 10 } }), 0);
  const more = good(changeStudy(study, { seconds: 20, cost: 12 })).state;
  expect(wakeAt(more)).toBe(20_000);
  expect(costOf(more)).toMatchObject({ budget: 12, free: 3, reserved: 9 });
  expect(changeStudy(study, { cost: 8 })).toMatchObject({
    code: 'invalid-message',
    message: 'the budget of cost is at least what is spent, 0, and set aside, 9; got 8',
  });
  const plain = begun({ space });
  expect(changeStudy(plain, { cost: 8 })).toMatchObject({ code: 'invalid-message' });
  expect(changeStudy(plain, { seconds: 8 })).toMatchObject({ code: 'invalid-message' });
});

test.each<readonly [object, RegExp]>([
  [{ trials: 1, seconds: 0 }, /budget\.seconds is a whole number from 1/],
  [{ trials: 1, cost: 5 }, /come together/],
  [{ trials: 1, costPerTrial: 5 }, /come together/],
  [{ trials: 1, cost: 1, costPerTrial: 5 }, /at most budget\.cost, 1; got 5/],
  [{ trials: 1, cost: -1, costPerTrial: 5 }, /budget\.cost is a number from 0\.000001/],
  [{ trials: 1, cost: NaN, costPerTrial: 0 }, /budget\.costPerTrial is a number/],
  [{ trials: 1, unreported: 'maybe' }, /charge or free/],
  [{ trials: 1, money: 1 }, /budget has no "money"/],
])('says what is wrong with the budget %j', (budget, text) => {
  expect(budgetProblems(budget).join('; ')).toMatch(text);
});
