import fc from 'fast-check';
import type { StudyRequest, TrialOutcome } from '../../../../src/contracts/optimisation/study';
import { endEvaluated, takeLate } from '../../../../src/domain/optimisation/late-outcomes';
import { askTrials } from '../../../../src/domain/optimisation/next-trials';
import { accountOf, type StudyData, type StudyStep } from '../../../../src/domain/optimisation/study';
import { endOf, takeReports } from '../../../../src/domain/optimisation/trial-ends';
import { begun, begunOutside } from '../../../support/studies/begun';

const SPACE = { dimensions: { x: { kind: 'float' as const, low: 0, high: 1, log: false } } };
const asked = (more: Partial<StudyRequest> = {}): StudyData =>
  askTrials(begun({ space: SPACE, seed: 1, parallelism: 3, ...more }), () => true, 0).state;

/** What an attempt has found. */
function found(trial: number, attempt: number, more: Partial<TrialOutcome> = {}): TrialOutcome {
  const worker = `w${String(attempt)}`;
  return { trial, attempt, configuration: { x: 0.5 }, measures: { loss: attempt }, worker, ...more };
}
const late = (state: StudyData, outcome: TrialOutcome, isOfThisRun = true): StudyStep =>
  takeLate(state, outcome, isOfThisRun, 0);
const evaluated = (state: StudyData, outcome: TrialOutcome): StudyStep =>
  endEvaluated(state, outcome.trial, { kind: 'complete', outcome }, 0);
const typesOf = ({ events }: StudyStep): readonly string[] => events.map(({ type }) => type);

test('STU-2 STU-3 the first outcome ends a trial, whichever attempt it is of; what comes after it is evidence, once', () => {
  // given a trial that was given to a second attempt, when the first one is heard of after all
  const adopted = late(asked(), found(1, 1));
  expect(adopted.events).toMatchObject([
    { type: 'study.trialEnded', data: { trial: { number: 1, state: 'complete', attempts: 1, worker: 'w1' } } },
  ]);
  // then its second attempt is the late one, and nothing is told twice
  const overtaken = evaluated(adopted.state, found(1, 2));
  expect(overtaken.events).toMatchObject([{ type: 'study.lateOutcome', data: { trial: 1, attempt: 2 } }]);
  expect(accountOf(overtaken.state)).toMatchObject({ complete: 1, late: 1 });
  for (const again of [found(1, 1), found(1, 2)]) {
    expect(late(overtaken.state, again)).toEqual({ state: overtaken.state, events: [], asked: [] });
    expect(evaluated(overtaken.state, again).events).toEqual([]);
  }
});

test('STU-2 an outcome whose completion was taken, and whose worker could not hear so, changes nothing when it is told again', () => {
  const { state } = evaluated(asked(), found(2, 1));
  expect(late(state, found(2, 1))).toEqual({ state, events: [], asked: [] });
  const pruned = endOf(state, 3, { kind: 'pruned', outcome: found(3, 2, { measures: {}, pruned: true }) }, 0).state;
  expect(late(pruned, found(3, 2, { measures: {}, pruned: true })).events).toEqual([]);
  expect(typesOf(late(pruned, found(3, 1)))).toEqual(['study.lateOutcome']);
});

test.each([
  ['of another run of its study', () => late(asked(), found(1, 1), false)],
  [
    'of a trial that has failed',
    () => {
      const refusal = { code: 'timeout' as const, message: 'silent' };
      const { state } = endOf(asked(), 1, { kind: 'failed', refusal, attempts: 1, worker: 'w1' }, 0);
      return late(state, found(1, 1));
    },
  ],
  ['of a trial that was cancelled', () => late(endOf(asked(), 1, { kind: 'cancelled' }, 0).state, found(1, 1))],
  [
    'of a trial that somebody outside has',
    () => late(askTrials(begunOutside({ space: SPACE }), () => true, 0, 1).state, found(1, 1)),
  ],
  [
    'that is no end where trials are promoted',
    () => {
      const pruner = { kind: 'halving', promote: true, minResource: 1 } as const;
      return late(asked({ pruner }), found(1, 1, { measures: {}, pruned: true }));
    },
  ],
  [
    'that nobody can go on from, of a population',
    () => late(asked({ sampler: 'pbt', samplerOptions: { population: 3 } }), found(1, 1)),
  ],
])('STU-2 an outcome %s is evidence and ends nothing', (_what, tell) => {
  const step = tell();
  expect(typesOf(step)).toEqual(['study.lateOutcome']);
  expect(accountOf(step.state)).toMatchObject({ complete: 0, late: 1 });
});

test('what was delivered of a trial stays when an attempt before ends it', () => {
  const pruner = { kind: 'median', warmupSteps: 100 } as const;
  const reports = { steps: [1, 2], values: [0.5, 0.25] };
  const { state } = takeReports(asked({ pruner }), { trial: 1, attempt: 2, reports });
  const { events } = late(state, found(1, 1));
  expect(events).toMatchObject([{ type: 'study.trialEnded', data: { trial: { number: 1, reports } } }]);
});

test('STU-1 STU-2 ECO-1 in any order of outcomes each trial ends once, and each other outcome is counted once', () => {
  const told = fc.record({
    trial: fc.integer({ min: 1, max: 3 }),
    attempt: fc.integer({ min: 1, max: 3 }),
    isLate: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(told, { maxLength: 15 }), (all) => {
      let state = asked();
      const endings: number[] = [];
      for (const { trial, attempt, isLate } of all) {
        const step = isLate ? late(state, found(trial, attempt)) : evaluated(state, found(trial, attempt));
        ({ state } = step);
        if (typesOf(step).includes('study.trialEnded')) endings.push(trial);
      }
      const outcomes = new Set(all.map(({ trial, attempt }) => `${String(trial)}/${String(attempt)}`)).size;
      const trials = new Set(all.map(({ trial }) => trial)).size;
      expect(endings).toHaveLength(trials);
      expect(accountOf(state)).toMatchObject({ complete: trials, late: outcomes - trials, running: 3 - trials });
    }),
    { seed: 9, numRuns: 100 },
  );
});
