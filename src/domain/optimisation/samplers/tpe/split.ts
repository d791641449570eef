import { frontsOf, type Losses } from '../../pareto/dominance';
import { spreadWithRepeats } from '../../pareto/subset';
import type { Ledger } from './ledger';

const SHARE = 0.1;
/** With one objective the good set is no larger: with more trials it becomes choosier. */
const MOST = 25;

/**
 * How many of `finished` trials make the good set: a tenth, rounded up; with one objective at most 25. As Optuna 5.0.0
 * `default_gamma` and `default_gamma_multiobjective`.
 */
export function goodCount(finished: number, objectives = 1): number {
  const share = Math.ceil(SHARE * finished);
  return objectives > 1 ? share : Math.min(share, MOST);
}

/**
 * The best of trials with several objectives: front by front, and of the front that does not fit whole those that dominate the
 * largest volume together.
 *
 * @param sorted losses in the order of `lexically`, equal ones by trial
 * @param before which of two positions has the earlier trial
 * @returns positions, `count` of them
 * @see Optuna 5.0.0 `_tpe/sampler.py`, `_split_complete_trials_multi_objective`; Ozaki et al. 2022, "Multiobjective
 *   Tree-Structured Parzen Estimator"
 */
export function bestOfSeveral(
  sorted: readonly Losses[],
  count: number,
  before: (a: number, b: number) => number,
): readonly number[] {
  const best: number[] = [];
  for (const front of frontsOf(sorted, count)) {
    const room = count - best.length;
    if (front.length <= room) {
      best.push(...front);
      continue;
    }
    const points = front.map((at) => sorted[at] ?? []);
    const chosen = spreadWithRepeats(points, room, (a, b) => before(front[a] ?? 0, front[b] ?? 0));
    best.push(...chosen.map((place) => front[place] ?? 0));
  }
  return best;
}

/**
 * The good set: the best trials that kept their bounds (with several objectives see `bestOfSeveral`); where there are too few, those that were pruned last, then those that
 * broke their bounds least. Trials that failed do not count, those that are pending are never good (they stand on the other side, as a lie that keeps others away).
 *
 * @returns 1 for each row of the ledger that is good
 * @see Optuna 5.0.0 `_tpe/sampler.py`, `_split_trials`. Ties go to the earlier trial.
 */
export function goodOf(ledger: Ledger): Uint8Array {
  const { ranked, objectives } = ledger;
  const good = new Uint8Array(ranked.length);
  const count = goodCount(ranked.length, objectives);
  for (const row of objectives > 1 ? goodOfSeveral(ledger, count) : ranked.slice(0, count)) good[row] = 1;
  return good;
}

function goodOfSeveral({ ranked, points, broken, prunedAt, numbers }: Ledger, count: number): readonly number[] {
  // behind those that kept their bounds stand the others, from the best to the worst, as with one objective
  const isOther = (row: number): boolean => (broken[row] ?? 0) > 0 || !Number.isNaN(prunedAt[row] ?? NaN);
  const first = ranked.findIndex(isOther);
  const kept = first < 0 ? ranked : ranked.slice(0, first);
  if (count >= kept.length) return ranked.slice(0, count);
  const numberAt = (at: number): number => numbers[kept[at] ?? 0] ?? 0;
  const sorted = kept.map((row) => points[row] ?? []);
  return bestOfSeveral(sorted, count, (a, b) => numberAt(a) - numberAt(b)).map((at) => kept[at] ?? 0);
}
