// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { sqrt } = Math;

/** What is added to the diagonal, in shares of its mean, until the matrix has a factor. */
const LADDER = [0, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2];

/**
 * The products of two rows, one behind the other, with a third over its first `length` numbers: each of its numbers is read
 * once for both. Into two numbers.
 */
function products(
  matrix: Float64Array,
  size: number,
  row: number,
  other: number,
  length: number,
  into: Float64Array,
): void {
  const next = row + size;
  let a0 = 0;
  let a1 = 0;
  let b0 = 0;
  let b1 = 0;
  let k = 0;
  for (; k + 1 < length; k += 2) {
    const x = matrix[other + k] ?? 0;
    const y = matrix[other + k + 1] ?? 0;
    a0 += (matrix[row + k] ?? 0) * x;
    a1 += (matrix[row + k + 1] ?? 0) * y;
    b0 += (matrix[next + k] ?? 0) * x;
    b1 += (matrix[next + k + 1] ?? 0) * y;
  }
  if (k < length) {
    const x = matrix[other + k] ?? 0;
    a0 += (matrix[row + k] ?? 0) * x;
    b0 += (matrix[next + k] ?? 0) * x;
  }
  into[0] = a0 + a1;
  into[1] = b0 + b1;
}

/** The last number of a row of the factor; false when it has none. */
function closeRow(matrix: Float64Array, size: number, row: number): boolean {
  let sum = matrix[row * size + row] ?? 0;
  for (let k = 0; k < row; k++) sum -= (matrix[row * size + k] ?? 0) ** 2;
  if (!(sum > 0)) return false;
  matrix[row * size + row] = sqrt(sum);
  return true;
}

/** The lower factor of the leading square, written over the lower half of `matrix`; false when it is not positive. */
function factored(matrix: Float64Array, size: number): boolean {
  const pair = new Float64Array(2);
  for (let i = 0; i + 1 < size; i += 2) {
    const [row, next] = [i * size, (i + 1) * size];
    for (let j = 0; j < i; j++) {
      const other = j * size;
      products(matrix, size, row, other, j, pair);
      const divisor = matrix[other + j] ?? 1;
      matrix[row + j] = ((matrix[row + j] ?? 0) - (pair[0] ?? 0)) / divisor;
      matrix[next + j] = ((matrix[next + j] ?? 0) - (pair[1] ?? 0)) / divisor;
    }
    if (!closeRow(matrix, size, i)) return false;
    products(matrix, size, row, row, i, pair);
    matrix[next + i] = ((matrix[next + i] ?? 0) - (pair[1] ?? 0)) / (matrix[row + i] ?? 1);
    if (!closeRow(matrix, size, i + 1)) return false;
  }
  if (size % 2 === 0) return true;
  const row = (size - 1) * size;
  const last = matrix.subarray(row, row + size - 1);
  solveLower(matrix, size - 1, last, size);
  return closeRow(matrix, size, size - 1);
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

/** The inverse of a lower factor, row by row; above the diagonal are zeros. O(n³ / 6). */
export function invertLower(factor: Float64Array, size: number, into: Float64Array): void {
  into.fill(0);
  for (let i = 0; i < size; i++) {
    const row = i * size;
    const scale = 1 / (factor[row + i] ?? 1);
    // row i of the inverse is made of the rows before it, two at a time: the innermost loop runs along rows
    for (let k = 0; k < i; k += 2) {
      const [first, second] = [k * size, (k + 1) * size];
      const a = -(factor[row + k] ?? 0) * scale;
      const b = k + 1 < i ? -(factor[row + k + 1] ?? 0) * scale : 0;
      for (let j = 0; j <= k; j++)
        into[row + j] = (into[row + j] ?? 0) + a * (into[first + j] ?? 0) + b * (into[second + j] ?? 0);
      if (k + 1 < i) into[row + k + 1] = b * (into[second + k + 1] ?? 0);
    }
    into[row + i] = scale;
  }
}

/** The lower half of Aᵀ · A of a lower matrix A; of an inverse factor that is the inverse. O(n³ / 6). */
export function squareOfLower(lower: Float64Array, size: number, into: Float64Array): void {
  into.fill(0);
  for (let k = 0; k < size; k += 2) {
    const [first, second] = [k * size, (k + 1) * size];
    const hasSecond = k + 1 < size;
    for (let i = 0; i <= k; i++) {
      const a = lower[first + i] ?? 0;
      const b = hasSecond ? (lower[second + i] ?? 0) : 0;
      const to = i * size;
      if (hasSecond)
        for (let j = 0; j <= i; j++)
          into[to + j] = (into[to + j] ?? 0) + a * (lower[first + j] ?? 0) + b * (lower[second + j] ?? 0);
      else for (let j = 0; j <= i; j++) into[to + j] = (into[to + j] ?? 0) + a * (lower[first + j] ?? 0);
    }
    if (!hasSecond) continue;
    const to = (k + 1) * size;
    const own = lower[second + k + 1] ?? 0;
    for (let j = 0; j <= k + 1; j++) into[to + j] = (into[to + j] ?? 0) + own * (lower[second + j] ?? 0);
  }
}
