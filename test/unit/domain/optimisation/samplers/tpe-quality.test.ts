import { functions } from './functions';
import { rankExcess, regretOf } from './quality';
import recorded from './tpe-regrets.json';

/** MABEAM_SAMPLERS=long takes minutes: more seeds, and batches. */
const isLong = process.env['MABEAM_SAMPLERS'] === 'long';
const SEEDS = isLong ? 200 : 12;
const { evaluations } = recorded;
/** One-sided, a share of 0.05 for three functions together (Bonferroni, which is Holm's first step). */
const SIGNIFICANT = 2.13;

const seeds = Array.from({ length: SEEDS }, (_each, seed) => seed);
const medianOf = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

const regretsOf = (name: keyof typeof functions, atOnce = 1): readonly number[] =>
  seeds.map((seed) => regretOf('tpe', functions[name], seed, evaluations, atOnce));

describe.each(['branin', 'hartmann6', 'pipeline'] as const)('on %s, 100 evaluations', (name) => {
  const theirs = recorded.group[name];

  test('the regrets of TPE are not significantly worse than those of Optuna 5', () => {
    const ours = regretsOf(name);
    expect(rankExcess(ours, theirs)).toBeLessThan(SIGNIFICANT);
    expect(medianOf(ours)).toBeLessThan(2 * medianOf(theirs));
    if (name === 'pipeline') expect(rankExcess(ours, recorded.default[name])).toBeLessThan(SIGNIFICANT);
  });

  test('the same comparison finds the random sampler worse', () => {
    const byChance = seeds.map((seed) => regretOf('random', functions[name], seed, evaluations));
    expect(rankExcess(byChance, theirs)).toBeGreaterThan(SIGNIFICANT);
  });

  if (isLong)
    test('with eight trials at a time, too', () => {
      expect(rankExcess(regretsOf(name, 8), recorded.eight[name])).toBeLessThan(SIGNIFICANT);
    });
});
