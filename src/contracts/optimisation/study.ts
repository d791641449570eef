import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { Message, Reply } from '../entity';
import type { Refusal } from '../errors';
import type { Configuration, SearchSpace } from './search-space';

export type SamplerName = 'random' | 'sobol';

export interface StudySpec {
  /** Of which set the values are sought; absent for a study with a space of its own. */
  readonly over?: { readonly set: string; readonly version: number; readonly fixed: Configuration };
  readonly space: SearchSpace;
  /** Names of constraint functions of the set's definition that configurations must satisfy. */
  readonly constraints: readonly string[];
  readonly evaluator: string;
  readonly objective: { readonly measure: string; readonly direction: 'minimise' | 'maximise' };
  readonly subjectTo: Readonly<Record<string, { readonly atMost?: number; readonly atLeast?: number }>>;
  readonly sampler: SamplerName;
  readonly seed: number;
  /** Exact: this many trials reach a terminal state (STU-4). */
  readonly budget: { readonly trials: number };
  readonly parallelism: number;
  /** Attempts per trial before it fails, lost workers included. */
  readonly attempts: number;
  readonly heartbeatMs: number;
  readonly trialMs: number;
}

export type TrialState = 'running' | 'complete' | 'failed' | 'cancelled';

export interface Trial {
  readonly number: number;
  readonly configuration: Configuration;
  readonly state: TrialState;
  /** Attempts begun, as told by the evaluator's last outcome. */
  readonly attempts: number;
  readonly measures?: Readonly<Record<string, number>>;
  readonly refusal?: Refusal;
  readonly worker?: string;
  readonly feasible?: boolean;
  readonly askedAt: string;
  readonly endedAt?: string;
}

/** The exact account: asked = running + complete + failed + cancelled, always. */
export interface StudyAccount {
  readonly budget: number;
  readonly asked: number;
  readonly running: number;
  readonly complete: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Attempts beyond the first: evaluations begun again because their worker was lost or they threw. */
  readonly begunAgain: number;
  /** Results that came from a fenced attempt and were kept as evidence only (STU-2). */
  readonly late: number;
}

export type StudyState = 'created' | 'running' | 'draining' | 'stopped' | 'finished';

export interface StudyView {
  readonly spec: StudySpec;
  readonly state: StudyState;
  readonly reason?: string;
  readonly account: StudyAccount;
  readonly best?: Trial;
  readonly running: readonly Trial[];
  /** The newest; all are in the read model. */
  readonly recent: readonly Trial[];
  readonly waitingFor?: string;
}

export interface StudyInit {
  readonly spec: StudySpec;
}

export const studyQuery = defineQuery<StudyView>('study');
export const trialsQuery = defineQuery<readonly Trial[], [{ readonly from: number; readonly limit: number }]>('trials');
/** Ends asking; what runs may finish. Safe to repeat. */
export const stopStudyUpdate = defineUpdate<
  Reply<{ readonly state: StudyState }>,
  [Message<{ readonly reason?: string }>]
>('stopStudy');

/** What an evaluator is given. The attempt is the fencing token; the study is its workflow id. */
export interface TrialInput {
  readonly study: string;
  readonly trial: number;
  readonly configuration: Configuration;
  readonly seed: number;
}

/** What an evaluator answers; it echoes the configuration so that history never depends on recomputation (§3.4). */
export interface TrialOutcome {
  readonly trial: number;
  readonly attempt: number;
  readonly configuration: Configuration;
  readonly measures: Readonly<Record<string, number>>;
  readonly worker: string;
}

/** The activity on `mabeam-evaluator-<name>`. */
export interface EvaluatorActivities {
  evaluate(input: TrialInput): Promise<TrialOutcome>;
}

export const MAX_PARALLELISM = 500;
export const MAX_TRIALS = 10_000;
