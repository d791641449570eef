// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { floor, imul } = Math;

/** Four words of 32 bits. */
export type Words = readonly [number, number, number, number];

const ROUNDS = 10;
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/** The upper 32 bits of a product of two unsigned words. */
function high(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const other = aLow * bHigh + (middle % 0x10000);
  return (aHigh * bHigh + floor(middle / 0x10000) + floor(other / 0x10000)) >>> 0;
}

/**
 * Philox4x32-10: a bijection of the counter under a key, so that the n-th random number is computed, not reached. It uses
 * whole numbers alone, so every machine gives the same words.
 *
 * @param counter four words: what the number is for (here: ask, dimension, block)
 * @param key two words (here: the seed)
 * @returns four words of 32 bits, unsigned
 * @see Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"; tested against the published vectors.
 */
export function philox(counter: Words, key: readonly [number, number]): Words {
  // Plain variables: this is the inner loop of every draw.
  let a = counter[0];
  let b = counter[1];
  let c = counter[2];
  let d = counter[3];
  let k0 = key[0];
  let k1 = key[1];
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = high(MULTIPLIER_0, a >>> 0) ^ d ^ k1;
    const high1 = high(MULTIPLIER_1, c >>> 0) ^ b ^ k0;
    b = imul(MULTIPLIER_1, c);
    d = imul(MULTIPLIER_0, a);
    a = high1;
    c = high0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  return [a >>> 0, b >>> 0, c >>> 0, d >>> 0];
}

/** What the words of a stream are for: two streams of one key and place never meet. */
export const STREAMS = {
  value: 0,
  scramble: 1,
  evaluator: 2,
  tpe: 3,
  grid: 4,
  cmaes: 5,
  queue: 6,
  nsga2: 7,
  gp: 8,
  pbt: 12,
  team: 9,
  regret: 20,
  interleaving: 21,
} as const;

/** An endless row of words that belongs to one place: (seed, ask, dimension). Nothing is remembered between asks. */
export interface WordStream {
  /** The next 32 bits, unsigned. */
  word(): number;
  /** Uniform in [0, 1), a multiple of 2^-53. */
  unit(): number;
  /** Uniform in 0 to n - 1 by rejection, so that no value is favoured. `n` is at most 2^53. */
  below(n: number): number;
}

/** Opens the row of one place. Whole numbers below 2^32 all. */
export function wordsOf(seed: number, stream: number, ask: number, dimension: number): WordStream {
  let block = 0;
  let left: number[] = [];
  const word = (): number => {
    if (left.length === 0) {
      left = [...philox([ask, dimension, block, stream], [seed, 0])];
      block += 1;
    }
    return left.shift() ?? 0;
  };
  const bits53 = (): number => (word() >>> 5) * 0x4000000 + (word() >>> 6);
  return {
    word,
    unit: () => bits53() / 2 ** 53,
    below: (n) => {
      const isSmall = n <= 2 ** 32;
      const range = isSmall ? 2 ** 32 : 2 ** 53;
      const limit = range - (range % n);
      for (;;) {
        const drawn = isSmall ? word() : bits53();
        if (drawn < limit) return drawn % n;
      }
    },
  };
}
