import type { Ledger } from './ledger';

const SHARE = 0.1;
/** The good set is no larger: with more trials it becomes choosier. */
const MOST = 25;

/** How many of `finished` trials make the good set: a tenth, rounded up, at most 25. As Optuna 5.0.0 `default_gamma`. */
export function goodCount(finished: number): number {
  return Math.min(Math.ceil(SHARE * finished), MOST);
}

/**
 * The good set: the best trials that kept their bounds; where there are too few, those that were pruned last, then those that
 * broke their bounds least. Trials that failed do not count, those that are pending are never good (they stand on the other side, as a lie that keeps others away).
 *
 * @returns 1 for each row of the ledger that is good
 * @see Optuna 5.0.0 `_tpe/sampler.py`, `_split_trials`. Ties go to the earlier trial.
 */
export function goodOf({ ranked }: Ledger): Uint8Array {
  const good = new Uint8Array(ranked.length);
  for (const row of ranked.slice(0, goodCount(ranked.length))) good[row] = 1;
  return good;
}
