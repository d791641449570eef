import { philox, STREAMS, wordsOf, type Words } from '../../../../src/domain/optimisation/philox';
import { onStep, valueFrom } from '../../../../src/domain/optimisation/dimension';
import { scrambled, SOBOL_DIMENSIONS, sobolBits } from '../../../../src/domain/optimisation/samplers/sobol';
import published from './sobol-scipy.json';

const hex = (words: Words): string => words.map((word) => word.toString(16).padStart(8, '0')).join(' ');
const ONES = 0xffffffff;

test('Philox4x32-10 gives the published words', () => {
  expect(hex(philox([0, 0, 0, 0], [0, 0]))).toBe('6627e8d5 e169c58d bc57ac4c 9b00dbd8');
  expect(hex(philox([ONES, ONES, ONES, ONES], [ONES, ONES]))).toBe('408f276d 41c83b0e a20bc7c6 6d5451fd');
  const pi: Words = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
  expect(hex(philox(pi, [0xa4093822, 0x299f31d0]))).toBe('d16cfe09 94fdcceb 5001e420 24126ea1');
});

test('a stream is that of its place alone, uniform, and whole numbers favour nobody', () => {
  const first = wordsOf(1, STREAMS.value, 5, 2);
  const again = wordsOf(1, STREAMS.value, 5, 2);
  expect(Array.from({ length: 9 }, () => first.word())).toEqual(Array.from({ length: 9 }, () => again.word()));
  const counts = [0, 0, 0];
  let sum = 0;
  const words = wordsOf(3, STREAMS.value, 0, 0);
  for (let at = 0; at < 6_000; at++) {
    const drawn = words.below(3);
    counts[drawn] = (counts[drawn] ?? 0) + 1;
    sum += words.unit();
  }
  // five standard deviations
  for (const count of counts) expect(Math.abs(count - 2_000)).toBeLessThan(5 * Math.sqrt(6_000 * (2 / 9)));
  expect(Math.abs(sum / 6_000 - 0.5)).toBeLessThan(5 / Math.sqrt(12 * 6_000));
  const large = wordsOf(4, STREAMS.value, 0, 0);
  for (let at = 0; at < 100; at++) expect(large.below(2 ** 40)).toBeLessThan(2 ** 40);
});

test('Sobol points are those of SciPy in all dimensions', () => {
  published.first.forEach((row, n) => {
    expect(row.map((_each, dimension) => sobolBits(dimension, n) / 2 ** 28)).toEqual(row);
  });
  for (const [n, row] of Object.entries(published.at)) {
    expect(row.map((_each, dimension) => sobolBits(dimension, Number(n)) / 2 ** 20)).toEqual(row);
  }
  expect(SOBOL_DIMENSIONS).toBe(published.first[0]?.length);
});

/** Whether the first 2^m points fall one each into the cells of a grid of 2^a by 2^(m - a). */
function isNet(x: (n: number) => number, y: (n: number) => number, m: number, a: number): boolean {
  const cells = Array.from(
    { length: 2 ** m },
    (_each, n) => (x(n) >>> (32 - a)) * 2 ** (m - a) + (y(n) >>> (32 - (m - a))),
  );
  return new Set(cells).size === 2 ** m;
}

test.each([0, 1, 77])(
  'scrambled with the seed %i the first two dimensions stay (0, m, 2)-nets, and no point is a corner',
  (seed) => {
    const at = (dimension: number) => (n: number) => scrambled(sobolBits(dimension, n), seed, dimension);
    for (const m of [2, 4, 6, 8]) for (let a = 1; a < m; a++) expect(isNet(at(0), at(1), m, a)).toBe(true);
    for (const dimension of [0, 1, 5, SOBOL_DIMENSIONS - 1]) {
      const cells = Array.from({ length: 256 }, (_each, n) => at(dimension)(n) >>> 24);
      expect(new Set(cells).size).toBe(256);
      expect(at(dimension)(0)).not.toBe(0);
    }
  },
);

test('the checker of nets tells a net from none', () => {
  const even = (n: number): number => sobolBits(0, n);
  expect(isNet(even, even, 4, 2)).toBe(false);
});

test('the ends of a logarithmic whole range are not favoured less than its middle', () => {
  const dimension = { kind: 'int' as const, low: 1, high: 4, log: true, step: 1 };
  const share = (value: number): number => {
    const units = Array.from({ length: 10_000 }, (_each, at) => (at + 0.5) / 10_000);
    return units.filter((unit) => valueFrom(dimension, { unit: () => unit, below: () => 0 }) === value).length / 10_000;
  };
  const mass = (value: number): number => Math.log((value + 0.5) / (value - 0.5)) / Math.log(4.5 / 0.5);
  for (const value of [1, 2, 3, 4]) expect(share(value)).toBeCloseTo(mass(value), 3);
});

test.each([
  [0, 1, 0.1, 3, 0.3],
  [0, 1, 0.1, 10, 1],
  [-0.3, 1, 0.1, 3, 0],
  [1e-7, 1, 1e-7, 2, 3e-7],
  [1 / 3, 1, 1 / 3, 1, 2 / 3],
])('on the steps from %d to %d by %d the value %i is %d', (low, high, step, k, value) => {
  expect(onStep(low, high, step, k)).toBe(value);
});
