import type { Cells } from '../../../../../src/domain/optimisation/samplers/cmaes/axis';
import { cmaAxis } from '../../../../../src/domain/optimisation/samplers/cmaes/axis';
import { eigen } from '../../../../../src/domain/optimisation/numerics/eigen';
import { beginning, type Distribution } from '../../../../../src/domain/optimisation/samplers/cmaes/distribution';
import { stretched } from '../../../../../src/domain/optimisation/samplers/cmaes/draw';
import { withMargin } from '../../../../../src/domain/optimisation/samplers/cmaes/margin';
import { defaultPopulation, strategyOf } from '../../../../../src/domain/optimisation/samplers/cmaes/strategy';
import { updated, type Member } from '../../../../../src/domain/optimisation/samplers/cmaes/update';
import { wordsOf } from '../../../../../src/domain/optimisation/philox';
import golden from './cmaes-distributions.json';

interface Generation {
  readonly places: readonly (readonly number[])[];
  readonly values: readonly number[];
  readonly evaluated?: readonly (readonly number[])[];
  readonly [name: string]: unknown;
}
const WANTED = ['mean', 'sigma', 'covariance', 'pathSigma', 'pathC'] as const;

function ranked({ places, values }: Generation): Member[] {
  const order = values.map((_value, at) => at).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  return order.map((at) => ({ place: Float64Array.from(places[at] ?? []), isOwn: true }));
}

/** The largest difference, relative where numbers are above 1. */
function farthest(computed: Distribution, recorded: Generation, names: readonly (keyof Distribution)[]): number {
  return Math.max(
    ...names.flatMap((name) => {
      const [ours, theirs] = [computed[name], recorded[name]].map((each) =>
        typeof each === 'number' ? [each] : Array.from(each as ArrayLike<number>),
      );
      expect(ours).toHaveLength(theirs?.length ?? -1);
      return (ours ?? []).map((each, at) => Math.abs(each - (theirs?.[at] ?? NaN)) / Math.max(1, Math.abs(each)));
    }),
  );
}

test.each(golden.constants)(
  'the constants of $dimensions dimensions and $population results are those of cmaes',
  (of) => {
    const population = of.given ?? defaultPopulation(of.dimensions);
    expect(population).toBe(of.population);
    const { weights, ...ours } = strategyOf(of.dimensions, population);
    for (const name of ['muEff', 'cSigma', 'dSigma', 'cC', 'c1', 'cMu', 'chi'] as const)
      expect(Math.abs(ours[name] - of[name])).toBeLessThan(1e-12 * Math.max(1, of[name]));
    weights.forEach((weight, at) => {
      expect(Math.abs(weight - (of.weights[at] ?? NaN))).toBeLessThan(1e-12);
    });
  },
);

test.each(golden.plain)('$name: mean, sigma, covariance and paths after each generation are those of cmaes', (of) => {
  const strategy = strategyOf(of.dimensions, of.population);
  let distribution = beginning(new Float64Array(of.dimensions).fill(0.5), of.sigma);
  for (const generation of of.generations as readonly Generation[]) {
    distribution = updated(distribution, strategy, ranked(generation));
    expect(farthest(distribution, generation, WANTED)).toBeLessThan(1e-9);
  }
  expect(distribution.generation).toBe(of.generations.length);
});

function cellsOf(levels: number): { readonly cells?: Cells } {
  return levels === 0 ? {} : (cmaAxis({ kind: 'int', low: 0, high: levels - 1, log: false, step: 1 }) ?? {});
}

test.each(golden.margin)('$name: with a margin, what is evaluated, mean and stretch are those of cmaes, too', (of) => {
  const size = of.levels.length;
  const axes = of.levels.map(cellsOf);
  const strategy = strategyOf(size, of.population);
  let distribution = beginning(new Float64Array(size).fill(0.47), 1 / 6);
  for (const generation of of.generations as readonly Generation[]) {
    const before = distribution;
    generation.places.forEach((place, row) => {
      const at = stretched(before, Float64Array.from(place));
      axes.forEach(({ cells }, k) => {
        if (cells === undefined) return;
        const value = (cells.at(at[k] ?? 0) + 0.5) / cells.count;
        expect(value).toBeCloseTo(generation.evaluated?.[row]?.[k] ?? NaN, 12);
      });
    });
    distribution = withMargin(updated(distribution, strategy, ranked(generation)), axes, 1 / (size * of.population));
    expect(farthest(distribution, generation, [...WANTED, 'stretch'])).toBeLessThan(1e-9);
  }
});

test.each([1, 2, 7, 30, 100])('the axes of a matrix of %d dimensions give it back, and are at right angles', (size) => {
  const words = wordsOf(size, 0, 0, 0);
  const half = Float64Array.from({ length: size * size }, () => words.unit() - 0.5);
  const at = (matrix: Float64Array, i: number, j: number): number => matrix[i * size + j] ?? NaN;
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++)
      for (let k = 0; k < size; k++) matrix[i * size + j] = at(matrix, i, j) + at(half, i, k) * at(half, j, k);
  const { values, vectors } = eigen(matrix, size);
  let [off, skew] = [0, 0];
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) {
      let [sum, dot] = [0, 0];
      for (let k = 0; k < size; k++) {
        sum += at(vectors, i, k) * (values[k] ?? 0) * at(vectors, j, k);
        dot += at(vectors, k, i) * at(vectors, k, j);
      }
      off = Math.max(off, Math.abs(sum - at(matrix, i, j)));
      skew = Math.max(skew, Math.abs(dot - (i === j ? 1 : 0)));
    }
  expect(off).toBeLessThan(1e-12 * size);
  expect(skew).toBeLessThan(1e-12);
  expect(Math.min(...values)).toBeGreaterThan(-1e-12);
});

test('a result that another distribution drew moves the search no farther than one of its own could', () => {
  const strategy = strategyOf(4, 8);
  const start = beginning(new Float64Array(4).fill(0.5), 0.01);
  const near = Array.from({ length: 7 }, (_each, at): Member => {
    const words = wordsOf(at, 0, 0, 0);
    return { place: Float64Array.from({ length: 4 }, () => 0.5 + 0.02 * (words.unit() - 0.5)), isOwn: true };
  });
  const far: Member = { place: new Float64Array(4).fill(1), isOwn: false };
  const [pulled, torn] = [false, true].map((isOwn) => updated(start, strategy, [{ ...far, isOwn }, ...near]));
  const most = Math.sqrt(4) + 8 / 6;
  expect(Math.hypot(...(pulled?.mean ?? []).map((each) => each - 0.5))).toBeLessThan(0.01 * (most + 1));
  expect(Math.hypot(...(torn?.mean ?? []).map((each) => each - 0.5))).toBeGreaterThan(0.01 * 20);
});
