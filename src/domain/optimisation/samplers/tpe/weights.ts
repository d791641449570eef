/** So many of the newest members of a set count in full. */
const FRESH = 25;
const PRIOR = 1;

/**
 * Weights of the components of a mixture, in the order of the trials, the prior's as the last; their sum is 1. All members
 * count the same up to 25; in a larger set the newest 25 count in full and the older ones from 1 / count up to 1: old bad
 * trials fade. As Optuna 5.0.0 `default_weights`; weights follow recency, not rank.
 *
 * @param isEven all members count the same: the good set where there are several objectives
 */
export function mixtureWeights(count: number, isEven = false): Float64Array {
  const faded = isEven ? 0 : Math.max(0, count - FRESH);
  const step = faded > 1 ? (1 - 1 / count) / (faded - 1) : 0;
  const weights = new Float64Array(count + 1).fill(1);
  for (let at = 0; at < faded; at++) weights[at] = 1 / count + at * step;
  weights[count] = PRIOR;
  let sum = 0;
  for (let at = 0; at <= count; at++) sum += weights[at] ?? 0;
  for (let at = 0; at <= count; at++) weights[at] = (weights[at] ?? 0) / sum;
  return weights;
}
