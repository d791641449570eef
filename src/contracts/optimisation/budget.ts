import type { RegretRule } from './regret';

/**
 * What a study may use, each part exact (STU-4): a trial is asked for only when all of them have room for it. Money is in a
 * unit of the user's, to a millionth.
 */
export interface StudyBudget {
  /** This many trials reach a terminal state. 1 to MAX_TRIALS. */
  readonly trials: number;
  /** From the first trial on, pauses not counted: afterwards no new trial is asked for. 1 to MAX_SECONDS. */
  readonly seconds?: number;
  /** What all trials may cost. Comes with `costPerTrial`. Up to MAX_COST. */
  readonly cost?: number;
  /** The most that one trial may cost, its attempts together: so much is set aside when it is asked for. */
  readonly costPerTrial?: number;
  /**
   * What a trial counts that ended without saying what it cost: `costPerTrial` with `charge`, the default, because it may have
   * been spent; nothing with `free`.
   */
  readonly unreported?: 'charge' | 'free';
}

/** When a study ends before its budget is spent. */
export interface StopRules {
  /** The best trial is at least as good as this. */
  readonly target?: number;
  /** So many trials ended, complete or pruned, without a best that is better by more than `atLeast` (default 0). */
  readonly noProgress?: { readonly trials: number; readonly atLeast?: number };
  /** The best trial is nearly as good as the optimum, as a model has it. */
  readonly regretBound?: RegretRule;
}

/** Ways in which an attempt fails: its worker was lost, it threw, it took too long, its outcome has another shape or is no number. */
export const FAILURE_KINDS = ['lost', 'thrown', 'timeout', 'invalid'] as const;
/** One of FAILURE_KINDS. */
export type FailureKind = (typeof FAILURE_KINDS)[number];
/** How often a trial is tried again, by what its attempts failed of. */
export type Retries = Readonly<Partial<Record<FailureKind, number>>>;

/** What ended the asking: a part of the budget, or a rule. */
export type EndedBy = 'seconds' | 'target' | 'noProgress' | 'regretBound';

/** Money of a study, in its unit: budget + overrun = free + reserved + spent. */
export interface CostAccount {
  readonly budget: number;
  /** What new trials may set aside. */
  readonly free: number;
  /** Set aside for trials that run. */
  readonly reserved: number;
  readonly spent: number;
  /** By how much more was spent than there was, because trials cost more than was set aside for them. */
  readonly overrun: number;
}

/** The longest budget of time: a year. */
export const MAX_SECONDS = 366 * 24 * 3_600;
/** The largest budget of money. */
export const MAX_COST = 1_000_000_000;
