import { cholesky, solveLower, solveUpper } from '../../numerics/cholesky';
import { addSlopes, columnsOf, covariances } from './kernel';
import type { Posterior } from './posterior';
import { STABILISING } from './terms';

// Looked up once: these are inner loops.
const { max, sqrt } = Math;

/** What pending trials may come to, so many times over, and what a point would be worth each time. */
export interface Fantasies {
  readonly samples: number;
  readonly pending: number;
  /** What the pending trials come to, row by row: a sample each. */
  readonly told: Float64Array;
  /** What the point comes to: one number for each sample. */
  look(point: Float64Array, into: Float64Array): void;
  /** Adds to `gradient` what a function of these numbers has that grows by `weights`; of the point that was looked at. */
  pull(weights: Float64Array, gradient: Float64Array): void;
}

/**
 * Joint draws of the posterior at pending points and one more: mean + L · normal, where L is the factor of their covariance,
 * extended by the row of the point. The normals are given, so a draw is a smooth function of the point.
 *
 * @param pending places, row by row
 * @param normals standard normal numbers, row by row: for each sample one for each pending point, then one for the point
 * @returns `undefined` when the covariance has no factor
 * @see Wilson et al. 2017, arXiv:1712.00424; Balandat et al. 2020; Optuna 5.0.0 `ConditionalGPRegressor`
 */
export function fantasiesOf(
  posterior: Posterior,
  pending: { readonly rows: number; readonly at: Float64Array },
  normals: { readonly samples: number; readonly of: Float64Array },
): Fantasies | undefined {
  const { places, params } = posterior;
  const { dimensions, isChoice, rows } = places;
  const { inverseSquares } = params;
  const { rows: count, at } = pending;
  const columns = columnsOf({ rows: count, dimensions, at, isChoice });
  const { samples, of: normal } = normals;
  const vector = (): Float64Array => new Float64Array(count);
  const [shared, slopes, byShared] = [vector(), vector(), vector()];
  // columns: what the trials say of each pending point, C⁻¹ k
  const said = Array.from({ length: count }, () => new Float64Array(rows));
  const means = new Float64Array(count);
  const covariance = new Float64Array(count * count);
  const nears = said.map((column, r) => {
    posterior.look(at.subarray(r * dimensions, (r + 1) * dimensions));
    means[r] = posterior.mean;
    column.set(posterior.near);
    posterior.solve(column);
    return Float64Array.from(posterior.near);
  });
  for (let r = 0; r < count; r++) {
    covariances(columns, params, { of: at, from: r * dimensions, count }, { values: shared, slopes });
    for (let q = 0; q <= r; q++) {
      let left = shared[q] ?? 0;
      for (let j = 0; j < rows; j++) left -= (said[r]?.[j] ?? 0) * (nears[q]?.[j] ?? 0);
      covariance[r * count + q] = r === q ? max(0, left) + STABILISING : left;
    }
  }
  const factor = new Float64Array(count * count);
  if (!cholesky(covariance, count, factor)) return undefined;
  const told = new Float64Array(samples * count);
  const width = count + 1;
  for (let s = 0; s < samples; s++)
    for (let r = 0; r < count; r++) {
      let sum = means[r] ?? 0;
      for (let q = 0; q <= r; q++) sum += (factor[r * count + q] ?? 0) * (normal[s * width + q] ?? 0);
      told[s * count + r] = sum;
    }

  const more = new Float64Array(rows);
  let deviation = 0;
  let point: Float64Array = new Float64Array(dimensions);
  return {
    samples,
    pending: count,
    told,
    look(given, into) {
      point = given;
      posterior.look(given);
      const { near, mean, variance } = posterior;
      covariances(columns, params, { of: given, from: 0, count }, { values: shared, slopes });
      for (let r = 0; r < count; r++) {
        let left = shared[r] ?? 0;
        const column = said[r] ?? near;
        for (let j = 0; j < rows; j++) left -= (column[j] ?? 0) * (near[j] ?? 0);
        shared[r] = left;
      }
      solveLower(factor, count, shared);
      let explained = 0;
      for (let r = 0; r < count; r++) explained += (shared[r] ?? 0) ** 2;
      deviation = sqrt(max(0, variance + STABILISING - explained));
      for (let s = 0; s < samples; s++) {
        let sum = mean + deviation * (normal[s * width + count] ?? 0);
        for (let r = 0; r < count; r++) sum += (shared[r] ?? 0) * (normal[s * width + r] ?? 0);
        into[s] = sum;
      }
    },
    pull(weights, gradient) {
      let [byMean, byDeviation] = [0, 0];
      byShared.fill(0);
      for (let s = 0; s < samples; s++) {
        const weight = weights[s] ?? 0;
        if (weight === 0) continue;
        byMean += weight;
        byDeviation += weight * (normal[s * width + count] ?? 0);
        for (let r = 0; r < count; r++) byShared[r] = (byShared[r] ?? 0) + weight * (normal[s * width + r] ?? 0);
      }
      const byVariance = deviation > 0 ? byDeviation / (2 * deviation) : 0;
      for (let r = 0; r < count; r++) byShared[r] = (byShared[r] ?? 0) - 2 * byVariance * (shared[r] ?? 0);
      solveUpper(factor, count, byShared);
      more.fill(0);
      for (let r = 0; r < count; r++) {
        const weight = byShared[r] ?? 0;
        const column = said[r] ?? more;
        for (let j = 0; j < rows; j++) more[j] = (more[j] ?? 0) - weight * (column[j] ?? 0);
        byShared[r] = weight * (slopes[r] ?? 0);
      }
      addSlopes(columns, inverseSquares, point, byShared, gradient);
      posterior.pull(byMean, byVariance, gradient, more);
    },
  };
}
