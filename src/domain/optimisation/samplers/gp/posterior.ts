import { cholesky, invertLower, solveLower, solveUpper } from '../../numerics/cholesky';
import { fourProducts, products } from '../../numerics/products';
import { addSlopes, columnsOf, covarianceOf, covariances, type KernelParams, type Places } from './kernel';

// Looked up once: these are inner loops.
const { max } = Math;

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
  /** Looks at many points, given row by row. */
  survey(points: Float64Array, count: number): Survey;
}

/** Many points together. */
export interface Survey {
  readonly means: Float64Array;
  /** Not above these; a settled point's own. */
  readonly variances: Float64Array;
  /** Computes the variances of four points. */
  settle(points: readonly [number, number, number, number]): void;
}

/** So many trials say already how large a variance is at most. */
const HEAD = 64;

/** Points whose covariances are whitened together: each row of the factor is read once for all of them. */
const TOGETHER = 4;

/** Adds |L⁻¹ k|² of four vectors at once, which stand one behind the other: of the rows from `first`, an even one, up to `end`. */
function whitenFour(
  { matrix, size }: { readonly matrix: Float64Array; readonly size: number },
  [first, end]: readonly [number, number],
  four: Float64Array,
  eight: Float64Array,
  into: Float64Array,
): void {
  let i = first;
  // of two rows the first is a number shorter: behind it stands a zero
  for (; i + 1 < end; i += 2) {
    products(four, 0, matrix, i * size, size, i + 2, eight);
    for (let n = 0; n < TOGETHER; n++)
      into[n] = (into[n] ?? 0) + (eight[2 * n] ?? 0) ** 2 + (eight[2 * n + 1] ?? 0) ** 2;
  }
  if (i === end) return;
  fourProducts(four, 0, size, matrix, i * size, size, eight, 0);
  for (let n = 0; n < TOGETHER; n++) into[n] = (into[n] ?? 0) + (eight[n] ?? 0) ** 2;
}

/** A square matrix times a vector, row by row from `from` on: of a triangle each row reads what is not zero, nearly. */
function multiply(
  matrix: Float64Array,
  size: number,
  vector: Float64Array,
  into: Float64Array,
  isUpper: boolean,
): void {
  const whole = size - (size % 4);
  for (let i = 0; i < whole; i += 4) {
    const [from, to] = isUpper ? [i, size] : [0, i + 4];
    fourProducts(matrix, i * size + from, size, vector, from, to - from, into, i);
  }
  for (let i = whole; i < size; i++) {
    let sum = 0;
    for (let j = isUpper ? i : 0; j < (isUpper ? size : i + 1); j++)
      sum += (matrix[i * size + j] ?? 0) * (vector[j] ?? 0);
    into[i] = sum;
  }
}

function transpose(upper: Float64Array, size: number, into: Float64Array): void {
  for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) into[i * size + j] = upper[j * size + i] ?? 0;
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
  const upper = new Float64Array(rows * rows);
  covarianceOf(columns, params, at, upper);
  const factor = new Float64Array(rows * rows);
  if (!cholesky(upper, rows, factor)) return undefined;
  invertLower(factor, rows, upper);
  const inverse = new Float64Array(rows * rows);
  transpose(upper, rows, inverse);
  const solve = (of: Float64Array): void => {
    solveLower(factor, rows, of);
    solveUpper(factor, rows, of);
  };
  const alpha = Float64Array.from(y);
  solve(alpha);
  const vector = (): Float64Array => new Float64Array(rows);
  const [near, slopes, whitened, back] = [vector(), vector(), vector(), vector()];
  const four = new Float64Array(TOGETHER * rows);
  const [eight, squares] = [new Float64Array(2 * TOGETHER), new Float64Array(TOGETHER)];
  const lower = { matrix: inverse, size: rows };
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
      multiply(inverse, rows, near, whitened, false);
      let explained = 0;
      for (let j = 0; j < rows; j++) explained += (whitened[j] ?? 0) ** 2;
      this.variance = max(0, scale - explained);
    },
    pull(byMean, byVariance, gradient, more) {
      const byExplained = this.variance > 0 ? -2 * byVariance : 0;
      if (byExplained === 0) back.fill(0);
      else multiply(upper, rows, whitened, back, true);
      for (let j = 0; j < rows; j++)
        back[j] = (byMean * (alpha[j] ?? 0) + byExplained * (back[j] ?? 0) + (more?.[j] ?? 0)) * (slopes[j] ?? 0);
      addSlopes(columns, inverseSquares, point, back, gradient);
    },
    survey(points, count) {
      // the last four points may be fewer
      const room = Math.ceil(count / TOGETHER) * TOGETHER;
      const all = new Float64Array(room * rows);
      const [means, variances] = [new Float64Array(room), new Float64Array(room)];
      const head = rows < 2 * HEAD ? 0 : HEAD;
      for (let at = 0; at < count; at++) {
        const values = all.subarray(at * rows, (at + 1) * rows);
        covariances(columns, params, { of: points, from: at * dimensions, count: rows }, { values });
        means[at] = meanOf(values);
      }
      const explained = new Float64Array(room);
      for (let at = 0; at < count; at += TOGETHER) {
        const own = explained.subarray(at, at + TOGETHER);
        whitenFour(lower, [0, head], all.subarray(at * rows, (at + TOGETHER) * rows), eight, own);
      }
      for (let at = 0; at < count; at++) variances[at] = max(0, scale - (explained[at] ?? 0));
      const settle = (group: readonly number[]): void => {
        group.forEach((at, n) => {
          four.set(all.subarray(at * rows, (at + 1) * rows), n * rows);
          squares[n] = explained[at] ?? 0;
        });
        whitenFour(lower, [head, rows], four, eight, squares);
        group.forEach((at, n) => (variances[at] = max(0, scale - (squares[n] ?? 0))));
      };
      return { means, variances, settle };
    },
  };
}
