import { isRefusal, type Refusal } from '../../../../src/contracts/errors';
import type { FailureKind, Retries } from '../../../../src/contracts/optimisation/budget';
import { askOutside } from '../../../../src/domain/optimisation/asking';
import { wakeUp } from '../../../../src/domain/optimisation/leases';
import { counted, isTriedAgain, policyOf, retryProblems } from '../../../../src/domain/optimisation/retries';
import type { StudyData } from '../../../../src/domain/optimisation/study';
import { tellOutside } from '../../../../src/domain/optimisation/telling';
import { begunOutside } from '../../../support/studies/begun';

const space = { dimensions: { x: { kind: 'float' as const, low: 0, high: 1, log: false } } };

/** How many of the failures happen: the last one ended the trial. */
function attempts(policy: Retries, kinds: readonly FailureKind[]): number {
  let failures = {};
  for (const [at, kind] of kinds.entries()) {
    failures = counted(failures, kind);
    if (!isTriedAgain(policy, failures, kind)) return at + 1;
  }
  return Infinity;
}

test.each<readonly [Retries, readonly FailureKind[], number]>([
  [{ lost: 2, thrown: 0 }, ['lost', 'lost', 'lost'], 3],
  [{ lost: 2, thrown: 0 }, ['lost', 'thrown'], 2],
  [{ lost: 2, thrown: 1 }, ['thrown', 'lost', 'lost', 'thrown'], 4],
  [{ invalid: 1 }, ['invalid', 'invalid'], 2],
  [{ timeout: 0 }, ['timeout'], 1],
  [
    { lost: 99, thrown: 99, timeout: 99, invalid: 99 },
    Array.from({ length: 100 }, (_e, at) => (at % 2 ? 'lost' : 'thrown')),
    100,
  ],
])('with %j the failures %j end the trial at attempt %d', (policy, kinds, expected) => {
  expect(attempts(policy, kinds)).toBe(expected);
});

test('what a policy leaves out is as the attempts say, and an invalid outcome is final', () => {
  expect(policyOf({ attempts: 3, retries: { lost: 9 } })).toEqual({ lost: 9, thrown: 2, timeout: 2, invalid: 0 });
  expect(policyOf({ attempts: 3 })).toBeUndefined();
});

test('outside, a lease that ends is a loss and a failure that is told a throw, each with a count of its own', () => {
  const good = <T>(step: T | Refusal): T => {
    if (isRefusal(step)) throw new Error(step.message);
    return step;
  };
  const lab = (state: StudyData, now: number): StudyData =>
    good(askOutside(state, { client: 'lab', leaseSeconds: 1 }, () => true, now)).state;
  const fail = (state: StudyData, now: number) => good(tellOutside(state, [{ trial: 1, failed: 'spilt' }], now));
  const study = begunOutside({ space, retries: { lost: 2, thrown: 0 } });
  // lost twice: it is given out again
  let state = lab(study, 0);
  state = lab(wakeUp(state, 1_000).state, 1_000);
  state = lab(wakeUp(state, 2_000).state, 2_000);
  expect(state.running[0]).toMatchObject({ number: 1, attempts: 3, failures: { lost: 2 } });
  // the first throw ends it
  const attempt = good(tellOutside(state, [{ trial: 1, client: 'lab', attempt: 3, failed: 'spilt' }], 2_500));
  expect(attempt.told[0]?.verdict).toBe('failed');
  expect(attempt.state.recent[0]).toMatchObject({ state: 'failed', failures: { lost: 2, thrown: 1 } });
  // and a third loss ends another one
  const third = wakeUp(state, 3_000).state;
  expect(third.recent[0]).toMatchObject({ state: 'failed', refusal: { code: 'timeout' }, failures: { lost: 3 } });
  expect(fail(lab(begunOutside({ space, retries: { thrown: 1 } }), 0), 0).told[0]?.verdict).toBe('returned');
});

test.each<readonly [unknown, RegExp]>([
  ['no', /retries has numbers by lost, thrown, timeout, invalid/],
  [{ crash: 1 }, /retries has no "crash"/],
  [{ lost: -1 }, /retries\.lost is a whole number from 0 to 99/],
  [{ thrown: 100 }, /retries\.thrown is a whole number from 0 to 99/],
])('says what is wrong with the retries %j', (retries, text) => {
  expect(retryProblems(retries).join('; ')).toMatch(text);
});
