import type { Refusal } from '../errors';
import type { Attributes } from './attributes';
import type { SearchSpace } from './search-space';
import type { Bounds, EarlierTrial, StudySpec, Trial } from './study';

/** Trials that a study's sampler learns from before its first ask. They are none of its own: budget and best are without them. */
export interface WarmStart {
  /** Oldest first, at most MAX_EARLIER. */
  readonly trials: readonly EarlierTrial[];
  /** Where they come from, in words. */
  readonly from?: string;
}

/** What of a foreign study a study here can begin with. */
export interface ImportedStudy {
  /** Its name there. */
  readonly study: string;
  /** The first of several. */
  readonly objective: StudySpec['objective'];
  /** All, when there are several, in the order that they have there. */
  readonly objectives?: NonNullable<StudySpec['objectives']>;
  readonly subjectTo: Bounds;
  /** Complete ones. */
  readonly trials: readonly (Trial & EarlierTrial)[];
  /** The space that they were drawn from, or why none of ours describes it. */
  readonly space: SearchSpace | Refusal;
  /** How many trials were left out, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** Our names of parameters by theirs, where they differ. */
  readonly renamed: Readonly<Record<string, string>>;
  /** What was noted of it there; absent when there is nothing. */
  readonly attributes?: Attributes;
  /** How many attributes, its own and those of its trials, did not fit; absent when all did. */
  readonly attributesLeftOut?: number;
}

/** Trials that a study may begin with. */
export const MAX_EARLIER = 10_000;
/** And their length as JSON, in bytes: they travel in one payload. */
export const MAX_EARLIER_BYTES = 1_000_000;
/** A file of Optuna that is uploaded, in bytes. */
export const MAX_IMPORT_BYTES = 16_000_000;
