import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { Message, Reply } from '../entity';

/** Length of a shared value as JSON, bytes. */
export const MAX_VALUE_BYTES = 32_768;
/** Up to this length, in bytes, a value stands in its event. */
export const TOLD_VALUE_BYTES = 1_024;

/** A shared value as its query shows it. Version 0: it was never set. */
export interface ValueView {
  /** Any JSON. */
  readonly value: unknown;
  /** Grows with each change, also over deletion, terminate and reset: what was read under a version is never another value. */
  readonly version: number;
  /** Of the last change, ISO-8601. */
  readonly changedAt: string;
}

/** What a compare-and-set answers: the version and the value that it saw, or made (CNT-3). */
export interface Compared {
  readonly swapped: boolean;
  readonly version: number;
  readonly value: unknown;
}

/** What a set answers; `before` is the version that it replaced. */
export interface Replaced {
  readonly version: number;
  readonly before: number;
}

/** Sets the value, whatever it is. */
export const setValueUpdate = defineUpdate<Reply<Replaced>, [Message<{ readonly value: unknown }>]>('set');
/** Sets the value if it has that version; 0 for one that was never set. Another version is an answer, not a failure. */
export const compareAndSetUpdate = defineUpdate<
  Reply<Compared>,
  [Message<{ readonly version: number; readonly value: unknown }>]
>('compareAndSet');
/** Ends the value; the next use begins another one. */
export const deleteValueUpdate = defineUpdate<Reply<{ readonly version: number }>, [Message<Record<string, never>>]>(
  'deleteValue',
);
/** The value as it stands: a strong read (CNT-4). `value-not-found` after its deletion. */
export const valueQuery = defineQuery<ValueView>('value');
