import type { StopRules } from '../../../../src/contracts/optimisation/budget';
import { stopRuleProblems } from '../../../../src/domain/optimisation/stop-rules';
import { pauseStudy } from '../../../../src/domain/optimisation/steering';
import { askTrials } from '../../../../src/domain/optimisation/next-trials';
import { endOf } from '../../../../src/domain/optimisation/trial-ends';
import { type StudyData } from '../../../../src/domain/optimisation/study';
import type { Ending } from '../../../../src/domain/optimisation/trial';
import { isRefusal } from '../../../../src/contracts/errors';
import { begun } from '../../../support/studies/begun';

const space = { dimensions: { x: { kind: 'float' as const, low: 0, high: 1, log: false } } };

const measured = (trial: number, loss: number, kind: 'complete' | 'pruned' = 'complete'): Ending => ({
  kind,
  outcome: {
    trial,
    attempt: 1,
    configuration: { x: 0.5 },
    measures: kind === 'pruned' ? {} : { loss, memory: loss },
    worker: 'w',
    ...(kind === 'pruned' ? { pruned: true as const } : {}),
  },
});

/** A study that evaluates one after the other, until it ends or the values do. */
function run(stopWhen: StopRules, values: readonly (number | 'pruned' | 'failed')[], more = {}): StudyData {
  let state = begun({ space, stopWhen, parallelism: 1, budget: { trials: 100 }, ...more });
  for (const value of values) {
    state = askTrials(state, () => true, 0).state;
    const trial = state.running[0]?.number;
    if (trial === undefined) break;
    const ending: Ending =
      value === 'failed'
        ? { kind: 'failed', refusal: { code: 'evaluation-failed', message: 'no' }, attempts: 1 }
        : value === 'pruned'
          ? measured(trial, 0, 'pruned')
          : measured(trial, value);
    state = endOf(state, trial, ending, 0).state;
  }
  return state;
}

test('a study ends when its target is reached, and not before', () => {
  expect(run({ target: 1 }, [3, 2, 1.1]).state).toBe('running');
  expect(run({ target: 1 }, [3, 2, 1, 5])).toMatchObject({
    state: 'finished',
    endedBy: 'target',
    reason: 'target: trial 3 has loss 1, wanted was 1',
    asked: 3,
  });
});

test('a target of what is maximised is reached from below', () => {
  const more = { minimise: undefined, maximise: 'loss' };
  expect(run({ target: 3 }, [1, 2], more).state).toBe('running');
  expect(run({ target: 3 }, [1, 2, 3], more).endedBy).toBe('target');
});

test('what breaks a bound reaches no target', () => {
  expect(run({ target: 1 }, [0.5], { subjectTo: { memory: { atLeast: 0.7 } } }).state).toBe('running');
});

test.each<readonly [string, StopRules, readonly (number | 'pruned' | 'failed')[], number | undefined]>([
  ['three trials no better', { noProgress: { trials: 3 } }, [5, 4, 4, 6, 4, 1], 5],
  ['each better than the last', { noProgress: { trials: 2 } }, [5, 4, 3, 2, 1], undefined],
  ['better, but by too little', { noProgress: { trials: 2, atLeast: 1 } }, [5, 4.5, 4.2, 1], 3],
  ['small steps that add up', { noProgress: { trials: 2, atLeast: 1 } }, [5, 4.5, 3.9, 3.5, 2.8], undefined],
  ['pruned ones count', { noProgress: { trials: 2 } }, [5, 'pruned', 'pruned'], 3],
  ['failed ones do not', { noProgress: { trials: 2 } }, [5, 'failed', 'failed', 'failed', 6], undefined],
  [
    'before the first result nothing counts',
    { noProgress: { trials: 2 } },
    ['pruned', 'pruned', 'pruned', 5],
    undefined,
  ],
])('no progress: %s', (_said, rules, values, endsAfter) => {
  const state = run(rules, values);
  expect(state.endedBy).toBe(endsAfter === undefined ? undefined : 'noProgress');
  expect(state.asked).toBe(endsAfter ?? values.length);
  if (endsAfter !== undefined) expect(state.reason).toMatch(/^noProgress: \d trials made loss no better/);
});

test('what runs when a rule is met finishes, and a paused study ends by a rule, too', () => {
  const asked = askTrials(begun({ space, stopWhen: { target: 1 }, parallelism: 2 }), () => true, 0).state;
  const paused = pauseStudy(asked, 'night', 0);
  if (isRefusal(paused)) throw new Error(paused.message);
  const met = endOf(paused.state, 1, measured(1, 0.5), 0);
  expect(met.state).toMatchObject({ state: 'draining', endedBy: 'target' });
  expect(met.events.map(({ type }) => type)).toEqual(['study.trialEnded', 'study.draining']);
  const last = endOf(met.state, 2, measured(2, 0.1), 0).state;
  expect(last).toMatchObject({ state: 'finished', endedBy: 'target', best: { number: 2 } });
});

test.each<readonly [unknown, RegExp]>([
  [{}, /got none/],
  [{ target: Infinity }, /finite number/],
  [{ noProgress: 5 }, /noProgress has trials/],
  [{ noProgress: { trials: 0 } }, /noProgress has trials/],
  [{ noProgress: { trials: 3, atLeast: -1 } }, /noProgress has trials/],
  [{ target: 1, regret: 2 }, /stopWhen has no "regret"/],
  ['never', /stopWhen has target, noProgress and regretBound/],
])('says what is wrong with the rules %j', (rules, text) => {
  expect(stopRuleProblems({ minimise: 'loss', stopWhen: rules }).join('; ')).toMatch(text);
});

test('there are no rules for several objectives', () => {
  const several = { minimise: ['loss', 'memory'], stopWhen: { target: 1 } };
  expect(stopRuleProblems(several)).toEqual(['stopWhen is of studies with one objective: several have no best trial']);
});
