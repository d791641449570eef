import { exp, log } from '../../numerics/elementary';
import type { Fantasies } from './fantasies';
import type { Posterior } from './posterior';
import type { Term, Utility } from './terms';

/** How promising a point is, as a logarithm: to be made large. */
export interface Acquisition {
  value(point: Float64Array): number;
  /** The same, and its gradient into `gradient`; that of a choice is 0. */
  slope(point: Float64Array, gradient: Float64Array): number;
  /** The values of many points, given row by row. */
  values(points: Float64Array, count: number): Float64Array;
}

/** The sum of terms, each of the mean and the variance of a model: nothing is pending. */
export function acquisitionOf(parts: readonly { readonly model: Posterior; readonly term: Term }[]): Acquisition {
  const slopes = new Float64Array(2);
  const valueAt = (point: Float64Array, gradient?: Float64Array): number => {
    let sum = 0;
    gradient?.fill(0);
    for (const { model, term } of parts) {
      model.look(point);
      sum += term(model.mean, model.variance, slopes);
      if (gradient !== undefined) model.pull(slopes[0] ?? 0, slopes[1] ?? 0, gradient);
    }
    return sum;
  };
  return {
    value: (point) => valueAt(point),
    slope: valueAt,
    values: (points, count) => {
      const sums = new Float64Array(count);
      const [means, variances] = [new Float64Array(count), new Float64Array(count)];
      for (const { model, term } of parts) {
        model.lookAtMany(points, count, means, variances);
        for (let at = 0; at < count; at++)
          sums[at] = (sums[at] ?? 0) + term(means[at] ?? 0, variances[at] ?? 0, slopes);
      }
      return sums;
    },
  };
}

/**
 * While trials are pending: the mean, over samples of what they come to, of the best of them and the point. Each is worth the
 * sum of its utilities, one for each model. All in logarithms.
 *
 * @see Ament et al. 2023, arXiv:2310.20708, eq. 10; Optuna 5.0.0 `qLogEI`, `qLogCEI`, with a plain maximum in the place of a
 *   smooth one, as there
 */
export function batchAcquisitionOf(
  parts: readonly { readonly fantasies: Fantasies; readonly utility: Utility }[],
): Acquisition {
  const samples = parts[0]?.fantasies.samples ?? 0;
  const pending = parts[0]?.fantasies.pending ?? 0;
  const slope = new Float64Array(1);
  // the best of what is pending, which no point changes
  const before = Float64Array.from({ length: samples }, (_each, s) => {
    let best = -Infinity;
    for (let r = 0; r < pending; r++) {
      let worth = 0;
      for (const { fantasies, utility } of parts) worth += utility(fantasies.told[s * pending + r] ?? 0, slope);
      best = Math.max(best, worth);
    }
    return best;
  });
  const drawn = parts.map(() => new Float64Array(samples));
  const grown = parts.map(() => new Float64Array(samples));
  const worth = new Float64Array(samples);
  const isBest = new Uint8Array(samples);
  const weights = new Float64Array(samples);

  const valueAt = (point: Float64Array): number => {
    worth.fill(0);
    parts.forEach(({ fantasies, utility }, of) => {
      const values = drawn[of] ?? worth;
      const slopes = grown[of] ?? worth;
      fantasies.look(point, values);
      for (let s = 0; s < samples; s++) {
        worth[s] = (worth[s] ?? 0) + utility(values[s] ?? 0, slope);
        slopes[s] = slope[0] ?? 0;
      }
    });
    let most = -Infinity;
    for (let s = 0; s < samples; s++) {
      isBest[s] = (worth[s] ?? 0) > (before[s] ?? 0) ? 1 : 0;
      if (isBest[s] !== 1) worth[s] = before[s] ?? 0;
      most = Math.max(most, worth[s] ?? 0);
    }
    let sum = 0;
    for (let s = 0; s < samples; s++) {
      weights[s] = exp((worth[s] ?? 0) - most);
      sum += weights[s] ?? 0;
    }
    for (let s = 0; s < samples; s++) weights[s] = isBest[s] === 1 ? (weights[s] ?? 0) / sum : 0;
    return most + log(sum) - log(samples);
  };
  return {
    value: valueAt,
    slope: (point, gradient) => {
      const value = valueAt(point);
      gradient.fill(0);
      parts.forEach(({ fantasies }, of) => {
        const slopes = grown[of] ?? weights;
        for (let s = 0; s < samples; s++) slopes[s] = (slopes[s] ?? 0) * (weights[s] ?? 0);
        fantasies.pull(slopes, gradient);
      });
      return value;
    },
    values: (points, count) => {
      const size = points.length / count;
      return Float64Array.from({ length: count }, (_each, at) => valueAt(points.subarray(at * size, (at + 1) * size)));
    },
  };
}
