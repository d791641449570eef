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

describe.each(['branin', 'hartmann6', 'pipeline'] as const)('on %s, 100 evaluations', (name) => {
  const theirs = recorded.group[name];

  test('the regrets of TPE are not significantly worse than those of Optuna 5', () => {
    const ours = seeds.map((seed) => regretOf('tpe', functions[name], seed, evaluations));
    expect(rankExcess(ours, theirs)).toBeLessThan(SIGNIFICANT);
    expect(medianOf(ours)).toBeLessThan(2 * medianOf(theirs));
  });

  test('the same comparison finds the random sampler worse', () => {
    const random = seeds.map((seed) => regretOf('random', functions[name], seed, evaluations));
    expect(rankExcess(random, theirs)).toBeGreaterThan(SIGNIFICANT);
  });

  (isLong ? test : test.skip)('eight at a time cost no more than Optuna says of its own', () => {
    const ours = seeds.map((seed) => regretOf('tpe', functions[name], seed, evaluations, 8));
    const alone = seeds.map((seed) => regretOf('tpe', functions[name], seed, evaluations));
    console.log(name, medianOf(ours), medianOf(alone), rankExcess(ours, alone));
  });
});
