import type { HalvingOptions } from '../../../contracts/optimisation/pruning';
import { MAX_TRIALS } from '../../../contracts/optimisation/study';
import { decoded, encoded } from './curve';
import { lastStep, ruling, type Memory, type Pruner, type Standing } from './pruner';

const FACTOR = 4;

/** How many of those that have reached a rung may be above it. */
function quotaOf({ count }: Standing, factor: number): number {
  return Math.floor(count / factor);
}

/** The rung with one trial more, in its place; NaN stands nowhere, but counts. Equal ones stand by number. */
function arrived(before: Standing | undefined, trial: number, loss: number, factor: number): Standing {
  const { count, losses, trials } = before ?? { count: 0, losses: [], trials: [] };
  if (Number.isNaN(loss)) return { count: count + 1, losses, trials };
  const isBefore = (at: number): boolean => {
    const other = decoded(losses[at] ?? 'NaN');
    return other < loss || (other === loss && (trials[at] ?? 0) < trial);
  };
  let [from, to] = [0, losses.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (isBefore(middle)) from = middle + 1;
    else to = middle;
  }
  // who stands behind all that may ever be above the rung never goes on
  const most = Math.floor(MAX_TRIALS / factor);
  return {
    count: count + 1,
    losses: [...losses.slice(0, from), encoded(loss) as number, ...losses.slice(from)].slice(0, most),
    trials: [...trials.slice(0, from), trial, ...trials.slice(from)].slice(0, most),
  };
}

/** Where a trial stands among those that have reached its rung, as a share: the smaller the better, 1 for one that never goes on. */
export function shareOf({ standings = {} }: Memory, rung: number, trial: number): number {
  const standing = standings[rung];
  const place = standing?.trials.indexOf(trial) ?? -1;
  return standing === undefined || place < 0 ? 1 : place / standing.count;
}

/**
 * Who goes on next: from the highest rung down the best of those that wait there, when it is among the best 1 / reductionFactor
 * of all that have reached the rung. One that goes on waits no more, so nobody is promoted twice from a rung.
 *
 * @param rungOf the rung at which a trial waits; nothing for one that does not
 * @see Li et al. 2020, arXiv:1810.05934, algorithm 2, `get_job`
 */
export function nextPromotion(
  { reductionFactor = FACTOR }: HalvingOptions,
  { standings = {} }: Memory,
  rungOf: (trial: number) => number | undefined,
): number | undefined {
  const rungs = Object.keys(standings).map(Number);
  for (const rung of rungs.sort((a, b) => b - a)) {
    const standing = standings[rung];
    if (standing === undefined) continue;
    const best = standing.trials.slice(0, quotaOf(standing, reductionFactor));
    const found = best.find((trial) => rungOf(trial) === rung);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * ASHA as published: at rung k, after minResource · reductionFactor^(rate + k) steps, a trial goes on at once when it is among the
 * best ⌊n / reductionFactor⌋ of the n that have reached the rung; else it waits, and `nextPromotion` says when it goes on. NaN at a
 * rung is pruned, and counts among the n.
 *
 * @see Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning", algorithm 2. We differ: there each trial ends its job
 *   at a rung, here one that would be the next to go on does so without a break, which gives the same jobs
 */
export function promotingPruner(options: HalvingOptions): Pruner {
  const { minResource, reductionFactor = FACTOR, minEarlyStoppingRate = 0, maxResource = Infinity } = options;
  const least = typeof minResource === 'number' ? minResource : Infinity;
  const rungAt = (rung: number): number => {
    const step = least * reductionFactor ** (minEarlyStoppingRate + rung);
    return step < maxResource ? step : Infinity;
  };
  return {
    judge: ({ number, curve, reached: before }, { memory: known, direction }) => {
      const step = lastStep(curve);
      if (step === undefined) return ruling(false);
      const value = curve.values.at(-1) ?? NaN;
      const loss = direction === 'minimise' ? value : -value;
      let memory = known;
      let reached = before;
      while (step >= rungAt(reached)) {
        const standing = arrived(memory.standings?.[reached], number, loss, reductionFactor);
        memory = { ...memory, standings: { ...memory.standings, [reached]: standing } };
        reached += 1;
        if (Number.isNaN(loss)) return { stop: true, learnt: { memory, reached } };
        const place = standing.trials.indexOf(number);
        if (place < 0 || place >= quotaOf(standing, reductionFactor))
          return { stop: true, waits: true, learnt: { memory, reached } };
      }
      return reached > before ? { stop: false, learnt: { memory, reached } } : ruling(false);
    },
    nextRung: ({ reached }) => {
      const rung = rungAt(reached);
      return Number.isFinite(rung) ? rung : undefined;
    },
  };
}
