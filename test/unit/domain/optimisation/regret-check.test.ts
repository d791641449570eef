import { isRefusal } from '../../../../src/contracts/errors';
import type { RegretRule } from '../../../../src/contracts/optimisation/regret';
import type { StudyRequest } from '../../../../src/contracts/optimisation/study';
import { stopRule } from '../../../../src/cli/commands/budget-flags';
import { regretAnswer } from '../../../../src/domain/optimisation/regret-answer';
import { checkInput, MOST_GOOD } from '../../../../src/domain/optimisation/regret-check';
import { reopenStudy } from '../../../../src/domain/optimisation/reopening';
import { pauseStudy } from '../../../../src/domain/optimisation/steering';
import { stopRuleProblems } from '../../../../src/domain/optimisation/stop-rules';
import { specOf } from '../../../../src/domain/optimisation/study-spec';
import { askTrials } from '../../../../src/domain/optimisation/next-trials';
import { endOf } from '../../../../src/domain/optimisation/trial-ends';
import { stopStudy, type StudyData } from '../../../../src/domain/optimisation/study';
import { studyView } from '../../../../src/domain/optimisation/study-view';
import { takeBound, withCheck } from '../../../../src/domain/optimisation/regret-bound';
import { begun } from '../../../support/studies/begun';
import { float } from '../../../support/studies/dimensions';

const space = { dimensions: { x: float(0, 1), y: float(-5, 5) } };
const bowl = (of: Readonly<Record<string, unknown>>): number => (Number(of['x']) - 0.3) ** 2 + Number(of['y']) ** 2;

/** Ends the oldest trials that run, so many, and asks for others. */
function goOn(before: StudyData, trials: number, reversed = false): StudyData {
  let state = before;
  for (let left = trials; left > 0; left--) {
    state = askTrials(state, () => true, 0).state;
    const trial = state.running.at(reversed ? -1 : 0);
    if (trial === undefined) return state;
    const { number, configuration } = trial;
    const measures = { loss: bowl(configuration) };
    const outcome = { trial: number, attempt: 1, configuration, measures, worker: 'w' };
    state = withCheck(endOf(state, number, { kind: 'complete', outcome }, 0).state);
  }
  return state;
}

const study = (regretBound: RegretRule, more: Partial<StudyRequest> = {}): StudyData =>
  begun({ space, stopWhen: { regretBound }, parallelism: 2, budget: { trials: 1_000 }, ...more });
const answerOf = ({ spec, history, regret }: StudyData) =>
  regretAnswer(checkInput(spec, history, regret ?? { due: 0 }));

test('checks are due at 20 complete trials and after every five more; one that is open holds up nothing', () => {
  let state = goOn(study({ error: 1e-9 }), 19);
  expect(state.regret).toEqual({ due: 20 });
  state = goOn(state, 1);
  expect(state.regret).toEqual({ due: 25, open: 20 });
  // a study goes on asking; what would be due meanwhile is made up for in one check
  state = goOn(state, 12);
  expect(state.regret).toEqual({ due: 25, open: 20 });
  state = withCheck(takeBound(state, { bound: 0.5 }).state);
  expect(state.regret).toEqual({ due: 35, open: 32, seen: { trials: 20, bound: 0.5, error: 1e-9 } });
  expect(studyView(state).regret).toEqual({ trials: 20, bound: 0.5, error: 1e-9 });
  const { state: next, events } = takeBound(state, {});
  expect(next.regret).toEqual({ due: 35, seen: { trials: 32, error: 1e-9 } });
  expect(events).toEqual([{ type: 'study.regretBound', data: { trials: 32, error: 1e-9 } }]);
});

test('a study ends when the bound is below the error, and says both; what runs finishes', () => {
  const open = goOn(study({ error: 0.5, startupTrials: 2, every: 3 }), 2);
  const asked = askTrials(open, () => true, 0).state;
  expect(takeBound(asked, { bound: 0.5 }).state.state).toBe('running');
  const { state, events } = takeBound(asked, { bound: 0.25 });
  const reason = 'regretBound: by 2 complete trials loss is within 0.25 of the optimum, wanted was 0.5';
  expect(state).toMatchObject({ state: 'draining', endedBy: 'regretBound', reason });
  expect(events.map(({ type }) => type)).toEqual(['study.regretBound', 'study.draining']);
  expect(goOn(state, 2)).toMatchObject({ state: 'finished', endedBy: 'regretBound', asked: 4, reason });
});

test('a share of the median of the first bounds is an error once it is known, and stays', () => {
  let state = goOn(study({ ofMedian: 0.1 }), 30);
  expect(state.regret).toEqual({ due: 35, open: 30 });
  state = goOn(takeBound(state, { bound: 1, median: 2 }).state, 5);
  expect(state.regret).toEqual({ due: 40, open: 35, seen: { trials: 30, bound: 1, error: 0.2 } });
  expect(checkInput(state.spec, state.history, state.regret ?? { due: 0 }).first).toBeUndefined();
  expect(takeBound(state, { bound: 0.19, median: 9 }).state).toMatchObject({ endedBy: 'regretBound' });
});

test('what comes after a stop changes nothing, and a paused study ends by it', () => {
  const open = askTrials(goOn(study({ error: 1 }), 20), () => true, 0).state;
  const stopped = stopStudy(open, 'enough').state;
  const { state, events } = takeBound(stopped, { bound: 0 });
  expect([state.state, state.reason, state.endedBy, events]).toEqual(['draining', 'enough', undefined, []]);
  expect(withCheck(state).regret?.open).toBeUndefined();
  const paused = pauseStudy(open, 'night', 0);
  if (isRefusal(paused)) throw new Error(paused.message);
  expect(takeBound(paused.state, { bound: 0 }).state).toMatchObject({ state: 'draining', endedBy: 'regretBound' });
  // nobody has computed it
  expect(takeBound(open, undefined)).toMatchObject({ events: [], state: { state: 'running' } });
});

test('a study that goes on with more budget has the next check when it is due, and keeps what it knows', () => {
  const full = goOn(study({ error: 0.1 }, { budget: { trials: 25 } }), 20);
  const seen = { trials: 20, bound: 0.2, error: 0.1 };
  const spent = goOn({ ...full, regret: { due: 22, open: 21, seen } }, 5);
  expect(spent.state).toBe('finished');
  const again = reopenStudy(spent, { trials: 30 });
  if (again === 'same' || isRefusal(again)) throw new Error('not reopened');
  expect(again.regret).toEqual({ due: 22, seen });
  expect(goOn(again, 1).regret).toEqual({ due: 30, open: 26, seen });
});

test('STU-5 a bound depends on the trials that have ended, the seed and their number alone', () => {
  const [first, second] = [goOn(study({ error: 1 }), 20), goOn(study({ error: 1 }, { parallelism: 5 }), 20, true)];
  const answer = answerOf(first);
  expect(answer.bound).toBeGreaterThan(0);
  expect(answerOf(JSON.parse(JSON.stringify(first)) as StudyData)).toEqual(answer);
  // random suggestions: the same twenty would have other numbers, so the same history in another order is made by hand
  const { history } = first;
  const turned = <T>(column: readonly T[]): readonly T[] => column.toReversed();
  const { open } = history;
  const other = {
    ...history,
    open: {
      ...open,
      numbers: turned(open.numbers),
      values: open.values.map(turned),
      loss: turned(open.loss),
      feasible: turned(open.feasible),
    },
  };
  expect(answerOf({ ...first, history: other })).toEqual(answer);
  expect(answerOf(second)).not.toEqual(answer);
  expect(answerOf({ ...first, spec: { ...first.spec, seed: 12 } })).not.toEqual(answer);
});

test('the bound holds, and narrows: on a bowl by random trials', () => {
  const bounds = [20, 60].map((trials) => {
    const state = goOn(study({ error: 1e-9, startupTrials: trials }, { seed: 3 }), trials);
    const { bound = NaN } = answerOf(state);
    // the optimum is 0
    expect(bound).toBeGreaterThan(state.best?.measures?.['loss'] ?? NaN);
    return bound;
  });
  expect(bounds[1]).toBeLessThan((bounds[0] ?? NaN) / 2);
});

test('a model is made of the better half, of 200 trials at most', () => {
  const state = goOn(study({ error: 1, startupTrials: 500 }, { sampler: 'sobol' }), 500);
  const { trials, of, complete } = checkInput(state.spec, state.history, state.regret ?? { due: 0 });
  expect([trials.loss.length, of, complete]).toEqual([MOST_GOOD, 250, 500]);
});

test.each<readonly [Partial<StudyRequest>, RegExp]>([
  [
    { space: { dimensions: { x: { kind: 'boolean' }, y: { ...float(0, 1), when: { x: true } } } } },
    /regretBound: .*"y"/,
  ],
  [{ subjectTo: { memory: { atMost: 1 } } }, /regretBound: .*"memory"/],
  [{ space: { dimensions: { x: float(1, 1) } } }, /regretBound: .*got 0/],
  [{ minimise: ['loss', 'memory'] }, /one objective/],
])('a study with %j has no such bound', (more, text) => {
  const asked = { space, minimise: 'loss', budget: { trials: 10 }, stopWhen: { regretBound: { error: 1 } }, ...more };
  expect(specOf({ request: asked }, undefined, 'demo:study:s')).toMatchObject({
    code: 'invalid-request',
    message: expect.stringMatching(text) as unknown,
  });
});

test.each<readonly [unknown]>([
  [{}],
  [{ error: 0 }],
  [{ error: Infinity }],
  [{ error: 1, ofMedian: 0.1 }],
  [{ ofMedian: 1.5 }],
  [{ ofMedian: 0.1, startupTrials: 29 }],
  [{ error: 1, startupTrials: 1 }],
  [{ error: 1, every: 0 }],
  [{ error: 1, often: true }],
  [5],
])('refuses the rule %j', (regretBound) => {
  const problems = stopRuleProblems({ minimise: 'loss', stopWhen: { regretBound } });
  expect(problems.join('; ')).toMatch(/^stopWhen.regretBound has error, above 0, or ofMedian/);
});

test('the flag of the command has an error or a percentage, and counts', () => {
  expect(stopRule('regretBound=0.01', { target: 1 })).toEqual({ target: 1, regretBound: { error: 0.01 } });
  expect(stopRule('regretBound=1%')).toEqual({ regretBound: { ofMedian: 0.01 } });
  expect(stopRule('regretBound=0.5/30/10')).toEqual({ regretBound: { error: 0.5, startupTrials: 30, every: 10 } });
  expect(stopRule('noProgress=20/0.001')).toEqual({ noProgress: { trials: 20, atLeast: 0.001 } });
  for (const bad of ['regretBound=', 'regretBound=1/2/3/4', 'target=1/2', 'noProgress=1/2/3', 'regretBound=x'])
    expect(() => stopRule(bad)).toThrow(/expected/);
});
