import { eigen } from '../../numerics/eigen';

// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { sqrt } = Math;

/** The normal distribution that a generation is drawn from: mean + sigma · N(0, C). Matrices row by row. */
export interface Distribution {
  /** Updates so far. */
  readonly generation: number;
  readonly mean: Float64Array;
  readonly sigma: number;
  readonly covariance: Float64Array;
  /** Evolution path of the step size. */
  readonly pathSigma: Float64Array;
  /** Evolution path of the covariance. */
  readonly pathC: Float64Array;
  /** By how much a whole coordinate is stretched before it is rounded (see `withMargin`); 1 at first. */
  readonly stretch: Float64Array;
  /** Square roots of the eigenvalues of C. */
  readonly roots: Float64Array;
  /** Eigenvectors of C, in columns. */
  readonly vectors: Float64Array;
}

/** What an eigenvalue becomes that rounding has made negative. */
const LEAST_EIGENVALUE = 1e-8;

/** A distribution with the axes of its covariance; one that rounding has made indefinite is mended. */
export function decomposed(made: Omit<Distribution, 'roots' | 'vectors'>): Distribution {
  const size = made.mean.length;
  const symmetric = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++)
      symmetric[i * size + j] = ((made.covariance[i * size + j] ?? 0) + (made.covariance[j * size + i] ?? 0)) / 2;
  const { values, vectors } = eigen(symmetric, size);
  const isSound = values.every((value) => value > 0);
  const roots = values.map((value) => sqrt(value > 0 ? value : LEAST_EIGENVALUE));
  return { ...made, covariance: isSound ? symmetric : rebuilt(roots, vectors), roots, vectors };
}

function rebuilt(roots: Float64Array, vectors: Float64Array): Float64Array {
  const size = roots.length;
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) {
      let sum = 0;
      for (let k = 0; k < size; k++) {
        const root = roots[k] ?? 0;
        sum += (vectors[i * size + k] ?? 0) * root * root * (vectors[j * size + k] ?? 0);
      }
      matrix[i * size + j] = sum;
    }
  return matrix;
}

/** The distribution of generation 0: round, without a past. */
export function beginning(mean: Float64Array, sigma: number): Distribution {
  const size = mean.length;
  const covariance = new Float64Array(size * size);
  for (let k = 0; k < size; k++) covariance[k * size + k] = 1;
  return {
    generation: 0,
    mean,
    sigma,
    covariance,
    pathSigma: new Float64Array(size),
    pathC: new Float64Array(size),
    stretch: new Float64Array(size).fill(1),
    roots: new Float64Array(size).fill(1),
    vectors: Float64Array.from(covariance),
  };
}

/** C^(-1/2) · vector. */
export function whitened({ roots, vectors }: Distribution, vector: Float64Array): Float64Array {
  const size = roots.length;
  const turned = new Float64Array(size);
  for (let k = 0; k < size; k++) {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += (vectors[i * size + k] ?? 0) * (vector[i] ?? 0);
    turned[k] = sum / (roots[k] ?? 1);
  }
  return product(vectors, turned);
}

/** matrix · vector. */
export function product(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  const result = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let k = 0; k < size; k++) sum += (matrix[i * size + k] ?? 0) * (vector[k] ?? 0);
    result[i] = sum;
  }
  return result;
}

/** Euclidean length. */
export function lengthOf(vector: Float64Array): number {
  let sum = 0;
  for (const each of vector) sum += each * each;
  return sqrt(sum);
}
