import type { PruningSteps } from '../../../contracts/optimisation/pruning';
import type { Curve } from './pruner';

/**
 * Whether a pruner looks after the newest report: it is the first at or after the last step at which it looks.
 *
 * @see Optuna 5.0.0 `pruners/_percentile.py`, `_is_first_in_interval_step`
 */
export function isLookedAt({ steps }: Curve, { warmupSteps = 0, intervalSteps = 1 }: PruningSteps): boolean {
  const step = steps.at(-1);
  if (step === undefined || step < warmupSteps) return false;
  const look = Math.floor((step - warmupSteps) / intervalSteps) * intervalSteps + warmupSteps;
  return (steps.at(-2) ?? -1) < look;
}
