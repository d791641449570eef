import { isRefusal } from '../../../../src/contracts/errors';
import {
  configurationProblem,
  parseSpace,
  spaceOf,
  spaceProblems,
} from '../../../../src/domain/optimisation/search-space';
import { boolean, defineVariables, float, int, module, ordinal, text } from '../../../../workflows/door';

const set = defineVariables('set', {
  kind: module('linear', 'tree').policy('locked'),
  depth: int(1, 9).when({ kind: 'tree' }),
  rate: float(1e-4, 1).log().default(0.1).when({ kind: 'linear' }),
  warm: boolean(),
  steps: ordinal(1, 2, 3).when({ warm: true }),
  last: float(0, 1).step(0.1).when({ steps: 3 }),
  note: text(),
});
const { variables } = set.spec;
const values = { kind: 'linear', rate: 0.1, warm: false, note: '' };

test('the space of a set leaves out texts and locked variables, and what can never be active under them', () => {
  expect(spaceOf(variables, values)).toEqual({
    dimensions: {
      rate: { kind: 'float', low: 1e-4, high: 1, log: true },
      warm: { kind: 'boolean' },
      steps: { kind: 'ordinal', choices: [1, 2, 3], when: { warm: true } },
      last: { kind: 'float', low: 0, high: 1, log: false, step: 0.1, when: { steps: 3 } },
    },
  });
  expect(Object.keys(spaceOf(variables, { ...values, kind: 'tree' }).dimensions)).toEqual([
    'depth',
    'warm',
    'steps',
    'last',
  ]);
});

test('what is not sought keeps its value, so conditions on it hold or can never hold, to any depth', () => {
  expect(Object.keys(spaceOf(variables, values, ['rate', 'steps', 'last']).dimensions)).toEqual(['rate']);
  const warm = { ...values, warm: true, steps: 3, last: 0.2 };
  expect(spaceOf(variables, warm, ['last']).dimensions).toEqual({
    last: { kind: 'float', low: 0, high: 1, log: false, step: 0.1 },
  });
  expect(spaceProblems(spaceOf(variables, values, ['last']))).toEqual(['a space has 1 to 100 dimensions; got 0']);
});

test.each([
  [{ warm: false, rate: 0.1 }, undefined],
  [{ rate: 0.1 }, 'wrong-kind'],
  [{ warm: false, rate: 2 }, 'value-out-of-range'],
  [{ warm: false, rate: 0.1, steps: 1 }, 'inactive-variable'],
  [{ warm: true, rate: 0.1, steps: 3 }, 'wrong-kind'],
  [{ warm: true, rate: 0.1, steps: 3, last: 0.3 }, undefined],
  [{ warm: true, rate: 0.1, steps: 3, last: 0.35 }, 'value-out-of-range'],
  [{ warm: false, rate: 0.1, depth: 1 }, 'unknown-variable'],
])('the configuration %j is found to be %s', (configuration, code) => {
  expect(configurationProblem(spaceOf(variables, values), configuration)?.code).toBe(code);
});

const float01 = { kind: 'float', low: 0, high: 1, log: false };
test.each([
  ['text', /expected dimensions by name; got "text"/],
  [{ dimensions: { x: 3 } }, /"x": a dimension is an object; got 3/],
  [{ dimensions: { x: { kind: 'text' } } }, /"x": the kind is one of float/],
  [{ dimensions: { x: { ...float01, low: '0' } } }, /x: low and high are numbers; got "0" and 1/],
  [{ dimensions: { x: { ...float01, log: 1 } } }, /x: log is true or false/],
  [{ dimensions: { x: { ...float01, kind: 'int' } } }, /x: the step is a number/],
  [{ dimensions: { x: { ...float01, low: 2 } } }, /x: the range runs from low to high/],
  [{ dimensions: { x: { ...float01, log: true } } }, /x: a logarithmic range lies above 0/],
  [{ dimensions: { x: { ...float01, step: -1 } } }, /x: a step is above 0/],
  [{ dimensions: { x: { kind: 'categorical', choices: [] } } }, /x: 1 to 1000 choices/],
  [{ dimensions: { x: { kind: 'module', choices: [1] } } }, /x: the choices are values/],
  [{ dimensions: { x: { ...float01, when: { y: 1 } } } }, /the condition of x names no variable "y"/],
  [{ dimensions: { x: { ...float01, when: 3 } } }, /x: the condition has values by name/],
  [{ dimensions: { y: float01, x: { ...float01, when: { y: 1 } } } }, /names y, which has no choices/],
  [{ dimensions: { '1x': float01 } }, /a variable's name is/],
])('a space %j is refused with the dimension and why', (value, why) => {
  const parsed = parseSpace(value);
  expect(isRefusal(parsed) ? `${parsed.code} ${parsed.message}` : 'taken').toMatch(why);
  expect(isRefusal(parsed) && parsed.code).toBe('invalid-space');
});

test('a space is the same after its JSON form', () => {
  const space = spaceOf(variables, values);
  expect(parseSpace(JSON.parse(JSON.stringify(space)))).toEqual(space);
});
