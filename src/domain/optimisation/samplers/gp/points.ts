import { truncatedQuantile } from '../../numerics/normal';
import { scrambled, sobolBits } from '../sobol';

const FAR = 40;

/**
 * The first points of a scrambled Sobol sequence, row by row, each coordinate in (0, 1). Scrambling is linear in the bits, so
 * each point is the one before it with one scrambled direction more.
 *
 * @param dimensions at most SOBOL_DIMENSIONS
 * @param count at most 2^16
 */
export function sobolPoints(seed: number, dimensions: number, count: number): Float64Array {
  const points = new Float64Array(dimensions * count);
  for (let dimension = 0; dimension < dimensions; dimension++) {
    const shift = scrambled(0, seed, dimension);
    const directions = Array.from(
      { length: 17 },
      (_each, bit) =>
        // the point whose Gray code has this bit alone
        scrambled(sobolBits(dimension, 2 ** (bit + 1) - 1), seed, dimension) ^ shift,
    );
    let bits = shift;
    for (let n = 0; n < count; n++) {
      if (n > 0) bits ^= directions[31 - Math.clz32(n & -n)] ?? 0;
      points[n * dimensions + dimension] = ((bits >>> 0) + 0.5) / 2 ** 32;
    }
  }
  return points;
}

/** The same as standard normal numbers. */
export function sobolNormals(seed: number, dimensions: number, count: number): Float64Array {
  return sobolPoints(seed, dimensions, count).map((unit) => truncatedQuantile(unit, -FAR, FAR));
}
