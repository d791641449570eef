import type { PatientPruner } from '../../../contracts/optimisation/pruning';
import { bestOf, ruling, type Pruner } from './pruner';

/**
 * Lets another pruner judge only a trial that has not improved for a while: the best of its newest `patience` + 1 reports is
 * worse, by more than `minDelta`, than the best before. Without another that is enough to prune it.
 *
 * @see Optuna 5.0.0 `PatientPruner`, whose decisions these are: NaN is no value, and prunes nothing by itself
 */
export function patientPruner({ patience, minDelta = 0 }: Omit<PatientPruner, 'kind' | 'of'>, of?: Pruner): Pruner {
  return {
    judge: (trial, peers) => {
      const { values } = trial.curve;
      // with too few reports there is no value before, and what is compared with NaN is never worse
      const before = bestOf(values.slice(0, -patience - 1), peers.direction);
      const since = bestOf(values.slice(-patience - 1), peers.direction);
      const isWorse = peers.direction === 'minimise' ? before + minDelta < since : before - minDelta > since;
      if (!isWorse) return ruling(false);
      return of === undefined ? ruling(true) : of.judge(trial, peers);
    },
    ...(of?.nextRung === undefined ? {} : { nextRung: of.nextRung.bind(of) }),
    ...(of?.resourceOf === undefined ? {} : { resourceOf: of.resourceOf.bind(of) }),
  };
}
