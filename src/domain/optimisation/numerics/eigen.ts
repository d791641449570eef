// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { abs, sqrt } = Math;

/** A symmetric matrix as its axes: `matrix = vectors · diag(values) · vectorsᵀ`. */
export interface Eigen {
  readonly values: Float64Array;
  /** Row by row; column k belongs to values[k]. */
  readonly vectors: Float64Array;
}

/** Ten suffice for a hundred dimensions; more would be a matrix that is not finite. */
const MOST_SWEEPS = 60;

/** Turns rows and columns p and q of a symmetric matrix so that its element (p, q) becomes 0, and the axes with them. */
function rotate(matrix: Float64Array, vectors: Float64Array, size: number, p: number, q: number): void {
  const pq = matrix[p * size + q] ?? 0;
  const half = ((matrix[q * size + q] ?? 0) - (matrix[p * size + p] ?? 0)) / (2 * pq);
  const t = (half < 0 ? -1 : 1) / (abs(half) + sqrt(half * half + 1));
  const c = 1 / sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < size; k++) {
    const [kp, kq] = [k * size + p, k * size + q];
    const left = matrix[kp] ?? 0;
    const right = matrix[kq] ?? 0;
    matrix[kp] = c * left - s * right;
    matrix[kq] = s * left + c * right;
    const from = vectors[kp] ?? 0;
    const to = vectors[kq] ?? 0;
    vectors[kp] = c * from - s * to;
    vectors[kq] = s * from + c * to;
  }
  for (let k = 0; k < size; k++) {
    const [pk, qk] = [p * size + k, q * size + k];
    const upper = matrix[pk] ?? 0;
    const lower = matrix[qk] ?? 0;
    matrix[pk] = c * upper - s * lower;
    matrix[qk] = s * upper + c * lower;
  }
  matrix[p * size + q] = 0;
  matrix[q * size + p] = 0;
}

/**
 * Eigenvalues and eigenvectors of a symmetric matrix by cyclic Jacobi rotations, in no particular order. O(n³) for each of
 * some six to ten sweeps. Uses +, -, *, / and square roots alone, which IEEE 754 fixes: the same bits on every machine.
 *
 * @param matrix row by row; not changed
 * @see Golub & Van Loan 2013, "Matrix Computations", §8.5
 */
export function eigen(matrix: Float64Array, size: number): Eigen {
  const left = Float64Array.from(matrix);
  const vectors = new Float64Array(size * size);
  for (let k = 0; k < size; k++) vectors[k * size + k] = 1;
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let isDiagonal = true;
    for (let p = 0; p < size - 1; p++) {
      for (let q = p + 1; q < size; q++) {
        const pq = abs(left[p * size + q] ?? 0);
        const scale = sqrt(abs((left[p * size + p] ?? 0) * (left[q * size + q] ?? 0)));
        // what is smaller than the rounding of the diagonal cannot be told from 0
        if (!(pq > 1e-16 * scale && pq > 1e-300)) continue;
        isDiagonal = false;
        rotate(left, vectors, size, p, q);
      }
    }
    if (isDiagonal) break;
  }
  const values = new Float64Array(size);
  for (let k = 0; k < size; k++) values[k] = left[k * size + k] ?? 0;
  return { values, vectors };
}
