import type { Dimension } from '../../../../../src/contracts/optimisation/search-space';
import type { SamplerName } from '../../../../../src/contracts/optimisation/study';
import recorded from './cmaes-regrets.json';
import type { TestFunction } from './functions';
import { rankExcess, regretOf } from './quality';

/** One-sided, a share of 0.05 for three functions together (Bonferroni, which is Holm's first step). */
const SIGNIFICANT = 2.13;
const SHIFT = [0.37, 0.61, 0.29, 0.53, 0.44, 0.71, 0.33, 0.58, 0.66, 0.41];
const NAMES = ['x0', 'x1', 'x2', 'x3', 'x4'];
const dimensions = Object.fromEntries(
  NAMES.map((name): [string, Dimension] => [name, { kind: 'float', low: 0, high: 1, log: false }]),
);

/** The functions of `record_cmaes.py`, each the same there: on the unit cube, the optimum moves with the seed. */
const functions: Readonly<Record<keyof typeof recorded.regrets, (x: readonly number[], seed: number) => number>> = {
  sphere: (x, seed) => x.reduce((sum, each, at) => sum + (10.24 * (each - (SHIFT[(at + seed) % 10] ?? 0))) ** 2, 0),
  rosenbrock: (x) => {
    const z = x.map((each) => -2.048 + 4.096 * each);
    return z.slice(1).reduce((sum, each, at) => {
      const before = z[at] ?? 0;
      return sum + 100 * (each - before ** 2) ** 2 + (1 - before) ** 2;
    }, 0);
  },
  rastrigin: (x, seed) =>
    x.reduce((sum, each, at) => {
      const z = 10.24 * (each - (SHIFT[(at + seed) % 10] ?? 0));
      return sum + z * z - 10 * Math.cos(2 * Math.PI * z) + 10;
    }, 0),
};

/** MABEAM_SAMPLERS=long: all seeds. */
const SEEDS = process.env['MABEAM_SAMPLERS'] === 'long' ? 30 : 12;
const seeds = Array.from({ length: SEEDS }, (_each, seed) => seed);

function regrets(sampler: SamplerName, name: keyof typeof functions, evaluations: number, atOnce = 1): number[] {
  return seeds.map((seed) => {
    const of: TestFunction = {
      dimensions,
      regret: (configuration) =>
        functions[name](
          NAMES.map((each) => Number(configuration[each])),
          seed,
        ),
    };
    return regretOf(sampler, of, seed, evaluations, atOnce);
  });
}

describe.each(['sphere', 'rosenbrock', 'rastrigin'] as const)('on %s', (name) => {
  const evaluations = recorded.checkpoints[name];
  const theirs = (at: number): number[] => recorded.regrets[name].map((each) => each[at] ?? NaN);

  test.each(evaluations.map((count, at) => [count, at] as const))(
    'the regrets of CMA-ES are not significantly worse than those of Optuna 5 after %d evaluations',
    (count, at) => {
      expect(rankExcess(regrets('cmaes', name, count), theirs(at))).toBeLessThan(SIGNIFICANT);
    },
  );

  test('the same comparison finds the random sampler worse', () => {
    expect(rankExcess(regrets('random', name, 300), theirs(1))).toBeGreaterThan(SIGNIFICANT);
  });

  test('with eight results outstanding at any time it still finds what 100 evaluations one by one find', () => {
    // most results are then late: Optuna throws those of an earlier generation away
    expect(rankExcess(regrets('cmaes', name, 300, 8), theirs(0))).toBeLessThan(-SIGNIFICANT);
  });
});
