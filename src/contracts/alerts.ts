import type { StoredEvent } from './event-store';

/** What somebody should look at, by code: a sentence, and the page that says what to do. */
export const ALERTS = {
  'ballot-expired': 'A ballot ended without a decision',
  'barrier-broken': 'Nobody went on at a barrier',
  'election-unsettled': 'Nobody leads although somebody would',
  'leader-lost': 'A leader lost its lead without resigning',
  'session-expired': 'A process that holds something was not heard of',
  'lock-overdue': 'A lock is held past its deadline',
  'lock-broken': 'A lock was taken from its holder by hand',
  'silent-death': 'The sweep found that something ended without a word',
  'space-ill': 'The monitor found that something of the space is not well',
  'queue-unpolled': 'Nobody takes the tasks of a queue',
} as const;
/** One of ALERTS. */
export type AlertCode = keyof typeof ALERTS;

/** An event that somebody should look at. */
export interface Alert {
  readonly code: AlertCode;
  /** What it is about: `lock:nightly`. */
  readonly about: string;
  readonly at: string;
  /** Why, in a sentence of the event itself. */
  readonly reason: string;
  /** The page of the documentation that says what to do. */
  readonly runbook: string;
  readonly stored: StoredEvent;
}
