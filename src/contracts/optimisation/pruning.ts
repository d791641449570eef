import type { Try } from './tries';
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { Message } from '../entity';

/** The pruners, each named once; the conformance suite runs over this list. */
export const PRUNERS = ['median', 'percentile', 'halving', 'hyperband', 'wilcoxon', 'threshold', 'patient'] as const;

/** When a pruner looks: at `warmupSteps`, and each `intervalSteps` after. Defaults 0 and 1. */
export interface PruningSteps {
  readonly warmupSteps?: number;
  readonly intervalSteps?: number;
}

/** Worse, at its best, than most complete trials were at this step. */
export interface PercentileOptions extends PruningSteps {
  /** So many trials complete before anything is pruned. Default 5. */
  readonly startupTrials?: number;
  /** So many complete trials have reported this step. Default 1. */
  readonly minTrials?: number;
}

/** Not among the best 1 / reductionFactor of those that have reached its rung. */
export interface HalvingOptions {
  /** Steps until the first rung. Default `auto`: a hundredth of the longest trial when the first have completed, at least 1. */
  readonly minResource?: number | 'auto';
  /** Default 4. */
  readonly reductionFactor?: number;
  /** Rungs that are left out. Default 0. */
  readonly minEarlyStoppingRate?: number;
  /** So many trials reach a rung before one passes it. Default 0; needs a `minResource`. */
  readonly bootstrapCount?: number;
  /**
   * What does not pass a rung waits there, and goes on from its checkpoint when it is among the best after all. Default false;
   * needs a `minResource`, and has no `bootstrapCount`.
   */
  readonly promote?: boolean;
  /** With `promote`: steps of a whole trial; there is no rung at this step or behind it. Default: no end. */
  readonly maxResource?: number;
}

/** Successive halving in brackets, from the most eager to one that prunes nothing before the end. */
export interface HyperbandOptions {
  /** Default 1. */
  readonly minResource?: number;
  /** Steps of a whole trial. Default `auto`: those of the longest when the first have completed. */
  readonly maxResource?: number | 'auto';
  /** Default 3. */
  readonly reductionFactor?: number;
  /** As for `halving`; needs a `maxResource`. */
  readonly bootstrapCount?: number;
}

/** Worse than the best trial on the steps that both have, by a signed-rank test. */
export interface WilcoxonOptions {
  /** Default 0.1. */
  readonly pThreshold?: number;
  /** So many steps in common before anything is pruned. Default 2. */
  readonly startupSteps?: number;
}

/** Outside bounds. At least one is given. */
export interface ThresholdOptions extends PruningSteps {
  readonly lower?: number;
  readonly upper?: number;
}

/** A pruner that looks at values alone. */
export type PlainPruner =
  | ({ readonly kind: 'median' } & PercentileOptions)
  | ({ readonly kind: 'percentile'; readonly percentile: number } & PercentileOptions)
  | ({ readonly kind: 'halving' } & HalvingOptions)
  | ({ readonly kind: 'hyperband' } & HyperbandOptions)
  | ({ readonly kind: 'wilcoxon' } & WilcoxonOptions)
  | ({ readonly kind: 'threshold' } & ThresholdOptions);

/** Has not improved for a while, and `of` would prune it; without `of` that alone is enough. */
export interface PatientPruner {
  readonly kind: 'patient';
  /** Steps without an improvement that are borne. */
  readonly patience: number;
  /** What counts as none. Default 0. */
  readonly minDelta?: number;
  readonly of?: PlainPruner;
}

/** Which trials are ended early. Plain JSON. */
export type PrunerSpec = PlainPruner | PatientPruner;

/** A value that was reported; JSON has no others than finite ones. */
export type Reported = number | 'NaN' | 'Infinity' | '-Infinity';

/** What a trial reported, as columns: steps ascend. */
export interface Reports {
  readonly steps: readonly number[];
  readonly values: readonly Reported[];
  /** Reports that were left out, because there were too many. */
  readonly thinned?: number;
}

/** Reports of an attempt on their way to the study. */
export interface Delivery {
  readonly trial: number;
  readonly attempt: number;
  readonly reports: Reports;
}

/** How an attempt reports. In its input for a study that prunes. */
export interface Reporting {
  /** Asks "should I stop?" no more often. */
  readonly everyMs: number;
  /** Reports of one trial that are kept. */
  readonly keep: number;
  /** The study decides at this step or the first after it, by what was delivered: that report goes at once. */
  readonly rung?: number;
  /** What ends early may go on later: the outcome has the checkpoint. */
  readonly pauses?: true;
}

/** The question "should I stop?". */
export interface StopQuestion extends Delivery {
  /** So many of the newest reports were not asked about before. */
  readonly fresh: number;
}

/** Its answer. */
export interface StopAnswer {
  readonly stop: boolean;
  /** The next rung of this trial; absent when there is none or it is not known yet. */
  readonly rung?: number;
}

/** What travels with the heartbeats of an attempt, for the next one. */
export interface TrialProgress {
  readonly 'mabeam:progress': 1;
  /** What the evaluator remembered last. */
  readonly checkpoint?: unknown;
  /** What was reported until then and not delivered yet. */
  readonly reports?: Reports;
  /** What the trial has cost so far. */
  readonly spent?: number;
  /** Its attempts so far, this one at the end. */
  readonly tries?: readonly Try[];
}

/** An attempt has reported. What comes from one that was replaced is counted and changes nothing. */
export const reportedSignal = defineSignal<[Message<Delivery>]>('trialReported');
/** Whether an attempt should stop; changes nothing. */
export const shouldStopQuery = defineQuery<StopAnswer, [StopQuestion]>('shouldStop');

/** How often an attempt asks whether it should stop, unless the study says otherwise. */
export const REPORT_MS = 1_000;
/** Reports of one trial that are kept; with many trials at once fewer. */
export const MAX_REPORTS = 1_000;
/** Reports of all running trials that a study keeps. */
export const RUNNING_REPORTS = 6_000;
/** Reports of complete trials that a study keeps to compare with: whole trials, the oldest go first. */
export const COMPLETE_REPORTS = 10_000;
/** Values of one rung that a study keeps to compare with: the oldest go first. */
export const RUNG_VALUES = 500;
/** Trials that wait for promotion; of more, those that stand worst in their rung end as pruned. */
export const WAITING_TRIALS = 500;
/** The same in bytes of JSON, checkpoints included. */
export const WAITING_BYTES = 200_000;
/** Reports of a trial that waits; of more, some are left out and counted. */
export const WAITING_REPORTS = 10;
/** The largest checkpoint of a trial that waits, in bytes of JSON. */
export const CHECKPOINT_BYTES = 20_000;
