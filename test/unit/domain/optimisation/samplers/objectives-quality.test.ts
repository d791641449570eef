import type { Configuration, SearchSpace } from '../../../../../src/contracts/optimisation/search-space';
import type { SamplerName } from '../../../../../src/contracts/optimisation/study';
import { emptyHistory, historyOf, observe } from '../../../../../src/domain/optimisation/history';
import { hypervolume } from '../../../../../src/domain/optimisation/pareto/hypervolume';
import { samplers } from '../../../../../src/domain/optimisation/samplers/table';
import recorded from '../pareto/zdt1.json';
import { rankExcess } from './quality';

const unit = { kind: 'float', low: 0, high: 1, log: false } as const;
const space: SearchSpace = {
  dimensions: Object.fromEntries(Array.from({ length: 6 }, (_each, at) => [`x${String(at)}`, unit])),
};
const SEEDS = 8;
const { evaluations, reference } = recorded;
/** One-sided, a share of 0.025 for two samplers. */
const SIGNIFICANT = 1.96;

/** @see Zitzler, Deb, Thiele 2000, "Comparison of multiobjective evolutionary algorithms" */
function zdt1(configuration: Configuration): readonly [number, number] {
  const [first = 0, ...others] = Object.values(configuration).map(Number);
  const g = 1 + (9 * others.reduce((sum, each) => sum + each, 0)) / others.length;
  return [first, g * (1 - Math.sqrt(first / g))];
}

/** The volume that one study reaches. */
function reached(sampler: SamplerName, seed: number): number {
  const points: (readonly [number, number])[] = [];
  let history = emptyHistory(space, 2);
  for (let ask = 0; ask < evaluations; ask++) {
    const configuration = samplers[sampler].ask(space, historyOf(history), [], { seed, ask });
    const [loss, second] = zdt1(configuration);
    points.push([loss, second]);
    history = observe(history, space, { number: ask + 1, ask, configuration, loss, more: [second], feasible: true });
  }
  return hypervolume(points, reference);
}

const seeds = Array.from({ length: SEEDS }, (_each, seed) => seed);
const volumesOf = (sampler: SamplerName): readonly number[] => seeds.map((seed) => reached(sampler, seed));

describe.each(['tpe', 'nsga2'] as const)('on ZDT1 with 200 evaluations %s', (sampler) => {
  const ours = volumesOf(sampler);

  test('reaches a larger volume than chance', () => {
    expect(rankExcess(ours, volumesOf('random'))).toBeGreaterThan(3);
  });

  test('is not significantly worse than that of Optuna 5', () => {
    expect(rankExcess(ours, recorded[sampler])).toBeGreaterThan(-SIGNIFICANT);
  });
});
