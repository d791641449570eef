import { cholesky, invertLower, solveLower, solveUpper, squareOfUpper } from '../../numerics/cholesky';
import { exp, log } from '../../numerics/elementary';
import type { Sloped } from '../../numerics/lbfgs';
import { columnsOf, covariances, type Columns, type KernelParams, type Places } from './kernel';

/** Noise has at least this variance. */
export const LEAST_NOISE = 1e-6;

/** Parameters as they are fitted: logarithms of inverse squares, of the scale, and of the noise above its least. */
export function paramsOf(raw: Float64Array): KernelParams {
  const size = raw.length - 2;
  return {
    inverseSquares: raw.slice(0, size).map(exp),
    scale: exp(raw[size] ?? 0),
    noise: exp(raw[size + 1] ?? 0) + LEAST_NOISE,
  };
}

/**
 * Minus the logarithm of the priors, which also adds its slopes by the parameters (not by their logarithms): the inverse
 * squares are drawn to 1 from both sides, the scale is Gamma(2, 1), the noise Gamma(1.1, 30). As Optuna, whose source calls
 * them heuristics.
 */
function priorLoss({ inverseSquares, scale, noise }: KernelParams, slopes: Float64Array): number {
  const size = inverseSquares.length;
  let loss = -(log(scale) - scale) - (0.1 * log(noise) - 30 * noise);
  slopes[size] = (slopes[size] ?? 0) - (1 / scale - 1);
  slopes[size + 1] = (slopes[size + 1] ?? 0) - (0.1 / noise - 30);
  for (let k = 0; k < size; k++) {
    const each = inverseSquares[k] ?? 1;
    loss += 0.1 / each + 0.1 * each;
    slopes[k] = (slopes[k] ?? 0) + 0.1 - 0.1 / (each * each);
  }
  return loss;
}

/** sum of weights[j] · (squared distance of rows i and j along a dimension) over j < i. */
function weighted({ columns, isChoice }: Columns, k: number, i: number, weights: Float64Array): number {
  const column = columns[k] ?? weights;
  const x = column[i] ?? 0;
  let sum = 0;
  if (isChoice[k] === 1) {
    for (let j = 0; j < i; j++) if (column[j] !== x) sum += weights[j] ?? 0;
    return sum;
  }
  for (let j = 0; j < i; j++) {
    const apart = x - (column[j] ?? 0);
    sum += (weights[j] ?? 0) * apart * apart;
  }
  return sum;
}

/**
 * Minus the logarithm of likelihood (without its constant) and priors as a function of the raw parameters, with its gradient:
 * 1/2 tr(C⁻¹ dC) - 1/2 αᵀ dC α. O(n³) for each evaluation; its matrices are made once.
 *
 * @param y standardised, to be maximised; one for each row
 * @returns a function that is Infinity where the covariance has no factor
 */
export function lossOf(places: Places, y: Float64Array): Sloped {
  const { rows, dimensions, at } = places;
  const columns = columnsOf(places);
  const square = (): Float64Array => new Float64Array(rows * rows);
  const [covariance, slopes, factor, inverse, inverseSquare] = [square(), square(), square(), square(), square()];
  const alpha = new Float64Array(rows);
  const weights = new Float64Array(rows);
  const row = { values: new Float64Array(rows), slopes: new Float64Array(rows) };
  const by = new Float64Array(dimensions + 2);

  const fill = (params: KernelParams): void => {
    for (let i = 0; i < rows; i++) {
      covariances(columns, params, { of: at, from: i * dimensions, count: i }, row);
      covariance.set(row.values.subarray(0, i), i * rows);
      slopes.set(row.slopes.subarray(0, i), i * rows);
      covariance[i * rows + i] = params.scale + params.noise;
    }
  };

  /** Sums of (C⁻¹ - α αᵀ) · dC over the pairs, by parameter. */
  const sum = ({ scale }: KernelParams): void => {
    let [byScale, byNoise] = [0, 0];
    for (let i = 0; i < rows; i++) {
      const own = alpha[i] ?? 0;
      const from = i * rows;
      for (let j = 0; j < i; j++) {
        const weight = (inverseSquare[from + j] ?? 0) - own * (alpha[j] ?? 0);
        byScale += weight * (covariance[from + j] ?? 0);
        weights[j] = weight * (slopes[from + j] ?? 0);
      }
      byNoise += 0.5 * ((inverseSquare[from + i] ?? 0) - own * own);
      for (let k = 0; k < dimensions; k++) by[k] = (by[k] ?? 0) + weighted(columns, k, i, weights);
    }
    by[dimensions] = byScale / scale + byNoise;
    by[dimensions + 1] = byNoise;
  };

  return (raw, gradient) => {
    const params = paramsOf(raw);
    const { inverseSquares, scale, noise } = params;
    fill(params);
    if (!cholesky(covariance, rows, factor)) {
      gradient.fill(0);
      return Infinity;
    }
    alpha.set(y);
    solveLower(factor, rows, alpha);
    let loss = 0;
    for (let i = 0; i < rows; i++) loss += 0.5 * (alpha[i] ?? 0) ** 2 + log(factor[i * rows + i] ?? 1);
    solveUpper(factor, rows, alpha);
    invertLower(factor, rows, inverse);
    squareOfUpper(inverse, rows, inverseSquare);
    by.fill(0);
    sum(params);
    loss += priorLoss(params, by);
    for (let k = 0; k < dimensions; k++) gradient[k] = (by[k] ?? 0) * (inverseSquares[k] ?? 0);
    gradient[dimensions] = (by[dimensions] ?? 0) * scale;
    gradient[dimensions + 1] = (by[dimensions + 1] ?? 0) * (noise - LEAST_NOISE);
    return loss;
  };
}
