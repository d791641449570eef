import { philox, STREAMS } from '../../philox';

const ROUNDS = 6;

/**
 * Where the n-th place of 0 … size - 1 goes under a permutation that the seed chooses: computed, not looked up, so that a
 * grid of any size costs nothing to shuffle. A Feistel network over the next power of four; what falls outside is sent on
 * until it lies inside.
 *
 * @param size from 1 to 2^52
 * @see Luby & Rackoff 1988, "How to construct pseudorandom permutations"; cycle walking: Black & Rogaway 2002
 */
export function permuted(n: number, size: number, seed: number): number {
  let half = 2;
  while (half * half < size) half *= 2;
  let place = n;
  do {
    let left = Math.floor(place / half);
    let right = place % half;
    for (let round = 0; round < ROUNDS; round++) {
      const [word] = philox([right, round, 0, STREAMS.grid], [seed, 0]);
      [left, right] = [right, (left ^ (word & (half - 1))) >>> 0];
    }
    place = left * half + right;
  } while (place >= size);
  return place;
}
