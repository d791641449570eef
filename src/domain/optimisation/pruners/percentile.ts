import type { PercentileOptions } from '../../../contracts/optimisation/pruning';
import { percentile as percentileOf } from '../numerics/percentile';
import { isLookedAt } from './interval';
import { bestOf, lastStep, ruling, type Curve, type Pruner } from './pruner';

/** The value of a trial at a step. */
function valueAt({ steps, values }: Curve, step: number): number | undefined {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle] ?? Infinity) < step) low = middle + 1;
    else high = middle;
  }
  return steps[low] === step ? values[low] : undefined;
}

/**
 * Prunes a trial whose best value so far is worse than a percentile of what the complete trials had at this very step. One
 * that has reported nothing but NaN is pruned; steps that no complete trial reported prune nothing.
 *
 * @param percent 0 to 100: so many of the complete trials are good enough; 50 is the median
 * @see Golovin et al. 2017, "Google Vizier" (median stopping); Optuna 5.0.0 `PercentilePruner`, whose decisions these are. We
 *   differ: complete trials are compared with as far back as the study keeps their reports
 */
export function percentilePruner(percent: number, options: PercentileOptions): Pruner {
  const { startupTrials = 5, minTrials = 1 } = options;
  return {
    judge: ({ curve }, { completed, curves, direction }) => {
      const step = lastStep(curve);
      if (step === undefined || completed === 0 || completed < startupTrials || !isLookedAt(curve, options))
        return ruling(false);
      const best = bestOf(curve.values, direction);
      if (Number.isNaN(best)) return ruling(true);
      const theirs = curves.flatMap((each) => valueAt(each, step) ?? []);
      if (theirs.length < minTrials) return ruling(false);
      const least = percentileOf(theirs, direction === 'minimise' ? percent : 100 - percent);
      return ruling(direction === 'minimise' ? best > least : best < least);
    },
  };
}
