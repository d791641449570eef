import * as fc from 'fast-check';
import type { Configuration, SearchSpace } from '../../../../src/contracts/optimisation/search-space';
import { isRefusal, type Refusal } from '../../../../src/contracts/errors';
import { KEPT_LATE, KEPT_TRIALS, MAX_DRAWS, type StudyRequest } from '../../../../src/contracts/optimisation/study';
import { historyOf } from '../../../../src/domain/optimisation/history';
import {
  accountOf,
  hasEnded,
  newStudy,
  roomOf,
  stopStudy,
  type StudyData,
  type StudyStep,
} from '../../../../src/domain/optimisation/study';
import { askTrials } from '../../../../src/domain/optimisation/next-trials';
import { endOf, keepLate } from '../../../../src/domain/optimisation/trial-ends';
import { finishedStudy, proposalOf, studyView } from '../../../../src/domain/optimisation/study-view';
import { changeStudy, enqueueTrials, pauseStudy, resumeStudy } from '../../../../src/domain/optimisation/steering';
import { specOf } from '../../../../src/domain/optimisation/study-spec';
import { readOutcome, type Ending } from '../../../../src/domain/optimisation/trial';
import { begun } from '../../../support/studies/begun';

const SPACE: SearchSpace = { dimensions: { x: { kind: 'float', low: 0, high: 1, log: false } } };
const VAST = Object.fromEntries(Array.from({ length: 20 }, (_each, at) => [`x${String(at)}`, SPACE.dimensions['x']]));
const always = (): boolean => true;

const study = (more: Partial<StudyRequest> = {}): StudyData =>
  begun({ space: SPACE, seed: 1, parallelism: 3, ...more });

function complete(state: StudyData, number: number, loss: number, attempt = 1): Ending {
  const trial = state.running.find((each) => each.number === number);
  const configuration = trial?.configuration ?? { x: 0 };
  return { kind: 'complete', outcome: { trial: number, attempt, configuration, measures: { loss }, worker: 'w' } };
}
const ask = (state: StudyData): StudyData => askTrials(state, always, 0).state;
const end = (state: StudyData, number: number, loss: number, attempt = 1): StudyData =>
  endOf(state, number, complete(state, number, loss, attempt), 0).state;

/** One thing that can happen to a study. */
const happening = fc.oneof(
  fc.record({ kind: fc.constant('ask' as const) }),
  fc.record({
    kind: fc.constant('complete' as const),
    which: fc.nat(40),
    loss: fc.double({ noNaN: true }),
    attempt: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ kind: fc.constant('fail' as const), which: fc.nat(40), attempts: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('cancel' as const), which: fc.nat(40) }),
  fc.record({ kind: fc.constant('late' as const), which: fc.nat(40) }),
  fc.record({ kind: fc.constant('stop' as const) }),
  fc.record({ kind: fc.constant('pause' as const) }),
  fc.record({ kind: fc.constant('resume' as const) }),
  fc.record({ kind: fc.constant('enqueue' as const), x: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ kind: fc.constant('extend' as const), by: fc.integer({ min: -3, max: 3 }) }),
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

const taken = (state: StudyData, step: StudyStep | Refusal): StudyData => (isRefusal(step) ? state : step.state);

function after(state: StudyData, what: Happening): StudyData {
  const running = state.running;
  const which = 'which' in what ? (running[what.which % Math.max(1, running.length)]?.number ?? what.which) : 0;
  switch (what.kind) {
    case 'ask':
      return ask(state);
    case 'complete':
      return end(state, which, what.loss, what.attempt);
    case 'fail': {
      const refusal = { code: 'evaluation-failed' as const, message: 'no' };
      return endOf(state, which, { kind: 'failed', refusal, attempts: what.attempts }, 0).state;
    }
    case 'cancel':
      return endOf(state, which, { kind: 'cancelled' }, 0).state;
    case 'late':
      return keepLate(
        state,
        { trial: 1, attempt: 1, configuration: { x: 0 }, measures: { loss: -1e9 }, worker: 'w' },
        0,
      ).state;
    case 'stop':
      return stopStudy(state, 'enough').state;
    case 'pause':
      return taken(state, pauseStudy(state, 'wait', 0));
    case 'resume':
      return taken(state, resumeStudy(state, 0));
    case 'enqueue':
      return taken(state, enqueueTrials(state, [{ x: what.x }], always));
    case 'extend':
      return taken(state, changeStudy(state, { trials: state.spec.budget.trials + what.by }));
  }
}

test('STU-1 STU-4 ECO-1 the account balances after any history: nothing lost, nothing twice, never over budget', () => {
  fc.assert(
    fc.property(
      fc.array(happening, { maxLength: 120 }),
      fc.integer({ min: 1, max: 15 }),
      fc.integer({ min: 1, max: 6 }),
      (all, trials, parallelism) => {
        let state = study({ budget: { trials }, parallelism });
        const ended = new Set<number>();
        for (const what of all) {
          const before = state;
          state = after(state, what);
          const { budget, asked, running, complete: done, failed, cancelled } = accountOf(state);
          expect(asked).toBe(running + done + failed + cancelled);
          expect(asked + state.enqueued.length).toBeLessThanOrEqual(budget);
          expect(running).toBeLessThanOrEqual(parallelism);
          // a trial ends once: what has ended never runs again
          for (const { number } of before.running) {
            if (!state.running.some((each) => each.number === number)) {
              expect(ended.has(number)).toBe(false);
              ended.add(number);
            }
          }
          expect(state.running.some(({ number }) => ended.has(number))).toBe(false);
          expect(ended.size).toBe(done + failed + cancelled);
          if (hasEnded(before)) expect({ ...accountOf(state), late: 0 }).toEqual({ ...accountOf(before), late: 0 });
        }
      },
    ),
    { seed: 20, numRuns: 200 },
  );
});

test('STU-4 a study that is left alone ends with exactly its budget, whatever happens to its trials', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 9 }),
      fc.array(fc.nat(2), { minLength: 40, maxLength: 40 }),
      (trials, parallelism, how) => {
        let state = ask(study({ budget: { trials }, parallelism }));
        for (let step = 0; !hasEnded(state); step++) {
          const kind = (['complete', 'fail', 'cancel'] as const)[how[step] ?? 0] ?? 'complete';
          state = ask(after(state, { kind, which: step, loss: 1, attempt: 1, attempts: 2 }));
        }
        expect(accountOf(state)).toMatchObject({ asked: trials, running: 0 });
        expect(state.state).toBe('finished');
      },
    ),
    { seed: 21, numRuns: 100 },
  );
});

test('STU-2 a second outcome of a trial changes nothing; a late one is evidence alone', () => {
  const asked = ask(study());
  const once = end(asked, 1, 0.5);
  expect(end(once, 1, 0.1)).toBe(once);
  const outcome = { trial: 1, attempt: 1, configuration: { x: 0 }, measures: { loss: -5 }, worker: 'old' };
  const { state, events } = keepLate(once, outcome, 0);
  expect(state.best?.measures).toEqual({ loss: 0.5 });
  expect(accountOf(state)).toEqual({ ...accountOf(once), late: 1 });
  expect(events).toMatchObject([{ type: 'study.lateOutcome', data: { trial: 1, worker: 'old' } }]);
});

test('STU-5 the suggestions depend on history, seed and the number of the ask alone', () => {
  const suggestions = (order: readonly number[]): readonly Configuration[] => {
    let state = ask(study());
    const all = [...state.running];
    for (const number of order) {
      const { state: next, asked } = askTrials(end(state, number, number), always, 0);
      all.push(...asked);
      // as after a renewal: through JSON
      state = JSON.parse(JSON.stringify(next)) as StudyData;
    }
    return all.map(({ configuration }) => configuration);
  };
  expect(JSON.stringify(suggestions([1, 2, 3, 4]))).toBe(JSON.stringify(suggestions([1, 2, 3, 4])));
  expect(JSON.stringify(suggestions([2, 1, 3, 4]))).toBe(JSON.stringify(suggestions([1, 2, 3, 4])));
  expect(JSON.stringify(ask(study({ seed: 2 })).running)).not.toBe(JSON.stringify(ask(study()).running));
});

test('draws that break a constraint are not suggested and not counted as trials; without an end the study stops', () => {
  const half = (configuration: Configuration): boolean => Number(configuration['x']) < 0.5;
  const { state, asked } = askTrials(study(), half, 0);
  expect(asked).toHaveLength(3);
  expect(asked.every(({ configuration }) => half(configuration))).toBe(true);
  expect(state.draws).toBeGreaterThan(3);
  const none = askTrials(study(), () => false, 0).state;
  expect(none).toMatchObject({ state: 'stopped', asked: 0, draws: MAX_DRAWS });
  expect(none.reason).toMatch(/no configuration for trial 1 keeps the constraints within 1000 draws/);
  const after2 = askTrials(end(state, 1, 1), () => false, 0).state;
  expect(after2.state).toBe('draining');
  expect(end(end(after2, 2, 1), 3, 1)).toMatchObject({ state: 'stopped', counts: { complete: 3 } });
});

test('the best is the smallest feasible loss, at a tie the earlier trial; maximised is minimised turned round', () => {
  const bounded = (more: Partial<StudyRequest>): StudyData =>
    ask(study({ subjectTo: { loss: { atLeast: 0.2, atMost: 9 } }, ...more }));
  const ended = (state: StudyData): StudyData =>
    [0.1, 0.5, 0.5].reduce((each, loss, at) => end(each, at + 1, loss), state);
  expect(ended(bounded({})).best?.number).toBe(2);
  const { minimise: _minimise, ...rest } = study().request;
  const request: StudyRequest = { ...rest, maximise: 'loss' };
  const spec = specOf({ request }, undefined, 'demo:study:s');
  if (isRefusal(spec)) throw new Error(spec.message);
  const state = ended(ask(newStudy('s', request, spec, undefined).state));
  expect(state.best?.number).toBe(2);
  expect([...historyOf(state.history).loss()]).toEqual([-0.1, -0.5, -0.5]);
});

test('a stop lets what runs finish and is the end then; a second one changes nothing', () => {
  const asked = ask(study());
  const stopped = stopStudy(asked, 'enough').state;
  expect(stopped).toMatchObject({ state: 'draining', reason: 'enough' });
  expect(roomOf(stopped)).toBe(0);
  expect(stopStudy(stopped, 'again').state).toBe(stopped);
  const done = [1, 2, 3].reduce((state, number) => end(state, number, 1), stopped);
  expect(finishedStudy(done)).toMatchObject({ state: 'stopped', reason: 'enough', account: { asked: 3, complete: 3 } });
  expect(finishedStudy(stopped)).toBeUndefined();
  expect(stopStudy(study(), 'never begun').state.state).toBe('stopped');
});

test('what is carried is bounded, and events tell each suggestion and each ending once', () => {
  let state = study({ budget: { trials: 300 }, parallelism: 4 });
  const told: string[] = [];
  while (!hasEnded(state)) {
    const asked = askTrials(state, always, 0);
    const [first] = asked.state.running;
    const ended = endOf(asked.state, first?.number ?? 0, complete(asked.state, first?.number ?? 0, 1), 0);
    told.push(...[...asked.events, ...ended.events].map(({ type }) => type));
    state = ended.state;
  }
  expect(state.recent).toHaveLength(KEPT_TRIALS);
  expect(historyOf(state.history).length).toBe(300);
  expect(told.filter((type) => type === 'study.trialEnded')).toHaveLength(300);
  expect(told.filter((type) => type === 'study.ended')).toHaveLength(1);
  for (let at = 0; at < 2 * KEPT_LATE; at++) state = after(state, { kind: 'late', which: 1 });
  expect(studyView(state).late).toHaveLength(KEPT_LATE);
  expect(proposalOf(state)).toBeUndefined();
});

test('a study whose sampler has suggested everything finishes as exhausted when the last has ended, and not before', () => {
  // given a grid of 4 and a budget of 10
  let state = ask(study({ sampler: 'grid', samplerOptions: { points: 4 } }));
  expect(state.running.map(({ number }) => number)).toEqual([1, 2, 3]);
  // when all of them are asked for
  state = ask(end(end(state, 1, 0.1), 2, 0.2));
  // then it waits for what runs
  expect(state).toMatchObject({
    state: 'draining',
    reason: 'exhausted: all 4 configurations of the grid were suggested',
  });
  expect(roomOf(state)).toBe(0);
  state = ask(end(end(state, 4, 0.4), 3, 0.3));
  expect(state).toMatchObject({ state: 'finished', asked: 4, counts: { complete: 4 } });
  expect(finishedStudy(state)).toMatchObject({
    state: 'finished',
    reason: expect.stringMatching(/^exhausted: /) as string,
  });
  const asked = state.recent.map(({ configuration }) => configuration['x']);
  expect(asked.map(Number).sort((a, b) => a - b)).toEqual([0, 1 / 3, 2 / 3, 1]);
});

test('STU-5 a study with CMA-ES that is carried as JSON over renewals asks what one without renewals asks', () => {
  const started = (): StudyData => ask(study({ sampler: 'cmaes', budget: { trials: 200 }, parallelism: 1 }));
  let [plain, renewed] = [started(), started()];
  for (let number = 1; number <= 200; number++) {
    const loss = (Number(plain.running[0]?.configuration['x']) - 0.7) ** 2;
    plain = ask(end(plain, number, loss));
    renewed = ask(end(JSON.parse(JSON.stringify(renewed)) as StudyData, number, loss));
    expect(renewed.running).toEqual(plain.running);
  }
  expect(plain.state).toBe('finished');
  expect(plain.best?.configuration['x']).toBeCloseTo(0.7, 6);
});

test('a grid as large as the budget spends the budget; configurations that break a constraint are passed over', () => {
  const grid = { sampler: 'grid', samplerOptions: { points: 4 }, parallelism: 9 } as const;
  let state = ask(study({ ...grid, budget: { trials: 4 } }));
  for (const number of [1, 2, 3, 4]) state = end(state, number, 1);
  expect(state).toMatchObject({ state: 'finished', reason: 'the budget of 4 trials is spent' });
  const { state: some } = askTrials(study(grid), ({ x }) => Number(x) < 0.9, 0);
  expect(some).toMatchObject({ state: 'draining', asked: 3, draws: 4, isExhausted: true });
});

test.each([
  ['no object', 'text', /an outcome/],
  ['another trial', { trial: 2 }, /of trial 1; got 2/],
  ['no attempt', { attempt: 0 }, /attempt/],
  ['no worker', { worker: 3 }, /worker/],
  ['no configuration', { configuration: undefined }, /echoes/],
  ['another configuration', { configuration: { y: 1 } }, /no dimension "y"/],
  ['a configuration out of range', { configuration: { x: 2 } }, /x must lie in/],
  ['no objective', { measures: {} }, /loss is missing; got none/],
  ['NaN', { measures: { loss: NaN } }, /loss is a finite number; got NaN/],
  ['Infinity', { measures: { loss: -Infinity } }, /got -Infinity/],
  ['null, as NaN comes over JSON', { measures: { loss: null } }, /finite number/],
  ['a bound without its measure', { measures: { loss: 1, more: 'x' } }, /more is a finite number/],
])('an outcome with %s is refused with what was expected and what came', (_what, change, text) => {
  const good = { trial: 1, attempt: 1, configuration: { x: 0.5 }, measures: { loss: 1 }, worker: 'w' };
  const { spec } = study();
  expect(readOutcome(spec, 1, good)).toEqual(good);
  const outcome = readOutcome(spec, 1, typeof change === 'string' ? change : { ...good, ...change });
  expect(isRefusal(outcome) ? outcome.message : 'taken').toMatch(text);
});

test.each([
  [{ budget: { trials: 0 } }, /budget.trials is a whole number from 1 to 10000; got 0/],
  [{ budget: { trials: 10_001 } }, /budget.trials/],
  [{ parallelism: 501 }, /parallelism is a whole number from 1 to 500; got 501/],
  [{ attempts: 0 }, /attempts/],
  [{ heartbeatMs: 1 }, /heartbeatMs/],
  [{ trialMs: 1 }, /trialMs/],
  [{ seed: -1 }, /seed/],
  [{ sampler: 'best' }, /the sampler is one of random, grid, sobol, tpe, cmaes, nsga2, gp, pbt, auto; got "best"/],
  [{ samplerOptions: 3 }, /samplerOptions has options by name; got 3/],
  [{ samplerOptions: { points: 0 } }, /samplerOptions.points is a whole number from 1 to 1000; got 0/],
  [{ samplerOptions: { restarts: 'often' } }, /samplerOptions.restarts is one of none, ipop, bipop; got "often"/],
  [{ samplerOptions: { point: 3 } }, /samplerOptions has no "point"/],
  [{ sampler: 'grid', space: { dimensions: VAST } }, /the sampler grid cannot serve the study: .*more than 2\^52/],
  [{ maximise: 'loss' }, /each objective is named once; "loss" is named twice/],
  [{ minimise: [] }, /minimise, maximise or both name a measure, or several in a list; got none/],
  [{ minimise: [3] }, /a measure is 1 to 64 letters, .*; got 3/],
  [{ minimise: 'abcdefghi'.split('') }, /at most 8 objectives; got 9/],
  [{ maximise: 'size', pruner: { kind: 'median' } }, /a pruner compares by one objective/],
  [{ maximise: 'size', sampler: 'cmaes' }, /cmaes seeks one objective; for several there are random, .*, nsga2/],
  [{ over: 'set' }, /exactly one of over and space/],
  [{ minimise: 'a b' }, /a measure is/],
  [{ evaluator: 'Not A Name' }, /evaluator is a name/],
  [{ subjectTo: { loss: {} } }, /a bound is/],
  [{ subjectTo: { loss: { atMost: Infinity } } }, /a bound is/],
  [{ only: 'x' }, /only lists/],
  [{ baseline: 'yes' }, /baseline/],
  [{ space: { dimensions: {} } }, /1 to 100 dimensions; got 0/],
])('a request with %j is refused and says why', (change, text) => {
  const { request } = study();
  const spec = specOf({ request: { ...request, ...(change as object) } }, undefined, 'demo:study:s');
  expect(isRefusal(spec) ? spec.message : 'taken').toMatch(text);
});
