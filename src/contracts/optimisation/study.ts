import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Message, Reply } from '../entity';
import type { Refusal } from '../errors';
import type { Evidence } from '../variable-set';
import type { Values } from '../variable';
import type { Attributes } from './attributes';
import type { CostAccount, EndedBy, FailureKind, Retries, StopRules, StudyBudget } from './budget';
import type { Interval, Lineage } from './lineage';
import type { PrunerSpec, Reported, Reporting, Reports } from './pruning';
import type { Objective, SamplerName, SamplerOptions } from './sampling';
import type { RegretSeen } from './regret';
import type { Configuration, SearchSpace } from './search-space';
import type { Try } from './tries';
import type { WorkerOut } from './worker-breaker';
import type { ProposedBy, TeamRequest, TeamSpec, TeamView } from './team';

export { RESTARTS, SAMPLERS } from './sampling';
export type { Objective, Restarts, SamplerName, SamplerOptions } from './sampling';

/** Bounds on a measure; a trial that breaks one is complete but never the best. */
export type Bounds = Readonly<Record<string, { readonly atMost?: number; readonly atLeast?: number }>>;

/**
 * What a user asks for when a study is started: plain JSON, the same over SDK, REST and CLI. Two starts of one name with
 * the same request are one study. Either `over` or `space` is given, and at least one of `minimise` and `maximise`.
 */
export interface StudyRequest {
  /** Name of the variable set whose values are sought. */
  readonly over?: string;
  /** Only these variables of the set are sought, the others keep their values. Default: all but text and locked ones. */
  readonly only?: readonly string[];
  /** A space of its own, for a study that is over no set. */
  readonly space?: SearchSpace;
  /** Who evaluates, in worker processes. Without one the study is asked from outside, by `ask` and `tell`. */
  readonly evaluator?: string;
  /** Without an evaluator: how long a client may take for a trial, 1 to MAX_LEASE_SECONDS. Default an hour. */
  readonly leaseSeconds?: number;
  /** The measure that is made small; several in a list, and others may be maximised: 1 to MAX_OBJECTIVES in all. */
  readonly minimise?: string | readonly string[];
  /** The same for what is made large. */
  readonly maximise?: string | readonly string[];
  readonly subjectTo?: Bounds;
  /** Default `auto`: what the platform holds best for the space. */
  readonly sampler?: SamplerName | 'auto';
  readonly samplerOptions?: SamplerOptions;
  /** Several optimisers in the place of a sampler. Default: none. */
  readonly team?: TeamRequest;
  /** Which trials are ended early, by what they report. Default: none. */
  readonly pruner?: PrunerSpec;
  /** How often an attempt asks whether it should stop, at most. Default 1,000. */
  readonly reportMs?: number;
  /** 0 to 2^32 - 1. Default: made of the study's workflow id. */
  readonly seed?: number;
  /** Exact: trials, and time and money beside them (STU-4). */
  readonly budget: StudyBudget;
  /** When it ends before that. Default: never. */
  readonly stopWhen?: StopRules;
  /** What becomes of trials that run when time is over or a rule of `stopWhen` is met. Default `finish`. */
  readonly atEnd?: 'finish' | 'cancel';
  /** Trials at once, 1 to MAX_PARALLELISM. Default 4; without an evaluator 50. */
  readonly parallelism?: number;
  /** Attempts for each trial before it fails, lost workers included. Default 3. */
  readonly attempts?: number;
  /** How often a trial is tried again, by the kind of failure. Default: as `attempts` says, and 0 for `invalid`. */
  readonly retries?: Retries;
  /** A worker that is silent for this long has lost its attempt. Default 10,000. */
  readonly heartbeatMs?: number;
  /** Longest evaluation. Default one hour. */
  readonly trialMs?: number;
  /** Whether trial 1 measures the values that the set has now: what the winner is compared with. Default true. */
  readonly baseline?: boolean;
  /** What the user notes of the study, such as a commit or an owner: MAX_STUDY_ATTRIBUTES at most. It decides nothing. */
  readonly attributes?: Attributes;
}

/** A trial that was evaluated elsewhere or before: what was tried, and what came of it. */
export interface EarlierTrial {
  readonly configuration: Configuration;
  readonly measures: Measures;
}

/** A request as the study keeps it. */
export interface KeptStudyRequest extends StudyRequest {
  /** Trials that came with the start, which the sampler learnt from before its first ask: how many, and what tells them apart. */
  readonly warmStart?: { readonly trials: number; readonly fingerprint: string; readonly from?: string };
}

/** What the study runs by: the request with all defaults, and the space made of the set. */
export interface StudySpec {
  /** The set as it was at the start: `values` are what is not sought, and what the baseline measures. */
  readonly over?: { readonly set: string; readonly version: number; readonly hash: string; readonly values: Values };
  readonly space: SearchSpace;
  /** Names of constraint functions of the set's definition that configurations must satisfy. */
  readonly constraints: readonly string[];
  /** Absent when the study is asked from outside; then `leaseSeconds` is there. */
  readonly evaluator?: string;
  readonly leaseSeconds?: number;
  /** The only objective, or the first of several. */
  readonly objective: Objective;
  /** All of them, where there are several: what is minimised first, each in the order of the request. */
  readonly objectives?: readonly Objective[];
  readonly subjectTo: Bounds;
  /** Of a study with a team: what stands in when no member can. */
  readonly sampler: SamplerName;
  readonly samplerOptions?: SamplerOptions;
  readonly team?: TeamSpec;
  readonly pruner?: PrunerSpec;
  /** Given when there is a pruner. */
  readonly reportMs?: number;
  readonly seed: number;
  readonly budget: StudyBudget;
  readonly stopWhen?: StopRules;
  readonly atEnd?: 'finish' | 'cancel';
  readonly parallelism: number;
  readonly attempts: number;
  readonly retries?: Retries;
  readonly heartbeatMs: number;
  readonly trialMs: number;
  readonly baseline: boolean;
}

/**
 * Where a trial stands; every state but `running` and `waiting`, for a promotion, is final and is reached once (STU-1).
 */
export type TrialState = 'running' | 'waiting' | 'complete' | 'pruned' | 'failed' | 'cancelled';

/** Measures by name: finite numbers. */
export type Measures = Readonly<Record<string, number>>;

/** Who has a trial outside, and for how long. The attempt is the fencing token: it grows each time the trial is given out. */
export interface Lease {
  readonly attempt: number;
  /** The name that the client gave itself. */
  readonly client: string;
  /** ISO-8601; afterwards the trial goes back to the queue. */
  readonly until: string;
}

/** A trial waited for its promotion. Times are ISO-8601. */
export interface Wait {
  /** At which rung, from 0, and the step of its report there. */
  readonly rung: number;
  readonly step: number;
  readonly from: string;
  /** When it went on; absent while it waits, and of one that ended so. */
  readonly until?: string;
}

/** One suggestion and what became of it. Numbers count from 1. */
export interface Trial {
  readonly number: number;
  readonly configuration: Configuration;
  readonly state: TrialState;
  /** Which ask of the sampler suggested it, from 0; absent when none did. */
  readonly ask?: number;
  /** Of a study with a team: which member proposed it, and why it was given the evaluation; absent of what was enqueued. */
  readonly proposedBy?: ProposedBy;
  /** Attempts begun, as far as is known: the evaluator's outcome tells; 0 while running. Outside: how often it was given out. */
  readonly attempts: number;
  /** Outside: who has it now; absent while it waits to be asked for. */
  readonly lease?: Lease;
  readonly measures?: Measures;
  readonly refusal?: Refusal;
  readonly worker?: string;
  /** What it counts in the budget of money, all attempts together; while it runs, what attempts have said so far. */
  readonly cost?: number;
  /** Of a study that promotes: when it waited, oldest first; absent when it never did. */
  readonly waits?: readonly Wait[];
  /** What its attempts failed of: of a study with `retries`, or one that promotes. */
  readonly failures?: Readonly<Partial<Record<FailureKind, number>>>;
  /** Its newest attempts, KEPT_TRIES at most, of a trial that needed several; as far as their evaluators left word. */
  readonly tries?: readonly Try[];
  /** What the attempt that ended it has noted beside its measures; those of earlier attempts are not kept. */
  readonly attributes?: Attributes;
  readonly feasible?: boolean;
  /** What it reported last, as far as the study was told. */
  readonly lastReport?: { readonly step: number; readonly value: Reported };
  /** All that it reported and the study kept: from the read model, of a trial that has ended. */
  readonly reports?: Reports;
  /** It was enqueued; the sampler suggested the others. */
  readonly enqueued?: true;
  /** Of a study with `pbt`: what it goes on from. Absent of a configuration that was enqueued when all members had begun. */
  readonly lineage?: Lineage;
  /** Of a complete trial with a lineage: the last checkpoint, which others may go on from; not in `recent`. */
  readonly checkpoint?: unknown;
  readonly askedAt: string;
  readonly endedAt?: string;
}

/** The exact account: asked = running + waiting + complete + pruned + failed + cancelled, always. */
export interface StudyAccount {
  readonly budget: number;
  readonly asked: number;
  readonly running: number;
  /** Trials that wait for their promotion: of a study that promotes. */
  readonly waiting?: number;
  readonly complete: number;
  /** Ended early, by the pruner or by the evaluator itself. */
  readonly pruned: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Attempts beyond the first: evaluations begun again because their worker was lost or they threw. */
  readonly begunAgain: number;
  /** Results that came from a fenced attempt and were kept as evidence only (STU-2). */
  readonly late: number;
  /** Deliveries of reports that came from a fenced attempt, or for a trial that had ended, and changed nothing. */
  readonly lateReports: number;
  /** Of a study with a budget of money. */
  readonly cost?: CostAccount;
}

/** The states of a study; `stopped` and `finished` are final. */
export const STUDY_STATES = ['created', 'running', 'paused', 'draining', 'stopped', 'finished'] as const;
/** Where a study stands. */
export type StudyState = (typeof STUDY_STATES)[number];

/** What may be changed while a study runs or is paused. */
export interface StudyChange {
  /** The budget, in trials all told: at least those that were asked for or are enqueued. */
  readonly trials?: number;
  /** The budget of time, all told, of a study that has one: less than it has run ends it. */
  readonly seconds?: number;
  /** The budget of money, all told, of a study that has one: at least what is spent and set aside. */
  readonly cost?: number;
  /** Trials at once; when fewer than run now, the others are evaluated to their end. */
  readonly parallelism?: number;
}

/** What a change answers: all of it as it is now. */
export interface StudyChanged {
  /** In trials. */
  readonly budget: number;
  readonly parallelism: number;
  readonly seconds?: number;
  readonly cost?: number;
}

/** More budget, all told; what is smaller than there is already changes nothing. */
export type StudyExtension = Omit<StudyChange, 'parallelism'>;

/** What an extension answers. */
export interface StudyExtended extends StudyChanged {
  readonly state: StudyState;
}

/** An outcome that came when the trial had ended: evidence, never a second outcome. */
export interface LateOutcome {
  readonly trial: number;
  readonly attempt: number;
  readonly worker: string;
  readonly measures: Measures;
  /** What it said that it cost: evidence as the rest, and not booked. */
  readonly cost?: number;
  /** What it noted. */
  readonly attributes?: Attributes;
  readonly at: string;
}

/** The winner as a proposal on its set, ready to be made: what differs, with the evidence for it. */
export interface StudyProposal {
  readonly set: string;
  readonly changes: Values;
  readonly basedOn: number;
  readonly because: string;
  readonly evidence: Evidence;
}

/** A trial of the Pareto front: no other one is better in an objective without being worse in another. */
export interface FrontTrial {
  readonly number: number;
  /** The objectives alone. */
  readonly measures: Measures;
}

/** The Pareto front of a study with several objectives, from the study itself: of complete trials that kept all bounds. */
export interface StudyFront {
  /** How many trials are on it; absent when they were more than MAX_FRONT once: then the read model alone has the front. */
  readonly size?: number;
  /** The first of them by the first objective, at most KEPT_TRIALS. */
  readonly trials: readonly FrontTrial[];
}

/** The Pareto front with its trials, from the read model. With one objective it is the best trials. */
export interface ParetoFront {
  readonly objectives: readonly Objective[];
  /** How many trials are on it. */
  readonly size: number;
  /** By the first objective, the best first; at most MAX_FRONT. */
  readonly trials: readonly Trial[];
}

/** A trial with all that it goes on from, from the read model: the schedule of configurations by which it can be made again. */
export interface TrialLine {
  /** The trial that was asked about. */
  readonly trial: number;
  /** The start first, itself last. */
  readonly trials: readonly Trial[];
}

/** What is known of a study: from the study itself. */
export interface StudyView {
  readonly request: KeptStudyRequest;
  readonly spec: StudySpec;
  readonly state: StudyState;
  readonly reason?: string;
  /** What ended the asking, when it was time or a rule. */
  readonly endedBy?: EndedBy;
  /** ISO-8601: when the time is over; absent while the study is paused, and of one without such a budget. */
  readonly until?: string;
  /** Of a study that ends by a bound on its regret, from the first check on. */
  readonly regret?: RegretSeen;
  readonly account: StudyAccount;
  /** Of a study with one objective. */
  readonly best?: Trial;
  /** Of a study with several. */
  readonly front?: StudyFront;
  readonly proposal?: StudyProposal;
  /** Of a study with a team. */
  readonly team?: TeamView;
  readonly running: readonly Trial[];
  /** Trials that wait for their promotion: those that waited last, at most KEPT_TRIALS. Of a study that promotes. */
  readonly waiting?: readonly Trial[];
  /** Configurations that wait for their turn: how many. */
  readonly enqueued: number;
  /** The newest that have ended, at most KEPT_TRIALS; all are in the read model. */
  readonly recent: readonly Trial[];
  /** The newest late outcomes. */
  readonly late: readonly LateOutcome[];
  /** Evaluator workers that failed its trials one after the other and take none now; absent when there are none. */
  readonly workersOut?: readonly WorkerOut[];
  /** What the study waits for, in words. */
  readonly waitingFor?: string;
}

/** How a study has ended: what `finished()` answers and what its agent is told. */
export interface FinishedStudy {
  readonly study: string;
  readonly state: 'stopped' | 'finished';
  readonly reason: string;
  /** What ended the asking, when it was time or a rule. */
  readonly endedBy?: EndedBy;
  readonly account: StudyAccount;
  /** The best feasible trial; absent when there is none, and with several objectives. */
  readonly best?: Trial;
  /** With several objectives: what none is better than. */
  readonly front?: StudyFront;
  /** Present when the study was over a set and its best differs from what the set had. */
  readonly proposal?: StudyProposal;
}

/** Input of a study's workflow. */
export interface StudyInit {
  readonly request: KeptStudyRequest;
  /** The set as the starter read it. */
  readonly over?: NonNullable<StudySpec['over']>;
  /** The trials that the request's `warmStart` speaks of. */
  readonly earlier?: readonly EarlierTrial[];
  /** What is asked for first, in this order: as if it had been enqueued before the first ask. */
  readonly enqueue?: readonly Configuration[];
  /** Workflow id of the agent that is told the end. */
  readonly notify?: string;
}

/** What a run that is begun for a study's deletion is told: it says that the study is gone, and ends. */
export interface StudyDeletion {
  readonly deletion: { readonly by: string; readonly causationId: string; readonly correlationId?: string };
}
/** In the memo of such a run. */
export const DELETION_MEMO = 'mabeam:deletion';

/** The study as it stands. */
export const studyQuery = defineQuery<StudyView>('study');
/** The newest trials that have ended and those that run, by number. */
export const trialsQuery = defineQuery<readonly Trial[]>('trials');
/** Ends asking. What runs may finish, or is cancelled. Safe to repeat. */
export const stopStudyUpdate = defineUpdate<
  Reply<{ readonly state: StudyState }>,
  [Message<{ readonly reason?: string; readonly running?: 'finish' | 'cancel' }>]
>('stopStudy');
/** Asks no more until it is resumed; what runs is evaluated to its end. Safe to repeat. */
export const pauseStudyUpdate = defineUpdate<
  Reply<{ readonly state: StudyState }>,
  [Message<{ readonly reason?: string }>]
>('pauseStudy');
/** Goes on asking. Safe to repeat. */
export const resumeStudyUpdate = defineUpdate<
  Reply<{ readonly state: StudyState }>,
  [Message<Readonly<Record<string, never>>>]
>('resumeStudy');
/** Changes budget or parallelism from now on. Safe to repeat. */
export const changeStudyUpdate = defineUpdate<Reply<StudyChanged>, [Message<StudyChange>]>('changeStudy');
/** More budget for a study that runs: never less. Safe to repeat. */
export const extendStudyUpdate = defineUpdate<Reply<StudyExtended>, [Message<StudyExtension>]>('extendStudy');
/** Puts configurations, whole or in part, before the sampler's: all or none. Safe to repeat with the same message id. */
export const enqueueTrialsUpdate = defineUpdate<
  Reply<{ readonly enqueued: number }>,
  [Message<{ readonly configurations: readonly Configuration[] }>]
>('enqueueTrials');
/** An evaluator whose attempt was given up says what it found all the same. */
export const outlivedSignal = defineSignal<[Message<OutlivedOutcome>]>('trialOutlived');

/** What an evaluator is given. The attempt is the fencing token; the study is its workflow id. */
export interface TrialInput {
  readonly study: string;
  readonly trial: number;
  readonly configuration: Configuration;
  /** Values of everything that the set has under this configuration; absent for a study over no set. */
  readonly params?: Values;
  /** The same for each attempt of a trial. */
  readonly seed: number;
  /** Names that the outcome must have, the objectives first. */
  readonly measures: readonly string[];
  /** Given when the study prunes: how the attempt reports. */
  readonly reporting?: Reporting;
  /** Of a study with a budget of money: what all attempts of the trial together may cost. */
  readonly maxCost?: number;
  /** Given when others may go on from what the trial leaves: the outcome has the last checkpoint then. */
  readonly interval?: Interval;
  /** Of a study with `retries`, or one that promotes, whose attempts are activities of their own: which attempt it is, and what the last one left. */
  readonly attempt?: number;
  readonly progress?: unknown;
}

/** What an evaluator answers; it echoes the configuration so that history never depends on recomputation (§3.4). */
export interface TrialOutcome {
  readonly trial: number;
  readonly attempt: number;
  readonly configuration: Configuration;
  /** Empty when it was pruned. */
  readonly measures: Measures;
  readonly worker: string;
  /** The attempt ended early. */
  readonly pruned?: true;
  /** What the trial has cost, as far as attempts have said; absent when none has said anything. */
  readonly cost?: number;
  /** What was reported and not delivered before. */
  readonly reports?: Reports;
  /** What the attempt has saved last: of a trial with an `interval`, and of one that ended early where the pruner promotes. */
  readonly checkpoint?: unknown;
  /** The attempts of the trial, when there were several. */
  readonly tries?: readonly Try[];
  /** What the attempt noted beside its measures. */
  readonly attributes?: Attributes;
}

/** An outcome whose attempt the server had given up when it could be told. */
export interface OutlivedOutcome extends TrialOutcome {
  /** The run of the study that had begun the evaluation; without it, it is evidence alone. */
  readonly run?: string;
}

/** What the failure of an attempt tells: details of the activity's failure. */
export interface AttemptFailure {
  readonly attempt: number;
  readonly worker: string;
  /** What was reported and not delivered before. */
  readonly reports?: Reports;
  /** What the trial has cost so far, as far as attempts have said. */
  readonly cost?: number;
  /** The attempts of the trial, when there were several. */
  readonly tries?: readonly Try[];
  readonly attributes?: Attributes;
  /** What the attempt left for the next one: of a study with `retries`, or one that promotes. */
  readonly progress?: unknown;
}

/** The activity on `mabeam-evaluator-<name>`. */
export interface EvaluatorActivities {
  evaluate(input: TrialInput): Promise<TrialOutcome>;
}

/** The forms in which the trials of a study are exported: `optuna` is the journal file of its `JournalStorage`. */
export const EXPORT_FORMATS = ['jsonl', 'csv', 'optuna'] as const;
/** One of EXPORT_FORMATS. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Objectives of one study. */
export const MAX_OBJECTIVES = 8;
/** Trials of a Pareto front that a study keeps, and that are answered at once. */
export const MAX_FRONT = 1_000;
/** Trials of one study that may run at once. */
export const MAX_PARALLELISM = 500;
/** The largest budget of one study. */
export const MAX_TRIALS = 10_000;
/** The most attempts that a trial may be given. */
export const MAX_ATTEMPTS = 100;
/** Configurations that wait in the queue of one study. */
export const MAX_ENQUEUED = 1_000;
/** So many of the newest trials a study shows with its view. */
export const KEPT_TRIALS = 50;
/** So many late results a study keeps as evidence. */
export const KEPT_LATE = 20;
/** The most values of one float on a grid. */
export const MAX_POINTS = 1_000;
/** Values of one float on a grid when the study does not say. */
export const DEFAULT_POINTS = 10;
/** Draws for one trial until the constraints hold; then the study stops and says so. */
export const MAX_DRAWS = 1_000;
