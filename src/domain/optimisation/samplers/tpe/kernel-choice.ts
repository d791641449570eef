import { log } from '../../numerics/elementary';
import type { CellKernels } from './kernel';

/**
 * Kernels of a dimension whose choices have no order: 1 / (observations + 1) on each choice, 1 more on the observed one,
 * normalised; the prior is uniform. As Optuna 5.0.0 `parzen_estimator.py`.
 *
 * @param choices how many there are
 * @param observed indices of choices
 */
export function choiceKernels(choices: number, observed: Float64Array, most: Float64Array): CellKernels {
  const prior = observed.length;
  const smoothing = 1 / (prior + 1);
  const sum = 1 + choices * smoothing;
  const miss = smoothing / sum;
  const logHit = log((1 + smoothing) / sum);
  const loss = logHit - log(miss);
  for (let at = 0; at < prior; at++) most[at] = (most[at] ?? 0) + logHit;
  most[prior] = (most[prior] ?? 0) - log(choices);
  return {
    kind: 'cells',
    sift: (coordinate, from, count, kept, least) => {
      let left = 0;
      for (let next = 0; next < count; next++) {
        const at = from.which[next] ?? 0;
        const term = (from.values[next] ?? 0) - (at < prior && observed[at] !== coordinate ? loss : 0);
        if (!(term > least)) continue;
        kept.values[left] = term;
        kept.which[left++] = at;
      }
      return left;
    },
    draw: (component, unit) => {
      if (component === prior) return Math.min(choices - 1, Math.floor(unit * choices));
      // the observed choice has what the others leave
      const cell = Math.floor(unit / miss);
      return cell < choices - 1 ? cell + (cell >= (observed[component] ?? 0) ? 1 : 0) : (observed[component] ?? 0);
    },
  };
}
