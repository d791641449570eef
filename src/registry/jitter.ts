/**
 * A generator of numbers in [0, 1) from a seed: what spreads the ends of cache entries, so that they do not all end at once.
 *
 * @see mulberry32 by Tommy Ettinger; good enough for jitter, for nothing else
 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
