import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Message, Reply } from '../entity';

/** What a session is opened with. */
export interface SessionInit {
  /** Milliseconds without a keep-alive after which it expires, at the earliest. */
  readonly ttlMs: number;
  /** Who holds it, for people: process and machine. */
  readonly label: string;
}

/** Shortest and longest time to live. */
export const SESSION_TTL_MS = { least: 1_000, most: 3_600_000, usual: 15_000 } as const;
/** So many locks a session may be known to at once. */
export const MAX_ATTACHED = 1_000;
/** So many notes wait to be fetched; whoever misses one finds out by itself. */
export const MAX_NOTES = 1_000;
/** Longest label, in characters. */
export const MAX_LABEL = 200;
/** Id of the activity whose heartbeats are the keep-alives. */
export const LEASE = 'lease';

/** What comes to a session from a lock or a barrier: its turn has come, its generation is over, or with `revoke` it is asked to give it back. */
export interface SessionNote {
  /** Grows by one for each note of a session. */
  readonly number: number;
  /** Workflow id of the lock or barrier. */
  readonly from: string;
  readonly request: string;
  /** Of a barrier, the generation. */
  readonly token: number;
  /** Why it is asked. */
  readonly revoke?: string;
}

/** A session as its query shows it. */
export interface SessionView {
  readonly state: 'open' | 'closed' | 'expired';
  readonly ttlMs: number;
  readonly label: string;
  /** Workflow ids of the locks that are told of its end. */
  readonly attached: readonly string[];
}

/** How a session ended: by its owner, or because keep-alives were missing. */
export type SessionEnd = 'closed' | 'expired';

/** Makes a session known to a lock, which hears of its end from then on. Safe to repeat. Refused: `limit-reached`. */
export const attachUpdate = defineUpdate<Reply<{ readonly attached: boolean }>, [Message<{ readonly to: string }>]>(
  'attach',
);
/** Waits for notes beyond `after`, at most `waitMs`; notes up to `after` are forgotten. Safe to repeat. */
export const notesUpdate = defineUpdate<
  Reply<readonly SessionNote[]>,
  [Message<{ readonly after: number; readonly waitMs: number }>]
>('notes');
/** A lock tells the session that its turn has come, or that it is asked to give it back. */
export const offeredSignal = defineSignal<[Message<Omit<SessionNote, 'number'>>]>('offered');
/** A lock asks whether the session is there: that it can be told is the answer. */
export const stillThereSignal = defineSignal<[Message<Record<string, never>>]>('stillThere');
/** The session as it is. */
export const sessionQuery = defineQuery<SessionView>('session');

/** The activity of a session, on the main queue. */
export interface SessionActivities {
  /** Leaves the lease open: keep-alives are its heartbeats from then on, and their lack its end. */
  holdLease(): Promise<void>;
}
