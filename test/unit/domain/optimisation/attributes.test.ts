import { isRefusal } from '../../../../src/contracts/errors';
import { KEPT_TRIALS, type Trial, type TrialOutcome } from '../../../../src/contracts/optimisation/study';
import { attributesProblem, OF_STUDY, OF_TRIAL } from '../../../../src/domain/optimisation/attributes';
import { notedHere } from '../../../../src/domain/optimisation/optuna/noted';
import { askTrials } from '../../../../src/domain/optimisation/next-trials';
import { endOf, keepLate } from '../../../../src/domain/optimisation/trial-ends';
import { studyView } from '../../../../src/domain/optimisation/study-view';
import { type StudyData } from '../../../../src/domain/optimisation/study';
import { parseStudyRequest } from '../../../../src/domain/optimisation/study-spec';
import { readOutcome, type Ending } from '../../../../src/domain/optimisation/trial';
import { begun } from '../../../support/studies/begun';

const always = (): boolean => true;
const SPACE = { dimensions: { x: { kind: 'float', low: 0, high: 1, log: false } } } as const;
const study = (more: object = {}): StudyData => begun({ space: SPACE, seed: 1, parallelism: 2, ...more });
const of = (count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_each, at) => [`a${String(at)}`, at]));

test('texts, finite numbers, truth values and null are noted, up to the last byte', () => {
  expect(attributesProblem({ commit: 'a1', 'runs.on': -0.5, ok: false, left: null }, OF_TRIAL)).toBeUndefined();
  expect(attributesProblem(of(20), OF_TRIAL)).toBeUndefined();
  expect(attributesProblem({ text: 'x'.repeat(1_989) }, OF_TRIAL)).toBeUndefined();
  // what would be a refusal elsewhere
  expect(attributesProblem({ code: 'timeout', message: 'of the oven' }, OF_TRIAL)).toBeUndefined();
});

test.each<[string, unknown, string]>([
  ['a list', [1], 'attributes are values by name; got [1]'],
  ['a name with a blank', { 'my name': 1 }, 'got "my name"'],
  ['a name of Optuna', { 'mabeam:number': 1 }, 'got "mabeam:number"'],
  ['a list as a value', { a: [1] }, 'the attribute a is a text, a finite number, true, false or null; got [1]'],
  ['no number', { a: NaN }, 'the attribute a is'],
  ['one too many', of(21), 'at most 20 attributes; got 21'],
  ['a byte too many', { text: 'x'.repeat(1_990) }, 'attributes have at most 2000 bytes as JSON; got 2001'],
  ['bytes, not characters', { text: 'ä'.repeat(1_000) }, 'got 2011'],
])('%s is refused', (_what, value, text) => {
  expect(attributesProblem(value, OF_TRIAL)).toContain(text);
});

test('those of a study are looked at with its request', () => {
  const request = { space: SPACE, minimise: 'loss', budget: { trials: 1 } };
  expect(parseStudyRequest({ ...request, attributes: of(50) })).toMatchObject({ attributes: of(50) });
  expect(parseStudyRequest({ ...request, attributes: of(51) })).toMatchObject({
    code: 'invalid-request',
    message: 'the study: at most 50 attributes; got 51',
  });
});

/** An outcome as an evaluator answers it. */
function outcomeOf({ number, configuration }: Trial, attributes: unknown): TrialOutcome {
  const value = { trial: number, attempt: 1, configuration, measures: { loss: 1 }, worker: 'w', attributes };
  const read = readOutcome(study().spec, number, value);
  if (isRefusal(read)) throw new Error(read.message);
  return read;
}

test('every ending that an attempt tells has what it noted, and so has its event', () => {
  const { state, asked } = askTrials(study({ parallelism: 4 }), always, 0);
  const noted = { code: 'timeout', message: 'is what the oven said' };
  const refusal = { code: 'evaluation-failed', message: 'no' } as const;
  const endings = (trial: Trial): readonly Ending[] => [
    { kind: 'complete', outcome: outcomeOf(trial, noted) },
    { kind: 'pruned', outcome: { ...outcomeOf(trial, noted), pruned: true } },
    { kind: 'failed', refusal, attempts: 1, attributes: noted },
  ];
  for (const [at] of [0, 1, 2].entries()) {
    const trial = asked[at] as Trial;
    const step = endOf(state, trial.number, endings(trial)[at] as Ending, 0);
    expect(step.events).toMatchObject([{ type: 'study.trialEnded', data: { trial: { attributes: noted } } }]);
    expect(step.state.recent).toMatchObject([{ number: trial.number, attributes: noted }]);
  }
  expect(endOf(state, 1, { kind: 'cancelled' }, 0).state.recent[0]).not.toHaveProperty('attributes');
  const late = keepLate(state, outcomeOf(asked[0] as Trial, noted), 0);
  expect([late.state.late, late.events]).toMatchObject([
    [{ attributes: noted }],
    [{ type: 'study.lateOutcome', data: { attributes: noted } }],
  ]);
});

test('an outcome with attributes that are none is refused', () => {
  const value = { trial: 1, attempt: 1, configuration: { x: 0.5 }, measures: { loss: 1 }, worker: 'w' };
  expect(readOutcome(study().spec, 1, { ...value, attributes: { a: [] } })).toMatchObject({ code: 'invalid-message' });
});

/** A study of 200 trials, each with as much noted as may be, or with nothing. */
function long(attributes: object | undefined): { readonly suggested: readonly unknown[]; readonly state: StudyData } {
  const suggested: unknown[] = [];
  let state = study({ sampler: 'tpe', parallelism: 1, budget: { trials: 200 } });
  for (let at = 0; at < 200; at++) {
    const step = askTrials(state, always, 0);
    const [trial] = step.asked as [Trial];
    suggested.push(trial.configuration);
    const outcome = { ...outcomeOf(trial, attributes), measures: { loss: Number(trial.configuration['x']) } };
    ({ state } = endOf(step.state, trial.number, { kind: 'complete', outcome }, 0));
  }
  return { suggested, state };
}

test('STU-5 they never influence the sampler, and only the newest trials carry them on', () => {
  const [with_, without] = [long({ text: 'x'.repeat(1_989) }), long(undefined)];
  expect(with_.suggested).toEqual(without.suggested);
  const carried = JSON.stringify(with_.state).length - JSON.stringify(without.state).length;
  // the newest, and the best one
  expect(carried).toBeLessThan((KEPT_TRIALS + 1) * 2_050);
  expect(studyView(with_.state).recent).toHaveLength(KEPT_TRIALS);
});

test('of foreign attributes is kept what fits, under a name that fits; the rest is counted', () => {
  const theirs = {
    'my name': 1,
    my_name: 2,
    '9': 'x',
    list: [1],
    long: 'x'.repeat(3_000),
    endless: Infinity,
    ok: null,
  };
  expect(notedHere(theirs, OF_TRIAL)).toEqual({ attributes: { a_9: 'x', my_name: 1, ok: null }, leftOut: 4 });
  expect(notedHere(of(60), OF_STUDY)).toEqual({ attributes: of(50), leftOut: 10 });
});
