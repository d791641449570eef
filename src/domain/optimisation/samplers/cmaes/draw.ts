import { log } from '../../numerics/elementary';
import { STREAMS, wordsOf, type WordStream } from '../../philox';
import type { CmaAxis } from './axis';
import { product, type Distribution } from './distribution';

// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { max, min, sqrt } = Math;

/** Standard normal numbers by the polar method. @see Marsaglia & Bray 1964 */
function normals(words: WordStream, count: number): Float64Array {
  const drawn = new Float64Array(count);
  for (let at = 0; at < count;) {
    const x = 2 * words.unit() - 1;
    const y = 2 * words.unit() - 1;
    const s = x * x + y * y;
    if (s >= 1 || s === 0) continue;
    const scale = sqrt((-2 * log(s)) / s);
    drawn[at++] = x * scale;
    if (at < count) drawn[at++] = y * scale;
  }
  return drawn;
}

function once({ mean, sigma, roots, vectors }: Distribution, words: WordStream): Float64Array {
  const z = normals(words, mean.length);
  const y = product(
    vectors,
    z.map((each, k) => each * (roots[k] ?? 1)),
  );
  return y.map((each, k) => (mean[k] ?? 0) + sigma * each);
}

/**
 * The place that an ask draws: again, up to 10 times for each dimension, while a float lies outside its range, then clipped.
 * As Optuna 5.0.0 and `CMAwM`: coordinates with cells may lie outside, they are rounded to the ends.
 */
export function drawn(distribution: Distribution, axes: readonly CmaAxis[], seed: number, ask: number): Float64Array {
  const words = wordsOf(seed, STREAMS.cmaes, ask, 0);
  const isInside = (place: Float64Array): boolean =>
    axes.every(({ cells }, k) => cells !== undefined || ((place[k] ?? 0) >= 0 && (place[k] ?? 0) <= 1));
  for (let attempt = 0; attempt < 10 * axes.length; attempt++) {
    const place = once(distribution, words);
    if (isInside(place)) return place;
  }
  return once(distribution, words).map((each, k) => (axes[k]?.cells === undefined ? min(1, max(0, each)) : each));
}

/** Where a place lies when whole coordinates are stretched: what is evaluated is the value there. */
export function stretched({ mean, stretch }: Distribution, place: Float64Array): Float64Array {
  return place.map((each, k) => (each - (mean[k] ?? 0)) * (stretch[k] ?? 1) + (mean[k] ?? 0));
}
