import fc from 'fast-check';
import type { Reports } from '../../../../src/contracts/optimisation/pruning';
import { COMPLETE_REPORTS, RUNNING_REPORTS, RUNG_VALUES } from '../../../../src/contracts/optimisation/pruning';
import type { StudyRequest, Trial } from '../../../../src/contracts/optimisation/study';
import { isRefusal } from '../../../../src/contracts/errors';
import { keptReports, pruningBytes, readReports, thin } from '../../../../src/domain/optimisation/pruning';
import { answerReports, reportingOf } from '../../../../src/domain/optimisation/reports';
import { prunerOf } from '../../../../src/domain/optimisation/pruners/table';
import { accountOf, type StudyData } from '../../../../src/domain/optimisation/study';
import { askTrials } from '../../../../src/domain/optimisation/next-trials';
import { endOf, takeReports } from '../../../../src/domain/optimisation/trial-ends';
import { studyView } from '../../../../src/domain/optimisation/study-view';
import type { Ending } from '../../../../src/domain/optimisation/trial';
import { begun } from '../../../support/studies/begun';

const SPACE = { dimensions: { x: { kind: 'float' as const, low: 0, high: 1, log: false } } };
const always = (): boolean => true;

/** A study with some trials running. */
function asked(request: Partial<StudyRequest>): StudyData {
  const state = begun({ space: SPACE, pruner: { kind: 'halving', minResource: 2, reductionFactor: 2 }, ...request });
  return askTrials(state, always, 0).state;
}
const reports = (steps: readonly number[], values: readonly number[] = steps): Reports => ({ steps, values });
const tell = (state: StudyData, trial: number, attempt: number, told: Reports): StudyData =>
  takeReports(state, { trial, attempt, reports: told }).state;
const stops = (state: StudyData, trial: number, attempt = 1, told = reports([]), fresh = 0): boolean =>
  answerReports(state, { trial, attempt, reports: told, fresh }).stop;
function outcome(
  kind: 'complete' | 'pruned',
  trial: number,
  more: { attempt?: number; reports?: Reports } = {},
): Ending {
  const measures = kind === 'complete' ? { loss: trial } : {};
  return { kind, outcome: { trial, attempt: 1, configuration: { x: 0.5 }, measures, worker: 'w', ...more } };
}
/** The trial as its event tells it. */
const ended = (state: StudyData, trial: number, ending: Ending): Trial =>
  endOf(state, trial, ending, 0).events[0]?.data['trial'] as Trial;

test('STU-1 STU-4 a pruned trial is one of the budget, has no measures, is never the best, and teaches the sampler where it stood', () => {
  let state = asked({ maximise: 'loss', minimise: undefined, parallelism: 2, budget: { trials: 2 } } as never);
  state = endOf(state, 1, outcome('pruned', 1, { reports: reports([0, 7], [3, 4]) }), 0).state;
  expect(state.best).toBeUndefined();
  state = endOf(state, 2, outcome('complete', 2), 0).state;
  expect(accountOf(state)).toMatchObject({ asked: 2, running: 0, complete: 1, pruned: 1 });
  expect(state).toMatchObject({ state: 'finished', best: { number: 2 } });
  expect(state.recent[0]).toMatchObject({ state: 'pruned', lastReport: { step: 7, value: 4 } });
  expect(state.recent[0]).not.toHaveProperty('reports');
  // to be made small
  expect(state.history.open).toMatchObject({ loss: [null, -2], pruned: { steps: [7, null], losses: [-4, null] } });
});

test('a trial that ended has all its reports in its event, those that came with the outcome at the end', () => {
  const state = tell(asked({}), 1, 1, reports([0, 1], [5, 6]));
  expect(studyView(state).running[0]).toMatchObject({ number: 1, lastReport: { step: 1, value: 6 } });
  const { reports: all, lastReport } = ended(state, 1, outcome('complete', 1, { reports: reports([2, 5], [7, 8]) }));
  expect([all, lastReport]).toEqual([reports([0, 1, 2, 5], [5, 6, 7, 8]), { step: 5, value: 8 }]);
  expect(ended(state, 1, { kind: 'cancelled' }).reports).toEqual(reports([0, 1], [5, 6]));
  expect(ended(asked({}), 1, outcome('complete', 1))).not.toHaveProperty('reports');
});

test('STU-2 reports of an attempt that was replaced, and of a trial that has ended, are counted and change nothing', () => {
  let state = tell(asked({}), 1, 2, reports([0, 1]));
  const before = state.pruning;
  state = tell(state, 1, 1, reports([2, 3]));
  expect(state.pruning).toBe(before);
  state = endOf(state, 1, outcome('complete', 1, { attempt: 2 }), 0).state;
  state = tell(state, 1, 2, reports([4]));
  state = tell(state, 99, 1, reports([4]));
  expect(accountOf(state).lateReports).toBe(3);
  expect(stops(state, 1, 1, reports([9]), 1)).toBe(false);
});

test('a newer attempt tells anew from its first step on; what was told before that stays, and no rung is taken twice', () => {
  let state = tell(asked({}), 1, 1, reports([0, 1, 2, 3], [1, 1, 1, 1]));
  expect(state.pruning?.memory.rungs['0/0']).toEqual([1]);
  state = tell(state, 1, 2, reports([1, 2], [8, 9]));
  expect(state.pruning?.open['1']?.reports).toEqual(reports([0, 1, 2], [1, 8, 9]));
  expect(state.pruning?.memory.rungs['0/0']).toEqual([1]);
});

test('what was told to stop stays so until it tells more, also when the same comes again or another attempt begins anew', () => {
  let state = asked({ parallelism: 3 });
  state = tell(state, 1, 1, reports([2], [1]));
  state = tell(state, 2, 1, reports([2], [5]));
  expect([stops(state, 1), stops(state, 2), stops(state, 3)]).toEqual([false, true, false]);
  state = tell(state, 2, 1, reports([2], [5]));
  expect(stops(state, 2)).toBe(true);
  state = tell(state, 2, 2, reports([0, 1], [5, 5]));
  expect(stops(state, 2, 2)).toBe(true);
  expect(stops(tell(state, 2, 2, reports([2, 3], [5, 5])), 2, 2)).toBe(false);
});

test('the study says where the next rung is', () => {
  let state = asked({});
  expect(reportingOf(state, 1)).toEqual({ everyMs: 1_000, keep: 1_000, rung: 2 });
  state = tell(state, 1, 1, reports([2], [1]));
  const next = answerReports(state, { trial: 1, attempt: 1, reports: reports([]), fresh: 0 });
  expect(next).toEqual({ stop: false, rung: 4 });
  const auto = asked({ pruner: { kind: 'halving' } });
  expect(reportingOf(auto, 1)).toEqual({ everyMs: 1_000, keep: 1_000 });
  expect(reportingOf(asked({ pruner: undefined } as never), 1)).toBeUndefined();
});

test('what is delivered at once is judged as if it had come one by one, up to the first stop', () => {
  const values = fc.array(fc.double({ min: 0, max: 9, noNaN: true }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(values, values, (first, second) => {
      const steps = (list: readonly number[]): Reports => reports([...list.keys()], list);
      let [once, each] = [asked({}), asked({})];
      for (const [at, list] of [first, second].entries()) {
        const trial = at + 1;
        once = tell(once, trial, 1, steps(list));
        for (const [step, one] of list.entries()) {
          each = tell(each, trial, 1, reports([step], [one]));
          if (stops(each, trial)) break;
        }
        expect(stops(each, trial)).toBe(stops(once, trial));
      }
      expect(each.pruning?.memory).toEqual(once.pruning?.memory);
    }),
    { seed: 6, numRuns: 200 },
  );
});

test('of too many reports every other one is left out and counted; the first, the last and what is wanted stay', () => {
  const lengths = fc.record({ length: fc.integer({ min: 1, max: 400 }), most: fc.integer({ min: 10, max: 60 }) });
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 399 }), ({ length, most }, wanted) => {
      const all = reports(Array.from({ length }, (_each, at) => at));
      const left = thin(all, most, (step) => step === wanted);
      expect(left.steps.length).toBeLessThanOrEqual(Math.max(most, 3));
      expect(left.steps.length + (left.thinned ?? 0)).toBe(length);
      expect(left.values).toEqual(left.steps);
      expect([left.steps[0], left.steps.at(-1)]).toEqual([0, length - 1]);
      if (wanted < length) expect(left.steps).toContain(wanted);
    }),
    { seed: 7, numRuns: 200 },
  );
});

test('STU-5 with Hyperband a trial is suggested by what the trials of its bracket came to, and by nothing else', () => {
  const pruner = { kind: 'hyperband', maxResource: 4, reductionFactor: 2 } as const;
  const bracketOf = (trial: number): number | undefined =>
    prunerOf(pruner).bracketOf?.(trial, { study: 's', memory: { rungs: {} } });
  /** What is suggested for each trial when those of other brackets than the first come to something else. */
  const suggested = (others: (trial: number) => number): readonly unknown[] => {
    let state = asked({ pruner, sampler: 'tpe', seed: 3, parallelism: 2, budget: { trials: 90 } });
    for (let trial = 1; trial < 90; trial++) {
      const configuration = state.running.find(({ number }) => number === trial)?.configuration ?? {};
      const loss = bracketOf(trial) === 0 ? Math.abs(Number(configuration['x']) - 0.3) : others(trial);
      const ending = { trial, attempt: 1, configuration, measures: { loss }, worker: 'w' };
      state = endOf(state, trial, { kind: 'complete', outcome: ending }, 0).state;
      state = askTrials(state, always, 0).state;
    }
    return [...state.recent, ...state.running].map(({ number, configuration }) => [number, configuration['x']]);
  };
  const [one, other] = [suggested((trial) => trial), suggested((trial) => (trial * 37) % 11)];
  const ofFirst = (list: readonly unknown[]): readonly unknown[] =>
    list.filter((each) => bracketOf((each as [number])[0]) === 0);
  expect(ofFirst(one).length).toBeGreaterThan(15);
  expect(ofFirst(one)).toEqual(ofFirst(other));
  expect(one).not.toEqual(other);
});

test('what a study carries of reports is bounded, however many trials report', () => {
  let state = asked({ parallelism: 1, budget: { trials: 1_200 }, pruner: { kind: 'halving', minResource: 1 } });
  const long = Array.from({ length: 40 }, (_each, at) => at + 1);
  for (let trial = 1; trial <= 1_200; trial++) {
    state = tell(state, trial, 1, reports(long));
    state = askTrials(endOf(state, trial, outcome('complete', trial), 0).state, always, 0).state;
  }
  const { complete = [], memory = { rungs: {} } } = state.pruning ?? {};
  expect(complete.reduce((sum, { steps }) => sum + steps.length, 0)).toBe(COMPLETE_REPORTS);
  expect(memory.rungs['0/0']).toHaveLength(RUNG_VALUES);
  expect(JSON.stringify(state.pruning).length).toBeLessThan(state.pruning ? pruningBytes(state.pruning) : 0);
  expect(500 * keptReports(500)).toBeLessThanOrEqual(RUNNING_REPORTS);
  expect(keptReports(4)).toBe(1_000);
});

test.each([
  [{ steps: [0, 1], values: [1] }],
  [{ steps: [1, 1], values: [1, 2] }],
  [{ steps: [2, 1], values: [1, 2] }],
  [{ steps: [-1], values: [1] }],
  [{ steps: [0.5], values: [1] }],
  [{ steps: [0], values: ['much'] }],
  [{ steps: [0], values: [null] }],
  [{ steps: [0], values: [1], thinned: -1 }],
  [{ steps: 3, values: [] }],
  ['none'],
])('%j are no reports', (value) => {
  expect(isRefusal(readReports(value))).toBe(true);
});
