import { RUNG_VALUES, type HalvingOptions } from '../../../contracts/optimisation/pruning';
import { decoded, encoded } from './curve';
import { lastStep, ruling, type Peers, type Pruner } from './pruner';

/** Steps of the longest complete trial over steps to the first rung, when nobody says otherwise. */
const AUTO_SHARE = 100;

/** Whether a value is good enough for the next rung among those that reached this one, itself included. */
function isPromoted(value: number, competing: readonly number[], factor: number, isMinimised: boolean): boolean {
  const sorted = [...competing].sort((a, b) => (isMinimised ? a - b : b - a));
  // of the first few that reach a rung only the best goes on, for none can wait for the others
  const last = sorted[Math.max(Math.floor(sorted.length / factor) - 1, 0)] ?? NaN;
  return isMinimised ? value <= last : value >= last;
}

/**
 * Successive halving without waiting (ASHA): at rung k, after minResource · reductionFactor^(rate + k) steps, a trial goes on when
 * it is among the best 1 / reductionFactor of all that have reached the rung. NaN at a rung is pruned.
 *
 * @param bracket names the rungs; trials of one bracket compete
 * @see Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning"; Optuna 5.0.0 `SuccessiveHalvingPruner`, whose
 *   decisions these are: it stops and never resumes. We differ: a trial competes with the newest RUNG_VALUES of its rung;
 *   `auto` is fixed by the first trial that completes, not by the longest of those that are complete when one is first judged
 */
export function halvingPruner(options: HalvingOptions, bracket = '0'): Pruner {
  const { minResource = 'auto', reductionFactor = 4, minEarlyStoppingRate = 0, bootstrapCount = 0 } = options;
  const resourceOf = (peers: Peers): number | undefined =>
    minResource === 'auto' ? peers.memory.resource : minResource;
  const rungAt = (resource: number, reached: number): number =>
    resource * reductionFactor ** (minEarlyStoppingRate + reached);
  return {
    judge: ({ curve, reached: before }, peers) => {
      const step = lastStep(curve);
      const resource = resourceOf(peers);
      if (step === undefined || resource === undefined) return ruling(false);
      const value = curve.values.at(-1) ?? NaN;
      const isMinimised = peers.direction === 'minimise';
      let { memory } = peers;
      let reached = before;
      while (step >= rungAt(resource, reached)) {
        if (Number.isNaN(value)) return { stop: true, learnt: { memory, reached } };
        const name = `${bracket}/${String(reached)}`;
        const values = [...(memory.rungs[name] ?? []), encoded(value) as number];
        memory = { ...memory, rungs: { ...memory.rungs, [name]: values.slice(-RUNG_VALUES) } };
        reached += 1;
        const isEarly = values.length <= bootstrapCount;
        if (isEarly || !isPromoted(value, values.map(decoded), reductionFactor, isMinimised))
          return { stop: true, learnt: { memory, reached } };
      }
      return reached > before ? { stop: false, learnt: { memory, reached } } : ruling(false);
    },
    nextRung: ({ reached }, peers) => {
      const resource = resourceOf(peers);
      return resource === undefined ? undefined : rungAt(resource, reached);
    },
    resourceOf: (step) => (minResource === 'auto' ? Math.max(Math.floor(step / AUTO_SHARE), 1) : undefined),
  };
}
