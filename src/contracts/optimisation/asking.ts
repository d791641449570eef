import { defineUpdate } from '@temporalio/workflow';
import type { Message, Reply } from '../entity';
import type { Attributes } from './attributes';
import type { Configuration } from './search-space';
import type { Measures, StudyState, TrialState } from './study';
import type { Values } from '../variable';

/** An attempt that owns its trial no more and has not told its outcome: that may still come. */
export interface Fenced {
  readonly trial: number;
  readonly attempt: number;
  readonly client: string;
}

/** What a client outside asks for. */
export interface AskRequest {
  /** Its own name, 1 to 100 characters: under the same one it gets its open trials again. */
  readonly client: string;
  /** Trials at most, 1 to MAX_ASKED. Default 1. */
  readonly count?: number;
  /** How long it may take, 1 to MAX_LEASE_SECONDS. Default: the study's. */
  readonly leaseSeconds?: number;
}

/** A trial as a client outside is given it. */
export interface AskedTrial {
  readonly trial: number;
  readonly attempt: number;
  readonly configuration: Configuration;
  /** Values of everything that the set has under this configuration; absent for a study over no set. */
  readonly params?: Values;
  /** The same for each attempt of a trial. */
  readonly seed: number;
  /** Names that the outcome must have, the objectives first. */
  readonly measures: readonly string[];
  /** Of a study with a budget of money: what all attempts of the trial together may cost. */
  readonly maxCost?: number;
  readonly client: string;
  /** ISO-8601: when the lease ends. Asking again puts it off. */
  readonly until: string;
}

/** What an ask answers: the client's open trials and new ones; fewer than it asked for when there are no more now. */
export interface Asked {
  readonly trials: readonly AskedTrial[];
  readonly state: StudyState;
  /** Why there are fewer than were asked for. */
  readonly waitingFor?: string;
  /** When the nearest lease of another client ends, so that there may be more; absent when nothing is out. */
  readonly retryAfterMs?: number;
}

/** What came of one attempt outside: exactly one of `value`, `measures` and `failed`. */
export interface Told {
  readonly trial: number;
  /** Which attempt. Default: the one that the client has, or had last; without a client the only one there is. */
  readonly attempt?: number;
  /** Who tells. */
  readonly client?: string;
  /** The objective, where there is one and nothing else is bounded. */
  readonly value?: number;
  readonly measures?: Measures;
  /** Why there is no outcome: the trial is given out again until its attempts are used up. */
  readonly failed?: string;
  /** What the attempt has cost, in the unit of the study's budget. */
  readonly cost?: number;
  /** What is noted of the trial beside its measures; of an attempt that failed it counts when it ends the trial. */
  readonly attributes?: Attributes;
}

/**
 * What became of what was told: `accepted`; `adopted` when the lease had ended and no other attempt had finished; `late` when
 * another ending was there before, and this is kept as evidence; for a failure `returned` to the queue, or `failed`.
 */
export type TellVerdict = 'accepted' | 'adopted' | 'late' | 'returned' | 'failed';

/** The answer to one outcome. */
export interface TellAnswer {
  readonly trial: number;
  readonly attempt: number;
  readonly client: string;
  readonly verdict: TellVerdict;
  /** As far as the study carries it: of a late outcome the trial has ended before. */
  readonly state: TrialState | 'ended';
}

/** What a tell answers. */
export interface TellReply {
  readonly told: readonly TellAnswer[];
  readonly state: StudyState;
}

/** Gives trials to a client outside, its own open ones first. Safe to repeat. */
export const askTrialsUpdate = defineUpdate<Reply<Asked>, [Message<AskRequest>]>('askTrials');
/** Takes outcomes from outside: all or none. Safe to repeat with the same message id. */
export const tellTrialsUpdate = defineUpdate<Reply<TellReply>, [Message<{ readonly outcomes: readonly Told[] }>]>(
  'tellTrials',
);

/** Trials that one ask may give, and outcomes that one tell may bring. */
export const MAX_ASKED = 50;
/** The longest lease: a week. Asking again puts its end off. */
export const MAX_LEASE_SECONDS = 7 * 24 * 3_600;
/** So many attempts that own their trial no more a study keeps in mind, so that their late outcomes are known. */
export const KEPT_FENCED = 1_000;
