import type { Configuration, SearchSpace } from './search-space';
import type { SamplerName, SamplerOptions } from './study';

type Column = readonly (number | null)[];

/** Trials that have ended, as columns of one length: plain JSON, `null` where there is no number. */
export interface TrialColumns {
  readonly numbers: readonly number[];
  /** By dimension, in the order of the space: numbers, or indices of choices. */
  readonly values: readonly Column[];
  /** What is to be made small. */
  readonly loss: Column;
  /** 1 when all bounds held. */
  readonly feasible: readonly number[];
  /** By bound: how far it was from being broken. */
  readonly slack?: readonly Column[];
}

/** What a sampler with heavy asks is asked, outside the workflow: a few hundred trials at most. */
export interface SuggestInput {
  readonly sampler: SamplerName;
  readonly options?: SamplerOptions;
  readonly space: SearchSpace;
  readonly seed: number;
  /** Number of the first ask. */
  readonly ask: number;
  /** How many asks; each sees those before it as pending. */
  readonly count: number;
  /** Number of the trial that the first will be. */
  readonly next: number;
  readonly trials: TrialColumns;
  readonly pending: readonly { readonly number: number; readonly configuration: Configuration }[];
  /** Candidates wanted for each: more than 1 when constraints may refuse some. */
  readonly candidates: number;
}

/** For each ask what is suggested, best first. */
export type Suggestions = readonly (readonly Configuration[])[];

/** The activity on the queue of the study. A pure function: repeating it is safe. */
export interface SuggestActivities {
  suggestTrials(input: SuggestInput): Promise<Suggestions>;
}
