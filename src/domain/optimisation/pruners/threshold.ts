import type { ThresholdOptions } from '../../../contracts/optimisation/pruning';
import { isLookedAt } from './interval';
import { ruling, type Pruner } from './pruner';

/**
 * Prunes a trial whose newest value lies outside bounds, or is NaN.
 *
 * @see Optuna 5.0.0 `ThresholdPruner`, whose decisions these are
 */
export function thresholdPruner({ lower = -Infinity, upper = Infinity, ...steps }: ThresholdOptions): Pruner {
  return {
    judge: ({ curve }) => {
      if (!isLookedAt(curve, steps)) return ruling(false);
      const value = curve.values.at(-1) ?? NaN;
      return ruling(Number.isNaN(value) || value < lower || value > upper);
    },
  };
}
