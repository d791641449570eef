import { exp, log, log1mexp, log1p } from '../../../../src/domain/optimisation/numerics/elementary';
import { logMass, logNdtr, truncatedQuantile } from '../../../../src/domain/optimisation/numerics/normal';
import { wordsOf } from '../../../../src/domain/optimisation/philox';

const SPECIAL = [0, -0, 1, -1, Infinity, -Infinity, NaN, 5e-324, 1e-310, 2 ** -1022, 2 ** -30, -(2 ** -30), 2 ** 0.5];
const EDGES = [709.782712893384, 709.7, 710, -745.2, -745, -708.5, 0.34657359, 1.0397207, 1 + 2 ** -30, 1 - 2 ** -52];

/** One number for the bits of many. */
function hashOf(values: readonly number[]): string {
  const words = new Uint32Array(Float64Array.from(values).buffer);
  return (words.reduce((hash, word) => Math.imul(hash ^ word, 16_777_619), 0x811c9dc5) >>> 0).toString(16);
}

test('exp and log give the same bits on every Node, and those of Math or the next ones', () => {
  const words = wordsOf(1, 0, 0, 0);
  const drawn = Array.from({ length: 20_000 }, (_each, at) => (words.unit() - 0.5) * ([1_400, 60, 4][at % 3] ?? 1));
  const positive = drawn.map((x) => Math.abs(x) + 2 ** -40);
  // recorded with Node 20
  expect([hashOf(drawn.map(exp)), hashOf(positive.map(log))]).toEqual(['a2bdd5cb', '943ea730']);
  const isNear = (ours: number, theirs: number): boolean =>
    Object.is(ours, theirs) || Math.abs(ours - theirs) <= Math.abs(theirs) * Number.EPSILON;
  expect([...SPECIAL, ...EDGES, ...drawn].filter((x) => !isNear(exp(x), Math.exp(x)))).toEqual([]);
  expect([...SPECIAL, ...EDGES, ...positive].filter((x) => !isNear(log(x), Math.log(x)))).toEqual([]);
});

/** Relative distance. */
const off = (ours: number, theirs: number): number => Math.abs(ours - theirs) / Math.abs(theirs);

test('logarithms near 1 keep their precision', () => {
  expect(log1p(0)).toBe(0);
  for (const x of [1e-300, -1e-12, 1e-9, 0.3, -0.7, 8]) expect(off(log1p(x), Math.log1p(x))).toBeLessThan(1e-15);
  for (const x of [-1e-300, -1e-12, -0.1, -0.69, -0.7, -3, -40])
    expect(off(log1mexp(x), x > -0.5 ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x)))).toBeLessThan(1e-14);
  expect(log1mexp(0)).toBe(-Infinity);
});

test.each([
  // mpmath, 30 digits
  [-300, -45006.622732118663],
  [-30, -454.3212439563432],
  [-1, -1.8410216450092635],
  [0, -0.69314718055994531],
  [5, -2.8665161296376359e-7],
])('the logarithm of the normal distribution at %d is %d', (z, published) => {
  expect(off(logNdtr(z), published)).toBeLessThan(1e-14);
});

test.each([
  [-2, -1.9, -5.1216068777570824],
  [30, 31, -454.32124395634325],
  [-31, -30, -454.32124395634325],
  [-1, 1, -0.38171514630212607],
])('the logarithm of the mass from %d to %d is %d', (a, b, published) => {
  expect(off(logMass(a, b), published)).toBeLessThan(1e-14);
});

test('the mass of nearly the whole line is 1', () => {
  expect(logMass(-50, 60)).toBe(0);
  expect(logMass(-8.9, 60)).toBeLessThanOrEqual(0);
});

test('a quantile of a cut normal lies where the mass says, inside the cut', () => {
  expect(truncatedQuantile(0.3, -1, 2)).toBeCloseTo(-0.2424038178892268, 14);
  for (const [a, b] of [
    [-1, 1],
    [-100, 100],
    [0, 3],
    [-4, 0],
    [-1e-9, 5],
    [-0.001, 0.001],
  ] as const) {
    for (const unit of [0, 1e-12, 0.01, 0.3, 0.5, 0.9, 1 - 2 ** -53]) {
      const z = truncatedQuantile(unit, a, b);
      expect(z).toBeGreaterThanOrEqual(a);
      expect(z).toBeLessThanOrEqual(b);
      if (z <= a || unit < 1e-3 || unit > 0.999) continue;
      expect(Math.exp(logMass(a, z) - logMass(a, b))).toBeCloseTo(unit, 9);
    }
  }
});
