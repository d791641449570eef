import { exp } from '../../numerics/elementary';

// Looked up once: these are inner loops.
const { sqrt } = Math;

/** The places of trials, row by row: each coordinate in [0, 1], or the index of a choice. */
export interface Places {
  readonly rows: number;
  readonly dimensions: number;
  readonly at: Float64Array;
  /** 1 for a choice without an order: two of them are apart or not (Hamming). */
  readonly isChoice: Uint8Array;
}

/** What a kernel is made of. */
export interface KernelParams {
  /** 1 / length scale², one for each dimension. */
  readonly inverseSquares: Float64Array;
  /** Variance of the function. */
  readonly scale: number;
  /** Variance of what is added to it at each trial. */
  readonly noise: number;
}

/** Places by dimension: the inner loops run along the trials. */
export interface Columns {
  readonly rows: number;
  readonly columns: readonly Float64Array[];
  readonly isChoice: Uint8Array;
}

/** The columns of places. */
export function columnsOf({ rows, dimensions, at, isChoice }: Places): Columns {
  const columns = Array.from({ length: dimensions }, (_each, k) =>
    Float64Array.from({ length: rows }, (_row, i) => at[i * dimensions + k] ?? 0),
  );
  return { rows, columns, isChoice };
}

/** Adds to `sums`, for the first `count` rows, the squared distance to x along one dimension, times `weight`. */
function addSquares(column: Float64Array, x: number, weight: number, sums: Float64Array, count: number): void {
  for (let j = 0; j < count; j++) {
    const apart = x - (column[j] ?? 0);
    sums[j] = (sums[j] ?? 0) + weight * apart * apart;
  }
}

/** The same along two dimensions. */
function addTwoSquares(
  column: Float64Array,
  x: number,
  weight: number,
  other: Float64Array,
  y: number,
  its: number,
  sums: Float64Array,
  count: number,
): void {
  for (let j = 0; j < count; j++) {
    const apart = x - (column[j] ?? 0);
    const also = y - (other[j] ?? 0);
    sums[j] = (sums[j] ?? 0) + weight * apart * apart + its * also * also;
  }
}

function addApart(column: Float64Array, x: number, weight: number, sums: Float64Array, count: number): void {
  for (let j = 0; j < count; j++) if (column[j] !== x) sums[j] = (sums[j] ?? 0) + weight;
}

const FIVE_THIRDS = 5 / 3;
const FIVE_SIXTHS = 5 / 6;

/**
 * Covariances of a point with the first `count` rows by Matérn's kernel with smoothness 5/2, and, where they are wanted, their
 * slopes by the *squared* distance, which are finite at 0.
 *
 * @param point its coordinates stand from `from` on
 * @see Rasmussen & Williams 2006, section 4.2; Optuna 5.0.0 `_gp/gp.py`
 */
export function covariances(
  { columns, isChoice }: Columns,
  { inverseSquares, scale }: KernelParams,
  { of, from, count }: { readonly of: Float64Array; readonly from: number; readonly count: number },
  into: { readonly values: Float64Array; readonly slopes?: Float64Array },
): void {
  const { values, slopes } = into;
  for (let j = 0; j < count; j++) values[j] = 0;
  for (let k = 0; k < columns.length; k++) {
    const [column, x, weight] = [columns[k] ?? values, of[from + k] ?? 0, inverseSquares[k] ?? 0];
    if (isChoice[k] === 1) addApart(column, x, weight, values, count);
    else if (k + 1 < columns.length && isChoice[k + 1] !== 1) {
      k += 1;
      const [other, y, its] = [columns[k] ?? values, of[from + k] ?? 0, inverseSquares[k] ?? 0];
      addTwoSquares(column, x, weight, other, y, its, values, count);
    } else addSquares(column, x, weight, values, count);
  }
  for (let j = 0; j < count; j++) {
    const squared = values[j] ?? 0;
    const far = sqrt(5 * squared);
    const decay = scale * exp(-far);
    values[j] = decay * (FIVE_THIRDS * squared + far + 1);
    if (slopes !== undefined) slopes[j] = -FIVE_SIXTHS * (far + 1) * decay;
  }
}

/**
 * Adds the slopes of a function by a point's coordinates, of its slopes by the squared distances to the rows; a choice has none.
 *
 * @param bySquare one for each row
 */
export function addSlopes(
  { columns, isChoice, rows }: Columns,
  inverseSquares: Float64Array,
  point: Float64Array,
  bySquare: Float64Array,
  gradient: Float64Array,
): void {
  for (let k = 0; k < columns.length; k++) {
    if (isChoice[k] === 1) continue;
    const column = columns[k] ?? bySquare;
    const x = point[k] ?? 0;
    let sum = 0;
    for (let j = 0; j < rows; j++) sum += (bySquare[j] ?? 0) * (x - (column[j] ?? 0));
    gradient[k] = (gradient[k] ?? 0) + 2 * (inverseSquares[k] ?? 0) * sum;
  }
}

/** The covariances of all rows with each other, noise on the diagonal; the lower half, row by row. */
export function covarianceOf(columns: Columns, params: KernelParams, at: Float64Array, into: Float64Array): void {
  const { rows } = columns;
  const dimensions = columns.columns.length;
  for (let i = 0; i < rows; i++) {
    const values = into.subarray(i * rows, i * rows + i);
    covariances(columns, params, { of: at, from: i * dimensions, count: i }, { values });
    into[i * rows + i] = params.scale + params.noise;
  }
}
