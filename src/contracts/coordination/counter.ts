import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { Message, Reply } from '../entity';

/** What a counter is made of; its first use decides, and later uses that say otherwise are `definition-mismatch`. */
export interface CounterSpec {
  /** Whole number; default 0. */
  readonly start?: number;
  /** Whole number; default -MAX_COUNT. */
  readonly min?: number;
  /** Whole number; default MAX_COUNT. */
  readonly max?: number;
  /** Of a stripe: how many there are in all. A bound is not for stripes: none of them knows the sum. */
  readonly stripes?: number;
}

/** A counter holds whole numbers from -MAX_COUNT to MAX_COUNT: those that floating point holds exactly, 2^53 - 1. */
export const MAX_COUNT = 9_007_199_254_740_991;
/** Ids in one range. */
export const MAX_RANGE = 100_000;
/** Stripes of one counter. */
export const MAX_STRIPES = 64;
/** Ids for each millisecond of the server's clock: what a name hands out on average, at most. */
export const IDS_PER_MS = 1_000;
/** By so many milliseconds ids may run ahead of that clock: a full range, and no more. */
export const IDS_AHEAD_MS_MAX = 100;

/** What a change leaves. `revision` counts the changes of an incarnation. */
export interface Counted {
  readonly before: number;
  readonly value: number;
  readonly revision: number;
}

/** Ids that nobody else gets: `from`, and all below `to`. */
export interface IdRange {
  readonly from: number;
  readonly to: number;
}

/** A counter as its query shows it. */
export interface CounterView {
  readonly value: number;
  readonly revision: number;
  readonly spec: CounterSpec;
  /** How many ids it has handed out. */
  readonly allocated: number;
  /** The newest range. */
  readonly newest?: IdRange;
  /** Of the last change, ISO-8601. */
  readonly changedAt: string;
}

/** What a caller takes the counter for: checked when it is there. */
interface Expecting {
  readonly spec?: CounterSpec;
}
/**
 *
 */
export type AddArgs = Expecting & { readonly by: number };
/**
 *
 */
export type ResetArgs = Expecting & { readonly to?: number };
/**
 *
 */
export type AllocateArgs = Expecting & { readonly count: number };

/** Adds; `bound-reached` leaves no trace. Each request id counts once (CNT-1). */
export const addUpdate = defineUpdate<Reply<Counted>, [Message<AddArgs>]>('add');
/** Sets the counter to its start, or to another number within its bounds; answers what it was. */
export const resetUpdate = defineUpdate<Reply<Counted>, [Message<ResetArgs>]>('reset');
/** Hands out a range of ids (CNT-5); `limit-reached` when the name hands out more than IDS_PER_MS. */
export const allocateUpdate = defineUpdate<Reply<IdRange>, [Message<AllocateArgs>]>('allocate');
/** Ends the counter; the next use begins another one. */
export const deleteCounterUpdate = defineUpdate<Reply<{ readonly value: number }>, [Message<Record<string, never>>]>(
  'deleteCounter',
);
/** The counter as it stands: a strong read (CNT-4). `counter-not-found` after its deletion. */
export const counterQuery = defineQuery<CounterView>('counter');
