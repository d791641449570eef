import type { HyperbandOptions } from '../../../contracts/optimisation/pruning';
import { crc32 } from '../numerics/crc32';
import { halvingPruner } from './halving';
import { ruling, type Peers, type Pruner } from './pruner';

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
 *   in whole numbers, where Optuna's logarithm loses one (factor 3, 1 to 243 steps: 6, not 5); `auto` as for `halvingPruner`
 */
export function hyperbandPruner(options: HyperbandOptions): Pruner {
  const { minResource = 1, maxResource = 'auto', reductionFactor = 3, bootstrapCount = 0 } = options;
  const brackets = new Map<number, Pruner>();
  /** Who was dealt what, of the study and the resource that were asked about last: only to save work. */
  let deal = { study: '', most: 0, shares: [] as readonly number[], brackets: new Map<number, number>() };
  const dealt = (number: number, { study, memory }: Pick<Peers, 'study' | 'memory'>): number | undefined => {
    const most = maxResource === 'auto' ? memory.resource : maxResource;
    if (most === undefined) return undefined;
    if (deal.study !== study || deal.most !== most) {
      const shares = sharesOf(bracketCount(minResource, most, reductionFactor), reductionFactor);
      deal = { study, most, shares, brackets: new Map() };
    }
    const bracket = deal.brackets.get(number) ?? bracketOf(study, number, deal.shares);
    deal.brackets.set(number, bracket);
    return bracket;
  };
  const prunerOf = (number: number, peers: Peers): Pruner | undefined => {
    const bracket = dealt(number, peers);
    if (bracket === undefined) return undefined;
    const known = brackets.get(bracket);
    if (known !== undefined) return known;
    const more = { minResource, reductionFactor, bootstrapCount, minEarlyStoppingRate: bracket };
    const pruner = halvingPruner(more, String(bracket));
    brackets.set(bracket, pruner);
    return pruner;
  };
  return {
    judge: (trial, peers) => {
      const pruner = prunerOf(trial.number, peers);
      return pruner === undefined ? ruling(false) : pruner.judge(trial, peers);
    },
    nextRung: (trial, peers) => prunerOf(trial.number, peers)?.nextRung?.(trial, peers),
    resourceOf: (step) => (maxResource === 'auto' ? step + 1 : undefined),
    // before anybody knows how many there are, all trials are of the first
    bracketOf: (number, peers) => dealt(number, peers) ?? 0,
  };
}
