import type { SearchSpace } from '../../../../../src/contracts/optimisation/search-space';
import type { SamplerName, StudySpec } from '../../../../../src/contracts/optimisation/study';
import { brent } from '../../../../../src/domain/optimisation/numerics/brent';
import { cholesky } from '../../../../../src/domain/optimisation/numerics/cholesky';
import { minimise } from '../../../../../src/domain/optimisation/numerics/lbfgs';
import { emptyHistory, historyOf, observe, type HistoryData } from '../../../../../src/domain/optimisation/history';
import { modelled } from '../../../../../src/domain/optimisation/samplers/gp/evidence';
import { sobolPoints } from '../../../../../src/domain/optimisation/samplers/gp/points';
import { scrambled, sobolBits } from '../../../../../src/domain/optimisation/samplers/sobol';
import { samplers } from '../../../../../src/domain/optimisation/samplers/table';
import { inputFor, suggestionsFor } from '../../../../../src/domain/optimisation/suggesting';
import { functions } from './functions';
import { rankExcess, regretOf } from './quality';
import { float } from '../../../../support/studies/dimensions';

/** One-sided, a share of 0.01. */
const SIGNIFICANT = 2.33;

test.each([
  ['branin', 6],
  ['hartmann6', 14],
] as const)('after 50 evaluations of %s, %d seeds, the regrets of gp are below those of tpe', (name, count) => {
  const seeds = Array.from({ length: count }, (_each, seed) => seed);
  const regrets = (sampler: SamplerName): number[] => seeds.map((seed) => regretOf(sampler, functions[name], seed, 50));
  expect(rankExcess(regrets('gp'), regrets('tpe'))).toBeLessThan(-SIGNIFICANT);
});

const SQUARE: SearchSpace = { dimensions: { x: float(0, 1), y: float(0, 1) } };

/** Trials at random with a bowl as loss, and the bound x + y >= 1. */
function bounded(count: number): HistoryData {
  let history = emptyHistory(SQUARE);
  for (let ask = 0; ask < count; ask++) {
    const configuration = samplers.random.ask(SQUARE, historyOf(history), [], { seed: 5, ask });
    const [x, y] = [Number(configuration['x']), Number(configuration['y'])];
    const slack = x + y - 1;
    const seen = { number: ask + 1, ask, configuration, loss: x * x + y * y, feasible: slack >= 0, slack: [slack] };
    history = observe(history, SQUARE, { ...seen, violation: Math.max(0, -slack) });
  }
  return history;
}

test('bounds are modelled: what is suggested keeps them, at their edge', () => {
  let history = bounded(12);
  for (let ask = 12; ask < 30; ask++) {
    const configuration = samplers.gp.ask(SQUARE, historyOf(history), [], { seed: 5, ask });
    const [x, y] = [Number(configuration['x']), Number(configuration['y'])];
    const slack = x + y - 1;
    const seen = { number: ask + 1, ask, configuration, loss: x * x + y * y, feasible: slack >= 0, slack: [slack] };
    history = observe(history, SQUARE, { ...seen, violation: Math.max(0, -slack) });
  }
  const known = historyOf(history);
  const best = Math.min(...known.loss().filter((_loss, row) => known.feasible()[row] === 1));
  // the optimum is 1/2, at the edge of the bound
  expect(best).toBeLessThan(0.51);
});

test('STU-5 the activity suggests what the sampler does, and each of several sees those before it as pending', () => {
  const history = bounded(15);
  const spec = { sampler: 'gp', space: SQUARE, seed: 9, constraints: [] as string[] } as unknown as StudySpec;
  const running = [{ number: 16, configuration: { x: 0.5, y: 0.5 } }];
  const input = inputFor({ spec, history, running, asked: 16 }, { ask: 16, count: 3, ended: 15 });
  // as JSON, which is how it travels
  const suggested = [...suggestionsFor(JSON.parse(JSON.stringify(input)) as typeof input)].map(([best]) => best);
  let pending: typeof running = running;
  const expected = [0, 1, 2].map((at) => {
    const configuration = samplers.gp.ask(SQUARE, historyOf(history), pending, { seed: 9, ask: 16 + at });
    pending = [...pending, { number: 17 + at, configuration: configuration as { x: number; y: number } }];
    return configuration;
  });
  expect(suggested).toEqual(expected);
  expect(new Set(suggested.map((each) => JSON.stringify(each))).size).toBe(3);
  // with constraints others come behind the best
  const more = [...suggestionsFor({ ...input, count: 1, candidates: 50 })];
  expect(more[0]?.length).toBeGreaterThan(20);
});

test('of more than 300 trials the best 150 and the newest 150 of the others are looked at', () => {
  const history = historyOf(bounded(420));
  const rows = modelled(history);
  expect(rows).toHaveLength(300);
  const newest = rows.filter((row) => row >= 420 - 150);
  expect(newest.length).toBeGreaterThanOrEqual(150 - 75);
  const feasible = Array.from(history.loss(), (loss, row) => ({ loss, row })).filter(
    ({ row }) => history.feasible()[row] === 1,
  );
  const best = feasible.toSorted((a, b) => a.loss - b.loss).slice(0, 150);
  expect(best.every(({ row }) => rows.includes(row))).toBe(true);
  expect(rows).toEqual(rows.toSorted((a, b) => a - b));
});

test('the points of a search are those of the scrambled Sobol sequence', () => {
  const points = sobolPoints(7, 5, 100);
  for (let n = 0; n < 100; n++)
    for (let k = 0; k < 5; k++) expect(points[n * 5 + k]).toBe((scrambled(sobolBits(k, n), 7, k) + 0.5) / 2 ** 32);
});

test('L-BFGS finds the minimum of a bent valley, and in a box the corner of it that is lowest', () => {
  const valley = (x: Float64Array, gradient: Float64Array): number => {
    const [a = 0, b = 0] = x;
    gradient[0] = -400 * a * (b - a * a) - 2 * (1 - a);
    gradient[1] = 200 * (b - a * a);
    return 100 * (b - a * a) ** 2 + (1 - a) ** 2;
  };
  const free = minimise(valley, Float64Array.of(-1.2, 1), { gradient: 1e-8, iterations: 200 });
  expect([...free.x].map((each) => Number(each.toFixed(5)))).toEqual([1, 1]);
  const box = { low: Float64Array.of(-2, -2), high: Float64Array.of(0.5, 2) };
  const held = minimise(valley, Float64Array.of(-1.2, 1), { gradient: 1e-8, iterations: 200, ...box });
  expect([...held.x].map((each) => Number(each.toFixed(5)))).toEqual([0.5, 0.25]);
});

test("Brent's method finds the lowest place between two ends", () => {
  expect(brent((x) => (x - 0.3) ** 2 + 0.1 * x, { low: 0, start: 0.5, high: 1 }, 1e-8)).toBeCloseTo(0.25, 6);
});

test('a covariance that rounding has made indefinite has a factor all the same, one with NaN has none', () => {
  const twins = Float64Array.of(1, 1, 1, 1, 1, 1, 1, 1, 1 - 1e-15);
  expect(cholesky(twins, 3, new Float64Array(9))).toBe(true);
  expect(
    cholesky(
      twins.map(() => NaN),
      3,
      new Float64Array(9),
    ),
  ).toBe(false);
});
