import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import type { PrunerSpec } from '../../../../../src/contracts/optimisation/pruning';
import { crc32 } from '../../../../../src/domain/optimisation/numerics/crc32';
import type { Curve, Peers } from '../../../../../src/domain/optimisation/pruners/pruner';
import { prunerProblems } from '../../../../../src/domain/optimisation/pruners/spec';
import { prunerOf } from '../../../../../src/domain/optimisation/pruners/table';

/** One of each kind, that may prune what `peers` makes. */
const SPECS: readonly PrunerSpec[] = [
  { kind: 'median', startupTrials: 1, warmupSteps: 2 },
  { kind: 'percentile', percentile: 30, startupTrials: 1, warmupSteps: 2, intervalSteps: 2 },
  { kind: 'halving', minResource: 2, reductionFactor: 2 },
  { kind: 'hyperband', minResource: 2, maxResource: 8, reductionFactor: 2 },
  { kind: 'wilcoxon', pThreshold: 0.3, startupSteps: 3 },
  { kind: 'threshold', upper: 3, lower: -3, warmupSteps: 2 },
  { kind: 'patient', patience: 1 },
  { kind: 'patient', patience: 1, of: { kind: 'median', startupTrials: 1, warmupSteps: 2 } },
];
const named = SPECS.map((spec) => [JSON.stringify(spec), spec] as const);
/** No pruner here looks before it. */
const WARM = 2;

const value = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: -5, max: 5, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity) },
);
const curve = fc.array(value, { minLength: 1, maxLength: 8 }).map((values): Curve => {
  return { steps: values.map((_value, at) => at), values };
});
const rungValues = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { maxLength: 6 });
const peers = fc
  .record({ curves: fc.array(curve, { maxLength: 6 }), rungs: fc.array(rungValues, { minLength: 4, maxLength: 4 }) })
  .map(({ curves, rungs }): Peers => ({
    study: 's',
    direction: 'minimise',
    completed: curves.length,
    curves,
    ...(curves[0] === undefined ? {} : { best: curves[0] }),
    memory: {
      rungs: Object.fromEntries(
        [0, 1, 2].flatMap((bracket) => rungs.map((values, rung) => [`${String(bracket)}/${String(rung)}`, values])),
      ),
    },
  }));
const trial = fc.record({ number: fc.integer({ min: 1, max: 99 }), curve, reached: fc.constantFrom(0, 0, 1) });

const negated = ({ steps, values }: Curve): Curve => ({ steps, values: values.map((each) => -each) });

describe.each(named)('%s', (_name, spec) => {
  const pruner = prunerOf(spec);
  const stops = (of: { number: number; curve: Curve; reached: number }, among: Peers): boolean =>
    pruner.judge(of, among).stop;

  test('the same trial among the same peers is ruled on the same, and neither is changed', () => {
    fc.assert(
      fc.property(trial, peers, (one, among) => {
        const before = structuredClone({ one, among });
        const said = pruner.judge(one, among);
        expect({ one, among }).toEqual(before);
        expect(prunerOf(spec).judge(one, among)).toEqual(said);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test('to maximise is to minimise the negative', () => {
    fc.assert(
      fc.property(trial, peers, (one, among) => {
        // between an infinity and a number NumPy's percentile, hence Optuna's, is one on one side and NaN on the other
        fc.pre(among.curves.every(({ values }) => !values.some((each) => Math.abs(each) === Infinity)));
        const turned: Peers = {
          ...among,
          direction: 'maximise',
          curves: among.curves.map(negated),
          ...(among.best === undefined ? {} : { best: negated(among.best) }),
          memory: {
            rungs: Object.fromEntries(
              Object.entries(among.memory.rungs).map(([rung, values]) => [rung, values.map((each) => -Number(each))]),
            ),
          },
        };
        expect(stops({ ...one, curve: negated(one.curve) }, turned)).toBe(stops(one, among));
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  test('nothing is pruned without a report, before the first step at which it looks, or by what is better everywhere', () => {
    fc.assert(
      fc.property(trial, peers, (one, among) => {
        expect(stops({ ...one, curve: { steps: [], values: [] } }, among)).toBe(false);
        const early = { steps: one.curve.steps.slice(0, WARM), values: one.curve.values.slice(0, WARM) };
        if (spec.kind !== 'patient') expect(stops({ ...one, curve: early, reached: 0 }, among)).toBe(false);
        const best = { steps: one.curve.steps, values: one.curve.values.map(() => -10) };
        if (spec.kind !== 'threshold' && among.curves.every(({ values }) => values.every((each) => each > -10)))
          expect(stops({ ...one, curve: best }, among)).toBe(false);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  test('what lets a trial go on lets one go on whose every report is better', () => {
    fc.assert(
      fc.property(trial, peers, fc.double({ min: 0, max: 3, noNaN: true }), (one, among, by) => {
        const better = { steps: one.curve.steps, values: one.curve.values.map((each) => each - by) };
        if (spec.kind === 'threshold' || stops(one, among)) return;
        expect(stops({ ...one, curve: better }, among)).toBe(false);
      }),
      { seed: 4, numRuns: 300 },
    );
  });
});

test.each([
  [{ kind: 'median', startupTrials: 1 }, true],
  [{ kind: 'halving', minResource: 1 }, true],
  [{ kind: 'threshold', upper: 1 }, true],
  [{ kind: 'wilcoxon' }, false],
  [{ kind: 'patient', patience: 0 }, false],
] as const)('%j: that nothing but NaN is reported prunes: %s', (spec, isPruned) => {
  const nothing: Curve = { steps: [0, 1, 2], values: [NaN, NaN, NaN] };
  const one: Curve = { steps: [0, 1, 2], values: [1, 1, 1] };
  const among: Peers = {
    study: 's',
    direction: 'minimise',
    completed: 1,
    curves: [one],
    best: one,
    memory: { rungs: {} },
  };
  expect(prunerOf(spec).judge({ number: 2, curve: nothing, reached: 0 }, among).stop).toBe(isPruned);
});

test('a bracket that Optuna loses to a logarithm is there: from 1 to 243 steps by threes there are six', () => {
  const pruner = prunerOf({ kind: 'hyperband', minResource: 1, maxResource: 243, reductionFactor: 3 });
  const among: Peers = { study: 's', direction: 'minimise', completed: 0, curves: [], memory: { rungs: {} } };
  const first = Array.from({ length: 3_000 }, (_each, at) => pruner.nextRung?.({ number: at + 1, reached: 0 }, among));
  expect([...new Set(first)].sort((a = 0, b = 0) => a - b)).toEqual([1, 3, 9, 27, 81, 243]);
});

test('trials are dealt by the checksum of zlib', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (text) => crc32(text) === zlibCrc32(text)),
    { seed: 5 },
  );
});

test.each([
  [{ kind: 'median' }, []],
  [{ kind: 'hyperband', maxResource: 'auto' }, []],
  [{ kind: 'patient', patience: 3, of: { kind: 'threshold', upper: 1 } }, []],
  ['median', ['pruner has a kind and options; got "median"']],
  [
    { kind: 'best' },
    ['pruner.kind is one of median, percentile, halving, hyperband, wilcoxon, threshold, patient; got "best"'],
  ],
  [{ kind: 'percentile' }, ['pruner.percentile is given']],
  [{ kind: 'percentile', percentile: 101 }, ['pruner.percentile is a number from 0 to 100; got 101']],
  [{ kind: 'median', percentile: 3 }, ['pruner of kind median has no "percentile"']],
  [{ kind: 'median', intervalSteps: 0 }, ['pruner.intervalSteps is a whole number from 1; got 0']],
  [{ kind: 'halving', minResource: 0.5 }, ['pruner.minResource is a whole number from 1, or auto; got 0.5']],
  [{ kind: 'halving', promote: 1 }, ['pruner.promote is true or false; got 1']],
  [{ kind: 'halving', promote: true }, ['pruner: promote needs a minResource that is a number']],
  [{ kind: 'halving', maxResource: 9 }, ['pruner: maxResource goes with promote']],
  [
    { kind: 'halving', promote: true, minResource: 2, bootstrapCount: 2 },
    ['pruner: promote has no bootstrapCount: what comes first waits'],
  ],
  [{ kind: 'patient', patience: 1, of: { kind: 'halving', promote: true } }, ['pruner.of cannot promote']],
  [{ kind: 'halving', bootstrapCount: 2 }, ['pruner: bootstrapCount needs a minResource that is a number']],
  [{ kind: 'hyperband', minResource: 9, maxResource: 3 }, ['pruner: maxResource is at least minResource; got 3']],
  [{ kind: 'threshold' }, ['pruner: lower or upper is given']],
  [{ kind: 'threshold', lower: 2, upper: 1 }, ['pruner: lower is at most upper; got 2 and 1']],
  [{ kind: 'patient' }, ['pruner.patience is given']],
  [{ kind: 'patient', patience: 1, of: { kind: 'patient', patience: 1 } }, ['pruner.of is no patient one itself']],
  [
    { kind: 'patient', patience: 1, of: { kind: 'wilcoxon', pThreshold: 2 } },
    ['pruner.of.pThreshold is a number from 0 to 1; got 2'],
  ],
])('of %j is said %j', (spec, problems) => {
  expect(prunerProblems(spec)).toEqual(problems);
});
