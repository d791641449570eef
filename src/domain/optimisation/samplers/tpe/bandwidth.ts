// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { max, min } = Math;

/** Where the kernels of a line stand and how wide they are; the last is the prior. */
export interface Bandwidths {
  readonly places: Float64Array;
  readonly sigmas: Float64Array;
}

/**
 * Bandwidths by the gaps to the neighbours: the larger of the gaps to the left and to the right; the outermost ones use their
 * inner gap alone, a single one the gaps to the ends of the line. "Magic clip": not below
 * range / min(100, observations + 2), not above the range. The prior stands in the middle, is as wide as the range, and
 * takes no part in the gaps.
 *
 * As Optuna 5.0.0 `parzen_estimator.py`, in one and in many dimensions (Optuna 4 and Falkner et al. 2018 used Scott's rule
 * in many). Equal observations keep the order of their trials: Optuna leaves that order to an unstable sort.
 *
 * @param low, high ends of the line
 * @param observed places in the order of their trials
 * @param order positions of the observations, ascending by place
 */
export function bandwidths(low: number, high: number, observed: Float64Array, order: Int32Array): Bandwidths {
  const count = observed.length;
  const range = high - low;
  const least = range / min(100, count + 2);
  const places = new Float64Array(count + 1);
  const sigmas = new Float64Array(count + 1);
  places.set(observed);
  const last = count - 1;
  let here = observed[order[0] ?? 0] ?? low;
  // the ends of the line are neighbours of a single observation alone
  let left = count === 1 ? here - low : 0;
  for (let at = 0; at < count; at++) {
    const after = at < last ? (observed[order[at + 1] ?? 0] ?? high) : count === 1 ? high : here;
    const right = after - here;
    const gap = max(left, right);
    sigmas[order[at] ?? 0] = min(range, max(least, gap));
    left = right;
    here = after;
  }
  places[count] = 0.5 * (low + high);
  sigmas[count] = range;
  return { places, sigmas };
}
