import { exp, log } from '../../numerics/elementary';
import type { Fantasies } from './fantasies';
import type { Posterior } from './posterior';
import type { Term, Utility } from './terms';

/** How promising a point is, as a logarithm: to be made large. */
export interface Acquisition {
  value(point: Float64Array): number;
  /** The same, and its gradient into `gradient`; that of a choice is 0. */
  slope(point: Float64Array, gradient: Float64Array): number;
  /** The values of many points, given row by row; of those that are hopeless beside the best ones -Infinity. */
  values(points: Float64Array, count: number): Float64Array;
}

interface Part {
  readonly model: Posterior;
  readonly term: Term;
  /** Of two points with the same mean that with the larger variance has more. */
  readonly rises?: boolean;
}

/** The sum of terms, each of the mean and the variance of a model: nothing is pending. */
export function acquisitionOf(parts: readonly Part[]): Acquisition {
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
      const [only] = parts;
      if (parts.length === 1 && only?.rises === true) return bestOf(only, points, count);
      const sums = new Float64Array(count);
      for (const { model, term } of parts) {
        const { means, variances, settle } = model.survey(points, count);
        for (let at = 0; at < count; at += 4) settle([at, at + 1, at + 2, at + 3]);
        for (let at = 0; at < count; at++)
          sums[at] = (sums[at] ?? 0) + term(means[at] ?? 0, variances[at] ?? 0, slopes);
      }
      return sums;
    },
  };
}

/** So many points are told apart; a point so far below the last of them is not drawn in 10^16 years. */
const RANKED = 64;
const HOPELESS = 40;

/**
 * The values of the points that may count. A term that rises with the variance is at most what it is at a bound of the variance:
 * from the largest bound on, until what follows is hopeless. All others are -Infinity.
 */
function bestOf({ model, term }: Part, points: Float64Array, count: number): Float64Array {
  const slopes = new Float64Array(2);
  const { means, variances, settle } = model.survey(points, count);
  const valueAt = (at: number): number => term(means[at] ?? 0, variances[at] ?? 0, slopes);
  const bounds = Float64Array.from({ length: count }, (_each, at) => valueAt(at));
  const order = Int32Array.from(bounds, (_each, at) => at).sort((a, b) => (bounds[b] ?? 0) - (bounds[a] ?? 0));
  const values = new Float64Array(count).fill(-Infinity);
  const ranked: number[] = [];
  for (let next = 0; next < count; next += 4) {
    const [a = 0, b = a, c = a, d = a] = order.subarray(next, next + 4);
    if ((bounds[a] ?? 0) < (ranked[RANKED - 1] ?? -Infinity) - HOPELESS) break;
    settle([a, b, c, d]);
    for (const at of order.subarray(next, next + 4)) {
      const value = valueAt(at);
      values[at] = value;
      const place = ranked.findIndex((each) => each < value);
      ranked.splice(place < 0 ? ranked.length : place, 0, value);
    }
    ranked.length = Math.min(ranked.length, RANKED);
  }
  return values;
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
