import type { WilcoxonOptions } from '../../../contracts/optimisation/pruning';
import { signedRank } from '../numerics/signed-rank';
import { ruling, type Pruner } from './pruner';

const isFinite = (values: readonly number[]): boolean => values.every((value) => Number.isFinite(value));

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Prunes a trial that is worse than the best one on the steps that both have, by a one-sided signed-rank test, and not better in
 * the mean. For objectives that are means over steps, such as folds or prompts, reported in any order of them that is the same
 * for all trials. Reports that are not finite, on either side, prune nothing.
 *
 * @see Optuna 5.0.0 `WilcoxonPruner`, whose decisions these are; "best" is the best trial that keeps all bounds
 */
export function wilcoxonPruner({ pThreshold = 0.1, startupSteps = 2 }: WilcoxonOptions): Pruner {
  return {
    judge: ({ curve }, { best, direction }) => {
      if (best === undefined || best.steps.length === 0 || curve.steps.length === 0) return ruling(false);
      if (!isFinite(curve.values) || !isFinite(best.values)) return ruling(false);
      const theirs = new Map(best.steps.map((step, at) => [step, best.values[at] ?? 0]));
      const sign = direction === 'minimise' ? 1 : -1;
      const differences = curve.steps.flatMap((step, at) => {
        const other = theirs.get(step);
        return other === undefined ? [] : [sign * ((curve.values[at] ?? 0) - other)];
      });
      if (differences.length < Math.max(2, startupSteps)) return ruling(false);
      const isBest = sign * (mean(best.values) - mean(curve.values)) >= 0;
      return ruling(!isBest && signedRank(differences) < pThreshold);
    },
  };
}
