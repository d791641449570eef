import type { ApplicationFailure } from '@temporalio/common';
import {
  boolean,
  categorical,
  defineVariables,
  float,
  int,
  kOfN,
  module,
  on,
  ordinal,
  person,
  superMajority,
  text,
  voter,
  type ValuesOf,
} from '../../../workflows/door';
import { definitionHash } from '../../../src/domain/variable-set-definition';

const variables = {
  features: module('words', 'characters'),
  ngram: int(1, 5).when({ features: 'characters' }),
  learningRate: float(1e-4, 1).log().default(0.1),
  hashBits: int(12, 24).default(18),
  threshold: float(0.5, 0.999).default(0.9).policy('consensus'),
};

const mailFilter = defineVariables('mail-filter', variables, {
  constraints: { fitsInMemory: on(['hashBits'], ({ hashBits }) => 2 ** hashBits * 8 <= 64e6) },
  electorate: ['guard-false-positives', voter('guard-latency', { veto: true }), person('on-call')],
  rule: superMajority(2, 3),
  deadline: '1m',
});

function problemsOf(define: () => unknown): string {
  try {
    define();
  } catch (error) {
    expect((error as ApplicationFailure).type).toBe('invalid-definition');
    return (error as Error).message;
  }
  throw new Error('the definition was taken');
}

test('a definition is data with a name, a hash and functions by name', () => {
  expect(mailFilter.spec.electorate.map(({ id, kind, weight, veto }) => [id, kind, weight, veto])).toEqual([
    ['guard-false-positives', 'agent', 1, false],
    ['guard-latency', 'agent', 1, true],
    ['on-call', 'person', 1, false],
  ]);
  expect(mailFilter.spec.deadlineMs).toBe(60_000);
  expect(mailFilter.hash).toMatch(/^[0-9a-f]{64}$/);
  expect(Object.keys(mailFilter.constraints)).toEqual(['fitsInMemory']);
  expect(definitionHash(JSON.parse(JSON.stringify(mailFilter.spec)) as typeof mailFilter.spec)).toBe(mailFilter.hash);
});

test('types run from the variables to their values', () => {
  const values: ValuesOf<typeof variables> = { features: 'words', learningRate: 1, hashBits: 12, threshold: 0.9 };
  // @ts-expect-error: not one of the choices
  const wrong: ValuesOf<typeof variables> = { ...values, features: 'letters' };
  const ngram: number | undefined = values.ngram;
  expect([wrong.features, ngram]).toEqual(['letters', undefined]);
});

test('a changed range, policy, choice, rule or order changes the hash; a changed function does not', () => {
  const base = (high: number, holds = true): string =>
    defineVariables(
      'a',
      { x: float(0, high), y: int(0, 3) },
      { constraints: { c: on(['x'], ({ x }) => holds || x >= 0) } },
    ).hash;
  expect(base(1)).toBe(base(1, false));
  expect(base(1)).not.toBe(base(2));
  const ordered = defineVariables('a', { x: float(0, 1), y: int(0, 3) }).hash;
  expect(defineVariables('a', { y: int(0, 3), x: float(0, 1) }).hash).not.toBe(ordered);
});

test.each<[string, () => unknown, RegExp]>([
  ['a default out of range', () => defineVariables('a', { x: float(0, 1).default(2) }), /default of x must lie in/],
  ['a default off its step', () => defineVariables('a', { x: float(0, 1).step(0.25).default(0.3) }), /steps of 0.25/],
  ['a log range at 0', () => defineVariables('a', { x: float(0, 1).log() }), /lies above 0/],
  ['a range upside down', () => defineVariables('a', { x: float(2, 1) }), /low to high/],
  ['an int with a fraction', () => defineVariables('a', { x: int(0, 1.5) }), /whole numbers/],
  ['a step of zero', () => defineVariables('a', { x: float(0, 1).step(0) }), /step is above 0/],
  ['duplicate choices', () => defineVariables('a', { x: categorical('p', 'q', 'p') }), /"p" is named twice/],
  ['no choices', () => defineVariables('a', { x: ordinal() }), /1 to 1000 choices/],
  [
    'a condition on an unknown variable',
    () => defineVariables('a', { x: boolean().when({ y: true }) }),
    /names no variable "y"/,
  ],
  [
    'a condition on a later variable',
    () => defineVariables('a', { x: boolean().when({ y: true }), y: boolean() }),
    /does not stand before it/,
  ],
  [
    'a condition that can never hold',
    () => defineVariables('a', { y: module('p', 'q'), x: boolean().when({ y: 'r' }) }),
    /can never hold/,
  ],
  [
    'a condition on a number',
    () => defineVariables('a', { y: int(0, 1), x: boolean().when({ y: 1 }) }),
    /has no choices/,
  ],
  [
    'a constraint on an unknown variable',
    () => defineVariables('a', { x: boolean() }, { constraints: { c: { on: ['z'], holds: () => true } } }),
    /constraint c names no variable "z"/,
  ],
  [
    'a constraint that throws on the defaults',
    () =>
      defineVariables(
        'a',
        { x: boolean() },
        {
          constraints: {
            c: on(['x'], () => {
              throw new Error('broken on purpose');
            }),
          },
        },
      ),
    /c threw .*broken on purpose/,
  ],
  [
    'defaults that break a constraint',
    () => defineVariables('a', { x: int(0, 9) }, { constraints: { c: on(['x'], ({ x }) => x > 3) } }),
    /defaults break a constraint: c does not hold/,
  ],
  [
    'consensus without an electorate',
    () => defineVariables('a', { x: boolean().policy('consensus') }),
    /nobody may vote/,
  ],
  ['a voter named twice', () => defineVariables('a', { x: boolean() }, { electorate: ['v', 'v'] }), /named twice/],
  [
    'a weight that is no whole number',
    () => defineVariables('a', { x: boolean() }, { electorate: [voter('v', { weight: 0.5 })] }),
    /whole number from 1/,
  ],
  [
    'a proxy who is nobody',
    () => defineVariables('a', { x: boolean() }, { electorate: [voter('v', { proxy: 'w' })] }),
    /proxy of v is another voter/,
  ],
  [
    'more voters wanted than there are',
    () => defineVariables('a', { x: boolean() }, { electorate: ['v'], rule: kOfN(2) }),
    /k of k-of-n lies in \[1, 1\]/,
  ],
  [
    'a share above one',
    () => defineVariables('a', { x: boolean() }, { electorate: ['v'], rule: superMajority(3, 2) }),
    /at most 1/,
  ],
  [
    'a standing vote on an unknown variable',
    () =>
      defineVariables(
        'a',
        { x: boolean() },
        { electorate: [voter('v', { standing: { z: { accept: { atMost: 1 } } } })] },
      ),
    /names no variable "z"/,
  ],
  ['a deadline that is no duration', () => defineVariables('a', { x: text() }, { deadline: 'soon' }), /the deadline/],
  ['a name with a colon', () => defineVariables('a:b', { x: boolean() }), /got "a:b"/],
  ['no variables', () => defineVariables('a', {}), /1 to 100 variables/],
  [
    'too many variables',
    () =>
      defineVariables('a', Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`x${String(at)}`, boolean()]))),
    /got 101/,
  ],
])('VAR-6 a definition error is refused before anything starts: %s', (_name, define, problem) => {
  expect(problemsOf(define)).toMatch(problem);
});
