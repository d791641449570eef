import { cholesky, invertLower, solveLower, solveUpper } from '../../numerics/cholesky';
import { addSlopes, columnsOf, covarianceOf, covariances, type KernelParams, type Places } from './kernel';

// Looked up once: these are inner loops.
const { max, min } = Math;

/** What is believed after the trials. A *look* at a point is kept until the next one: `pull` and others speak of it. */
export interface Posterior {
  readonly places: Places;
  readonly params: KernelParams;
  /** Covariances with the trials of the point that was looked at. */
  readonly near: Float64Array;
  mean: number;
  /** At least 0. */
  variance: number;
  look(point: Float64Array): void;
  /** C⁻¹ · b in place. */
  solve(b: Float64Array): void;
  /**
   * Adds to `gradient`, by coordinates, what a function of mean and variance has that grows by these slopes.
   * @param more slopes by the covariances themselves, one for each trial
   */
  pull(byMean: number, byVariance: number, gradient: Float64Array, more?: Float64Array): void;
  /** Means and variances of many points, given row by row. */
  lookAtMany(points: Float64Array, count: number, means: Float64Array, variances: Float64Array): void;
}

/** Points whose covariances are whitened together: each row of the factor is read once for all of them. */
const TOGETHER = 4;

/** |L⁻¹ k|² of four vectors at once, two rows at a time: what is read once serves eight sums. */
function addWhitened(inverse: Float64Array, size: number, four: readonly Float64Array[], into: Float64Array): void {
  const [k0, k1, k2, k3] = four as [Float64Array, Float64Array, Float64Array, Float64Array];
  into.fill(0);
  for (let i = 0; i < size; i += 2) {
    const row = i * size;
    // behind the last row of an odd number nothing is read: it takes the last one twice, and leaves the second out
    const next = i + 1 < size ? row + size : row;
    let a0 = 0;
    let a1 = 0;
    let a2 = 0;
    let a3 = 0;
    let b0 = 0;
    let b1 = 0;
    let b2 = 0;
    let b3 = 0;
    for (let j = 0; j <= i; j++) {
      const a = inverse[row + j] ?? 0;
      const b = inverse[next + j] ?? 0;
      const x0 = k0[j] ?? 0;
      const x1 = k1[j] ?? 0;
      const x2 = k2[j] ?? 0;
      const x3 = k3[j] ?? 0;
      a0 += a * x0;
      a1 += a * x1;
      a2 += a * x2;
      a3 += a * x3;
      b0 += b * x0;
      b1 += b * x1;
      b2 += b * x2;
      b3 += b * x3;
    }
    const isPair = next !== row;
    const last = isPair ? (inverse[next + i + 1] ?? 0) : 0;
    b0 = isPair ? b0 + last * (k0[i + 1] ?? 0) : 0;
    b1 = isPair ? b1 + last * (k1[i + 1] ?? 0) : 0;
    b2 = isPair ? b2 + last * (k2[i + 1] ?? 0) : 0;
    b3 = isPair ? b3 + last * (k3[i + 1] ?? 0) : 0;
    into[0] = (into[0] ?? 0) + a0 * a0 + b0 * b0;
    into[1] = (into[1] ?? 0) + a1 * a1 + b1 * b1;
    into[2] = (into[2] ?? 0) + a2 * a2 + b2 * b2;
    into[3] = (into[3] ?? 0) + a3 * a3 + b3 * b3;
  }
}

/** A lower matrix times a vector, two rows at once. @returns the sum of squares of the product */
function multiply(lower: Float64Array, size: number, vector: Float64Array, into: Float64Array): number {
  let squares = 0;
  for (let i = 0; i < size; i += 2) {
    const [first, second] = [i * size, (i + 1) * size];
    let a = 0;
    let b = 0;
    for (let j = 0; j <= i; j++) {
      const each = vector[j] ?? 0;
      a += (lower[first + j] ?? 0) * each;
      if (i + 1 < size) b += (lower[second + j] ?? 0) * each;
    }
    into[i] = a;
    squares += a * a;
    if (i + 1 >= size) break;
    b += (lower[second + i + 1] ?? 0) * (vector[i + 1] ?? 0);
    into[i + 1] = b;
    squares += b * b;
  }
  return squares;
}

/** Adds `scale` times the transpose of a lower matrix times a vector. */
function addTransposed(
  lower: Float64Array,
  size: number,
  scale: number,
  vector: Float64Array,
  into: Float64Array,
): void {
  for (let i = 0; i < size; i++) {
    const row = i * size;
    const weight = scale * (vector[i] ?? 0);
    for (let j = 0; j <= i; j++) into[j] = (into[j] ?? 0) + weight * (lower[row + j] ?? 0);
  }
}

/**
 * The posterior of a Gaussian process with these parameters: mean kᵀ C⁻¹ y, variance scale - kᵀ C⁻¹ k.
 *
 * @param y standardised, to be maximised
 * @returns `undefined` when the covariance has no factor
 * @see Rasmussen & Williams 2006, algorithm 2.1
 */
export function posteriorOf(places: Places, y: Float64Array, params: KernelParams): Posterior | undefined {
  const { rows, dimensions, at } = places;
  const { inverseSquares, scale } = params;
  const columns = columnsOf(places);
  const inverse = new Float64Array(rows * rows);
  covarianceOf(columns, params, at, inverse);
  const factor = new Float64Array(rows * rows);
  if (!cholesky(inverse, rows, factor)) return undefined;
  invertLower(factor, rows, inverse);
  const solve = (of: Float64Array): void => {
    solveLower(factor, rows, of);
    solveUpper(factor, rows, of);
  };
  const alpha = Float64Array.from(y);
  solve(alpha);
  const vector = (): Float64Array => new Float64Array(rows);
  const [near, slopes, whitened, back] = [vector(), vector(), vector(), vector()];
  const fourNear = Array.from({ length: TOGETHER }, vector);
  const squares = new Float64Array(TOGETHER);
  let point: Float64Array = new Float64Array(dimensions);
  const meanOf = (of: Float64Array): number => {
    let sum = 0;
    for (let j = 0; j < rows; j++) sum += (of[j] ?? 0) * (alpha[j] ?? 0);
    return sum;
  };

  return {
    places,
    params,
    near,
    mean: 0,
    variance: scale,
    solve,
    look(given) {
      point = given;
      covariances(columns, params, { of: given, from: 0, count: rows }, { values: near, slopes });
      this.mean = meanOf(near);
      this.variance = max(0, scale - multiply(inverse, rows, near, whitened));
    },
    pull(byMean, byVariance, gradient, more) {
      back.fill(0);
      if (byVariance !== 0 && this.variance > 0) addTransposed(inverse, rows, -2 * byVariance, whitened, back);
      for (let j = 0; j < rows; j++)
        back[j] = (byMean * (alpha[j] ?? 0) + (back[j] ?? 0) + (more?.[j] ?? 0)) * (slopes[j] ?? 0);
      addSlopes(columns, inverseSquares, point, back, gradient);
    },
    lookAtMany(points, count, means, variances) {
      for (let first = 0; first < count; first += TOGETHER) {
        for (let n = 0; n < TOGETHER; n++) {
          const index = min(count - 1, first + n);
          const values = fourNear[n] ?? near;
          covariances(columns, params, { of: points, from: index * dimensions, count: rows }, { values, slopes });
          means[index] = meanOf(values);
        }
        addWhitened(inverse, rows, fourNear, squares);
        for (let n = 0; n < TOGETHER && first + n < count; n++)
          variances[first + n] = max(0, scale - (squares[n] ?? 0));
      }
    },
  };
}
