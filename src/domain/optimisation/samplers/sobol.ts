import type { Draw } from '../dimension';
import { STREAMS, wordsOf } from '../philox';
import { configure } from '../search-space';
import { DIRECTION_SEEDS } from './joe-kuo';
import type { Sampler } from './sampler';

const BITS = 32;

/** The 32 direction numbers of a dimension (from 0), the first bit foremost. */
function directionsOf(dimension: number): readonly number[] {
  const { polynomial = 1, initial = [1] } = DIRECTION_SEEDS[dimension] ?? {};
  const degree = 31 - Math.clz32(polynomial);
  const numbers: number[] = [];
  for (let bit = 0; bit < BITS; bit++) {
    const given = dimension === 0 ? 1 : initial[bit];
    if (dimension === 0 || bit < degree) {
      numbers.push(((given ?? 1) << (BITS - 1 - bit)) >>> 0);
      continue;
    }
    const before = numbers[bit - degree] ?? 0;
    let next = before ^ (before >>> degree);
    for (let back = 1; back < degree; back++) {
      if (((polynomial >>> (degree - back)) & 1) === 1) next ^= numbers[bit - back] ?? 0;
    }
    numbers.push(next >>> 0);
  }
  return numbers;
}

const directions = DIRECTION_SEEDS.map((_seed, dimension) => directionsOf(dimension));
/** As many dimensions as there are direction numbers for. */
export const SOBOL_DIMENSIONS = directions.length;

/**
 * The n-th point of the unscrambled sequence in one dimension as 32 bits, in the order of the Gray code, as SciPy gives it.
 *
 * @param dimension from 0 to SOBOL_DIMENSIONS - 1
 * @param n from 0 to 2^32 - 1
 */
export function sobolBits(dimension: number, n: number): number {
  const numbers = directions[dimension] ?? [];
  let bits = 0;
  for (let gray = (n ^ (n >>> 1)) >>> 0, bit = 0; gray !== 0; gray >>>= 1, bit++) {
    if ((gray & 1) === 1) bits ^= numbers[bit] ?? 0;
  }
  return bits >>> 0;
}

/** Whether a word has an odd number of ones. */
function isOdd(word: number): boolean {
  let folded = word ^ (word >>> 16);
  folded ^= folded >>> 8;
  folded ^= folded >>> 4;
  folded ^= folded >>> 2;
  return ((folded ^ (folded >>> 1)) & 1) === 1;
}

/** The scrambling of one dimension under one seed. */
interface Scramble {
  /** For each bit of the result, foremost first, the bits that it is made of. */
  readonly rows: Uint32Array;
  readonly shift: number;
}

const KEPT_SCRAMBLES = 1_000;
/** Made of seed and dimension alone, so it does not matter who made them; kept because every ask needs them. */
const scrambles = new Map<number, Scramble>();

function scrambleOf(seed: number, dimension: number): Scramble {
  const key = seed * SOBOL_DIMENSIONS + dimension;
  const known = scrambles.get(key);
  if (known !== undefined) return known;
  const words = wordsOf(seed, STREAMS.scramble, 0, dimension);
  const rows = Uint32Array.from({ length: BITS }, (_each, row) => {
    const above = row === 0 ? 0 : 0xffffffff << (BITS - row);
    return (words.word() & above) | (0x80000000 >>> row);
  });
  const made = { rows, shift: words.word() };
  if (scrambles.size >= KEPT_SCRAMBLES) scrambles.clear();
  scrambles.set(key, made);
  return made;
}

/**
 * Scrambles the bits of a dimension: a random lower triangular matrix with ones on its diagonal, then a random shift of the
 * digits. Nets stay nets, and no point is a corner.
 *
 * @see Matousek 1998, "On the L2-discrepancy for anchored boxes"; as SciPy's `LMS+shift`
 */
export function scrambled(bits: number, seed: number, dimension: number): number {
  const { rows, shift } = scrambleOf(seed, dimension);
  let result = 0;
  for (let row = 0; row < BITS; row++) {
    if (isOdd(bits & (rows[row] ?? 0))) result |= 0x80000000 >>> row;
  }
  return (result ^ shift) >>> 0;
}

function drawAt(seed: number, ask: number, dimension: number): Draw {
  if (dimension >= SOBOL_DIMENSIONS) return wordsOf(seed, STREAMS.value, ask, dimension);
  const unit = (scrambled(sobolBits(dimension, ask), seed, dimension) + 0.5) / 2 ** BITS;
  return { unit: () => unit, below: (n) => Math.min(n - 1, Math.floor(unit * n)) };
}

/**
 * Scrambled Sobol: the asks of a study are the points of one low-discrepancy sequence, the index being the ask's number,
 * which the study as the only writer hands out. A start design: spread evenly, whatever the history. Balance is exact at
 * powers of two. Dimensions that are not active skip theirs. Where a whole number is wanted, its cell is.
 *
 * @see Sobol 1967; Joe & Kuo 2008. As Optuna's `QMCSampler`, but that no two parallel asks can get one point.
 */
export const sobolSampler: Sampler = {
  ask: (space, _history, _pending, { seed, ask }) => configure(space, (dimension) => drawAt(seed, ask, dimension)),
};
