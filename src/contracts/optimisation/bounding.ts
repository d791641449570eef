import type { SearchSpace } from './search-space';
import type { TrialColumns } from './suggesting';

/** What a bound is computed of, outside the workflow: a few hundred trials at most. */
export interface RegretInput {
  readonly space: SearchSpace;
  readonly seed: number;
  /** Complete trials of the study. */
  readonly complete: number;
  /** The better half of the trials with an objective, by number. */
  readonly trials: TrialColumns;
  /** How many these are, those that were left out for the cost included. */
  readonly of: number;
  /** Wanted is the median of the bounds by these, too. */
  readonly first?: TrialColumns;
}

/** What came of it; a bound is absent when there is no model. */
export interface RegretAnswer {
  readonly bound?: number;
  readonly median?: number;
}

/** The activity on the queue of the study. A pure function: repeating it is safe. */
export interface RegretActivities {
  boundRegret(input: RegretInput): Promise<RegretAnswer>;
}
