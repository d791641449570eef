import type { HyperbandOptions } from '../../../contracts/optimisation/pruning';
import { crc32 } from '../numerics/crc32';
import { halvingPruner } from './halving';
import { lastStep, ruling, type Peers, type Pruner } from './pruner';

/** Brackets with `resource` steps at most: as many as there are whole powers of the factor between least and most, and one. */
function bracketCount(least: number, most: number, factor: number): number {
  let count = 1;
  for (let step = least * factor; step <= most; step *= factor) count += 1;
  return count;
}

/** How trials are shared among so many brackets. */
function sharesOf(count: number, factor: number): readonly number[] {
  return Array.from({ length: count }, (_each, bracket) => {
    const left = count - 1 - bracket;
    return Math.ceil((count * factor ** left) / (left + 1));
  });
}

/** The bracket of a trial: dealt by name of the study and number, so that nobody has to remember it. */
function bracketOf(study: string, number: number, shares: readonly number[]): number {
  const total = shares.reduce((sum, share) => sum + share, 0);
  // the trials of Optuna count from 0
  let left = crc32(`${study}_${String(number - 1)}`) % total;
  return shares.findIndex((share) => (left -= share) < 0);
}

/**
 * Hyperband: trials are dealt to brackets, each successive halving with a first rung that comes later.
 *
 * @see Li et al. 2018, "Hyperband"; Optuna 5.0.0 `HyperbandPruner`, whose decisions these are. We differ: brackets are counted
 *   in whole numbers, where Optuna's logarithm loses one (factor 3, 1 to 243 steps: 6, not 5); the sampler learns from all
 *   trials, not from those of the bracket
 */
export function hyperbandPruner(options: HyperbandOptions): Pruner {
  const { minResource = 1, maxResource = 'auto', reductionFactor = 3, bootstrapCount = 0 } = options;
  const brackets = new Map<number, Pruner>();
  const mostOf = ({ memory, longest }: Peers): number | undefined =>
    maxResource === 'auto' ? (memory.resource ?? (longest === undefined ? undefined : longest + 1)) : maxResource;
  const prunerOf = (number: number, peers: Peers): Pruner | undefined => {
    const most = mostOf(peers);
    if (most === undefined) return undefined;
    const shares = sharesOf(bracketCount(minResource, most, reductionFactor), reductionFactor);
    const bracket = bracketOf(peers.study, number, shares);
    const known = brackets.get(bracket);
    if (known !== undefined) return known;
    const more = { minResource, reductionFactor, bootstrapCount, minEarlyStoppingRate: bracket };
    const pruner = halvingPruner(more, String(bracket));
    brackets.set(bracket, pruner);
    return pruner;
  };
  return {
    judge: (trial, peers) => {
      const pruner = lastStep(trial.curve) === undefined ? undefined : prunerOf(trial.number, peers);
      if (pruner === undefined) return ruling(false);
      const { stop, learnt } = pruner.judge(trial, peers);
      const resource = maxResource === 'auto' ? mostOf(peers) : undefined;
      if (resource === undefined || resource === peers.memory.resource)
        return { stop, ...(learnt === undefined ? {} : { learnt }) };
      const { memory, reached } = learnt ?? { memory: peers.memory, reached: trial.reached };
      return { stop, learnt: { memory: { ...memory, resource }, reached } };
    },
    nextRung: (trial, peers) => prunerOf(trial.number, peers)?.nextRung?.(trial, peers),
  };
}
