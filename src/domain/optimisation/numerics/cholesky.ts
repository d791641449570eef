import { products } from './products';

// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { max, min, sqrt } = Math;

/** What is added to the diagonal, in shares of its mean, until the matrix has a factor. */
const LADDER = [0, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2];

/** Rows that are worked on together. */
const BLOCK = 4;

/** The product of two rows over their first `length` numbers, from `row` and `other` on. */
function dot(matrix: Float64Array, row: number, other: number, length: number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += (matrix[row + k] ?? 0) * (matrix[other + k] ?? 0);
  return sum;
}

/** The numbers of a row of the factor in the columns from `first` on, its diagonal among them; false when it has none. */
function closeRow(matrix: Float64Array, size: number, i: number, first: number): boolean {
  const row = i * size;
  for (let j = first; j < i; j++) {
    const left = (matrix[row + j] ?? 0) - dot(matrix, row, j * size, j);
    matrix[row + j] = left / (matrix[j * size + j] ?? 1);
  }
  const left = (matrix[row + i] ?? 0) - dot(matrix, row, row, i);
  if (!(left > 0)) return false;
  matrix[row + i] = sqrt(left);
  return true;
}

/** The lower factor of a square, written over the lower half of `matrix`; false when it is not positive. */
function factored(matrix: Float64Array, size: number): boolean {
  const eight = new Float64Array(8);
  const whole = size - (size % BLOCK);
  for (let i = 0; i < whole; i += BLOCK) {
    for (let j = 0; j < i; j += 2) {
      const [row, other] = [i * size, j * size];
      products(matrix, row, matrix, other, size, j, eight);
      const [first, second] = [matrix[other + j] ?? 1, matrix[other + size + j + 1] ?? 1];
      const between = matrix[other + size + j] ?? 0;
      for (let r = 0; r < BLOCK; r++) {
        const at = row + r * size + j;
        const value = ((matrix[at] ?? 0) - (eight[2 * r] ?? 0)) / first;
        matrix[at] = value;
        matrix[at + 1] = ((matrix[at + 1] ?? 0) - (eight[2 * r + 1] ?? 0) - between * value) / second;
      }
    }
    for (let r = 0; r < BLOCK; r++) if (!closeRow(matrix, size, i + r, i)) return false;
  }
  for (let i = whole; i < size; i++) if (!closeRow(matrix, size, i, 0)) return false;
  return true;
}

/**
 * The lower factor L of a symmetric positive matrix, L · Lᵀ = matrix, row by row; above the diagonal are zeros. A matrix that
 * rounding has made indefinite gets a little more on its diagonal, up to a hundredth of its mean. O(n³ / 6).
 *
 * @param into where the factor goes; of the same length
 * @returns false for a matrix that has none even then, such as one with NaN
 */
export function cholesky(matrix: Float64Array, size: number, into: Float64Array): boolean {
  let trace = 0;
  for (let i = 0; i < size; i++) trace += matrix[i * size + i] ?? 0;
  for (const share of LADDER) {
    into.set(matrix);
    for (let i = 0; i < size; i++) into[i * size + i] = (matrix[i * size + i] ?? 0) + (share * trace) / size;
    if (!factored(into, size)) continue;
    for (let i = 0; i < size; i++) into.fill(0, i * size + i + 1, (i + 1) * size);
    return true;
  }
  return false;
}

/** Solves L · x = b in place, for a lower factor whose rows are `stride` apart. */
export function solveLower(factor: Float64Array, size: number, b: Float64Array, stride = size): void {
  for (let i = 0; i < size; i++) {
    const row = i * stride;
    let sum = b[i] ?? 0;
    for (let k = 0; k < i; k++) sum -= (factor[row + k] ?? 0) * (b[k] ?? 0);
    b[i] = sum / (factor[row + i] ?? 1);
  }
}

/** Solves Lᵀ · x = b in place, for a lower factor. */
export function solveUpper(factor: Float64Array, size: number, b: Float64Array): void {
  for (let i = size - 1; i >= 0; i--) {
    const value = (b[i] ?? 0) / (factor[i * size + i] ?? 1);
    b[i] = value;
    const row = i * size;
    for (let k = 0; k < i; k++) b[k] = (b[k] ?? 0) - (factor[row + k] ?? 0) * value;
  }
}

/**
 * The transpose of the inverse of a lower factor, row by row; below the diagonal are zeros. So each column of the inverse
 * stands in a row. O(n³ / 6).
 */
export function invertLower(factor: Float64Array, size: number, into: Float64Array): void {
  into.fill(0);
  const eight = new Float64Array(8);
  for (let i = 0; i < size; i += BLOCK) {
    const rows = min(BLOCK, size - i);
    const row = i * size;
    // where the block begins, and at an odd end, row by row
    const single = (from: number, to: number): void => {
      for (let r = 0; r < rows; r++)
        for (let j = max(from, i + r); j < to; j++) {
          let sum = j === i + r ? -1 : 0;
          for (let k = i + r; k < j; k++) sum += (factor[j * size + k] ?? 0) * (into[row + r * size + k] ?? 0);
          into[row + r * size + j] = -sum / (factor[j * size + j] ?? 1);
        }
    };
    const begun = rows < BLOCK ? size : min(size, i + BLOCK);
    single(i, begun);
    let j = begun;
    for (; j + 1 < size; j += 2) {
      const other = j * size;
      products(into, row + i, factor, other + i, size, j - i, eight);
      const [first, second] = [factor[other + j] ?? 1, factor[other + size + j + 1] ?? 1];
      const between = factor[other + size + j] ?? 0;
      for (let r = 0; r < BLOCK; r++) {
        const at = row + r * size + j;
        const value = -(eight[2 * r] ?? 0) / first;
        into[at] = value;
        into[at + 1] = -((eight[2 * r + 1] ?? 0) + between * value) / second;
      }
    }
    single(j, size);
  }
}

/**
 * The lower half of A · Aᵀ of an upper matrix A; of the transpose of an inverse factor that is the inverse. O(n³ / 6).
 */
export function squareOfUpper(upper: Float64Array, size: number, into: Float64Array): void {
  const eight = new Float64Array(8);
  const whole = size - (size % BLOCK);
  for (let i = 0; i < whole; i += BLOCK) {
    const row = i * size;
    for (let j = 0; j < i + BLOCK; j += 2) {
      products(upper, row + i, upper, j * size + i, size, size - i, eight);
      for (let r = 0; r < BLOCK; r++) {
        into[row + r * size + j] = eight[2 * r] ?? 0;
        into[row + r * size + j + 1] = eight[2 * r + 1] ?? 0;
      }
    }
  }
  for (let i = whole; i < size; i++)
    for (let j = 0; j <= i; j++) into[i * size + j] = dot(upper, i * size + i, j * size + i, size - i);
}
