/**
 * The rule that ends a study when the best trial cannot be much worse than the optimum, as a Gaussian process sees it. One of
 * `error` and `ofMedian` is given, both in units of the objective once they are known.
 */
export interface RegretRule {
  /** The study ends when the bound is below this. Above 0. */
  readonly error?: number;
  /** The same as a share of the median of the bounds that complete trials 11 to 30 gave one after the other. Above 0, at most 1. */
  readonly ofMedian?: number;
  /** Complete trials before the first check, from 2; with `ofMedian` from 30. Default: 20, or 30. */
  readonly startupTrials?: number;
  /** Complete trials from one check to the next. Default 5. */
  readonly every?: number;
}

/** The newest bound on the regret, in units of the objective. */
export interface RegretSeen {
  /** Complete trials when it was computed. */
  readonly trials: number;
  /** Absent when the trials have no model. */
  readonly bound?: number;
  /** Below it the study ends; absent while it is not known. */
  readonly error?: number;
}
