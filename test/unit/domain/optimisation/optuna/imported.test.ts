import { isRefusal, type Refusal } from '../../../../../src/contracts/errors';
import type { OptunaDistribution, OptunaStudy, OptunaTrial } from '../../../../../src/contracts/optimisation/optuna';
import type { ImportedStudy } from '../../../../../src/contracts/optimisation/warm-start';
import { readDistribution } from '../../../../../src/domain/optimisation/optuna/distribution';
import { importedOf } from '../../../../../src/domain/optimisation/optuna/imported';
import { readJournal } from '../../../../../src/domain/optimisation/optuna/journal';
import { configurationProblem } from '../../../../../src/domain/optimisation/search-space';
import { journalLines } from '../../../../support/optuna/recorded';

function recorded(name: string): OptunaStudy {
  const reader = readJournal();
  for (const line of journalLines()) reader.take(line);
  const studies = reader.studies();
  const found = isRefusal(studies) ? undefined : studies.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

function imported(study: OptunaStudy, measures?: string | readonly string[]): ImportedStudy {
  const answer = importedOf(study, measures);
  if (isRefusal(answer)) throw new Error(answer.message);
  return answer;
}

const UNIT: OptunaDistribution = { kind: 'float', low: 0, high: 1, log: false };
const trial = (
  params: Readonly<Record<string, readonly [number, OptunaDistribution]>>,
  more: Partial<OptunaTrial> = {},
): OptunaTrial => ({
  number: 0,
  state: 'complete',
  params: Object.fromEntries(
    Object.entries(params).map(([name, [internal, distribution]]) => [name, { internal, distribution }]),
  ),
  values: [1],
  constraints: {},
  ...more,
});
const studyOf = (...trials: readonly OptunaTrial[]): OptunaStudy => ({
  name: 's',
  directions: ['minimise'],
  trials: trials.map((each, number) => ({ ...each, number })),
});
const choice = (...choices: readonly (string | number | boolean | null)[]): OptunaDistribution => ({
  kind: 'categorical',
  choices,
});
const spaceOf = (...trials: readonly OptunaTrial[]) => imported(studyOf(...trials)).space;

test('a study of Optuna: its space with the conditions made out, bounds, names, and every trial in the space', () => {
  const study = imported(recorded('mixed'), 'loss');
  expect(study.objective).toEqual({ measure: 'loss', direction: 'minimise' });
  expect(study.subjectTo).toEqual({ constraint_memory: { atMost: 0 }, constraint_time_limit: { atMost: 0 } });
  expect(study.renamed).toEqual({ 'learning-rate': 'learning_rate' });
  expect(study.leftOut).toEqual({ pruned: 3, failed: 2, 'without a finite value': 1, running: 1, waiting: 1 });
  expect(study.space).toEqual({
    dimensions: {
      model: { kind: 'categorical', choices: ['tree', 'net', '=1+1'] },
      learning_rate: { kind: 'float', low: 1e-6, high: 0.1, log: true },
      quarter: { kind: 'float', low: 0, high: 2, log: false, step: 0.25 },
      width: { kind: 'int', low: 1, high: 2048, log: true, step: 1 },
      even: { kind: 'int', low: 0, high: 30, log: false, step: 2 },
      momentum: { kind: 'categorical', choices: [true, false], when: { model: 'net' } },
      beta: { kind: 'float', low: 0, high: 1, log: false, when: { momentum: true } },
      depth: { kind: 'int', low: 1, high: 12, log: false, step: 1, when: { model: 'tree' } },
    },
  });
  const { space } = study;
  if (isRefusal(space)) throw new Error(space.message);
  for (const { configuration } of study.trials) expect(configurationProblem(space, configuration)).toBeUndefined();
  expect(study.trials).toHaveLength(35);
  expect(study.trials[0]).toMatchObject({ number: 1, state: 'complete', attempts: 1 });
  expect(study.trials.at(-1)).toMatchObject({
    number: 43,
    measures: { loss: 1.5, constraint_memory: -3, constraint_time_limit: 0 },
    feasible: true,
  });
  expect(study.trials.map(({ feasible }) => feasible)).toContain(false);
});

test('parameters that no choice explains leave the trials without a space, and say which', () => {
  const study = imported(recorded('layers'));
  expect(study.trials).toHaveLength(12);
  expect(study.objective).toEqual({ measure: 'value', direction: 'maximise' });
  expect(study.space).toMatchObject({
    code: 'invalid-import',
    message: expect.stringMatching(/^the parameter "units[12]": it is missing in some trials/) as string,
  });
});

test.each<[string, OptunaStudy, string]>([
  ['no objective', { ...studyOf(), directions: [] }, 'a study here has 1 to 8 objectives; "s" has 0'],
  ['too many objectives', { ...studyOf(), directions: Array<'minimise'>(9).fill('minimise') }, '"s" has 9'],
  [
    'None among the choices',
    recorded('none'),
    'the parameter "opt" has no value that can be kept; got a choice such as None',
  ],
  ['no trial', recorded('empty'), '"empty" has no complete trial with a finite value; it has 0 trials'],
  [
    'no result',
    studyOf(trial({ x: [0, UNIT] }, { values: [Infinity] })),
    'no complete trial with a finite value; it has 1 trials',
  ],
  [
    'names that fall together',
    studyOf(trial({ 'a-b': [0, UNIT], 'a.b': [0, UNIT] })),
    'the parameters "a-b" and "a.b" would both be called a_b',
  ],
  ['a choice that is not there', studyOf(trial({ x: [3, choice('a', 'b')] })), 'got the choice 3'],
])('%s cannot be imported, and is said', (_what, study, text) => {
  const refusal = importedOf(study) as Refusal;
  expect(refusal.code).toBe('invalid-import');
  expect(refusal.message).toContain(text);
});

test('a study with two objectives: names in the order that they have there, and directions of their own', () => {
  const two = recorded('two');
  const study = imported(two, ['speed', 'price']);
  const objectives = [
    { measure: 'speed', direction: 'minimise' },
    { measure: 'price', direction: 'maximise' },
  ];
  expect(study).toMatchObject({ objective: objectives[0], objectives, leftOut: {} });
  expect(study.trials.map(({ measures }) => [measures['speed'], measures['price']])).toEqual(
    two.trials.map(({ values }) => values),
  );
  expect(imported(two).objectives?.map(({ measure }) => measure)).toEqual(['value_0', 'value_1']);
});

test('a trial that lacks one of its values is left out', () => {
  const both: OptunaStudy['directions'] = ['minimise', 'minimise'];
  const given = [[1, 2], [1], [1, Infinity], []].map((values) => trial({ x: [0, UNIT] }, { values }));
  const study = imported({ ...studyOf(...given), directions: both });
  expect([study.trials.length, study.leftOut]).toEqual([1, { 'without a finite value': 3 }]);
});

test.each<[string, string | readonly string[], string]>([
  ['too few', 'loss', '"two" has 2 objectives; got 1 names of measures'],
  ['too many', ['a', 'b', 'c'], 'got 3 names of measures'],
  ['the same twice', ['a', 'a'], 'has a name of its own; got "a"'],
  ['no name', ['a', 'b c'], 'got "b c"'],
])('names of measures, %s: said', (_what, measures, text) => {
  const refusal = importedOf(recorded('two'), measures) as Refusal;
  expect(refusal.code).toBe('invalid-import');
  expect(refusal.message).toContain(text);
});

test('an objective has not the name of a constraint', () => {
  const study = studyOf(trial({ x: [0, UNIT] }, { constraints: { c: 1 } }));
  expect(importedOf(study, 'constraint_c')).toMatchObject({
    code: 'invalid-import',
    message: 'a constraint is called constraint_c here: call the objective otherwise',
  });
});

test('ranges that changed are joined; steps that do not meet are not', () => {
  const whole = (low: number, high: number, step: number): OptunaDistribution => ({
    kind: 'int',
    low,
    high,
    log: false,
    step,
  });
  expect(spaceOf(trial({ x: [1, whole(1, 5, 2)] }), trial({ x: [3, whole(3, 9, 2)] }))).toEqual({
    dimensions: { x: { kind: 'int', low: 1, high: 9, log: false, step: 2 } },
  });
  expect(spaceOf(trial({ x: [1, whole(1, 5, 2)] }), trial({ x: [2, whole(2, 8, 2)] }))).toMatchObject({
    code: 'invalid-import',
  });
  expect(spaceOf(trial({ x: [1, whole(1, 5, 1)] }), trial({ x: [3, whole(1, 5, 2)] }))).toMatchObject({
    code: 'invalid-import',
  });
});

test('None that nobody chose is no choice of ours either; a range beyond whole numbers is refused', () => {
  expect(spaceOf(trial({ x: [1, choice(null, 'a')] }))).toMatchObject({
    message: expect.stringContaining('such as None') as string,
  });
  const huge: OptunaDistribution = { kind: 'int', low: 0, high: 2 ** 60, log: false, step: 1 };
  expect(spaceOf(trial({ x: [1, huge] }))).toMatchObject({
    code: 'invalid-import',
    message: expect.stringContaining('whole numbers') as string,
  });
});

test('a condition on two choices, and no more than it takes', () => {
  const [a, b] = [choice('p', 'q'), choice(true, false)];
  const both = trial({ a: [0, a], b: [0, b], x: [0.5, UNIT] });
  const others = [trial({ a: [0, a], b: [1, b] }), trial({ a: [1, a], b: [0, b] }), trial({ a: [1, a], b: [1, b] })];
  expect(spaceOf(both, ...others)).toMatchObject({ dimensions: { x: { when: { a: 'p', b: true } } } });
  expect(spaceOf(both, ...others.slice(1))).toMatchObject({ dimensions: { x: { when: { a: 'p' } } } });
});

test('a trial that lacks a constraint of the others is left out', () => {
  const study = imported(studyOf(trial({ x: [0, UNIT] }, { constraints: { c: 1 } }), trial({ x: [1, UNIT] })));
  expect([study.trials.length, study.leftOut, study.trials[0]?.feasible]).toEqual([
    1,
    { 'without all constraints': 1 },
    false,
  ]);
});

test('distributions before Optuna 3 are read; what is none is not', () => {
  const read = (name: string, attributes: object) => readDistribution(JSON.stringify({ name, attributes }));
  expect(read('LogUniformDistribution', { low: 1, high: 2 })).toEqual({ kind: 'float', low: 1, high: 2, log: true });
  expect(read('DiscreteUniformDistribution', { low: 0, high: 2, q: 0.5 })).toMatchObject({ kind: 'float', step: 0.5 });
  expect(read('IntLogUniformDistribution', { low: 1, high: 8, step: 1 })).toMatchObject({
    kind: 'int',
    log: true,
    step: 1,
  });
  expect(read('CategoricalDistribution', { choices: ['a', 1, true, null, [1]] })).toEqual({
    kind: 'categorical',
    choices: ['a', 1, true, null, null],
  });
  expect(
    readDistribution('{"name": "CategoricalDistribution", "attributes": {"choices": [NaN, Infinity, "NaN"]}}'),
  ).toEqual({
    kind: 'categorical',
    choices: [null, null, 'NaN'],
  });
  for (const odd of ['{', '[]', '{"name":"FloatDistribution"}', 7]) expect(readDistribution(odd)).toBeUndefined();
  expect(read('CategoricalDistribution', { choices: 'a' })).toBeUndefined();
  expect(read('OtherDistribution', { low: 0, high: 1 })).toBeUndefined();
});

test('what was noted of a study and its complete trials is kept, and what does not fit is counted', () => {
  const noted = { note: 'a', deep: { a: 1 }, 'my note': true, 'mabeam:number': 1 };
  const study = imported({
    ...studyOf(
      trial({ x: [0, UNIT] }, { attributes: noted }),
      trial({ x: [1, UNIT] }, { state: 'failed', attributes: noted }),
    ),
    attributes: { owner: 'ann', list: [] },
  });
  expect(study).toMatchObject({ attributes: { owner: 'ann' }, attributesLeftOut: 2 });
  expect(study.trials.map(({ attributes }) => attributes)).toEqual([{ note: 'a', my_note: true }]);
});
