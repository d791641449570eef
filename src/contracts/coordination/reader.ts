/** What the reader's view shows, in its order. */
export const COORDINATION_KINDS = ['lock', 'semaphore', 'election', 'barrier', 'ballot'] as const;
/** One of COORDINATION_KINDS. */
export type CoordinationKind = (typeof COORDINATION_KINDS)[number];

/** The types of events that change what is shown. */
export const COORDINATION_EVENTS = [
  'lock.granted',
  'lock.released',
  'lock.expired',
  'lock.overdue',
  'lock.broken',
  'election.elected',
  'election.resigned',
  'election.lost',
  'election.unsettled',
  'barrier.released',
  'barrier.broken',
  'barrier.left',
  'barrier.withdrawn',
  'session.closed',
  'session.expired',
  'ballot.opened',
  'ballot.voteCast',
  'ballot.roundClosed',
  'ballot.decided',
] as const;

/** What somebody does at a thing. */
export interface Party {
  /** A session, an agent (its workflow id), a voter. */
  readonly who: string;
  readonly does:
    'holds' | 'leads' | 'has its turn' | 'has not arrived' | 'has not left' | 'waits' | 'has not voted' | 'has voted';
  readonly since?: string;
  /** Its deadline. */
  readonly until?: string;
  /** It holds past its deadline. */
  readonly overdue?: true;
  readonly token?: number;
}

/** A lock, a semaphore, an election, a barrier or a ballot, as all of them are shown. The token of a leader is its term. */
export interface CoordinationView {
  readonly kind: CoordinationKind;
  readonly name: string;
  readonly state: string;
  /** Who holds it up first, then who waits, in their order. */
  readonly parties: readonly Party[];
  /** When it goes on by itself at the latest: the end of a delay, or of a ballot. */
  readonly until?: string;
}

/** One step of an answer to "what blocks X?": who waits, for what, and who is ahead. */
export interface Blocked {
  readonly who: string;
  readonly kind: CoordinationKind;
  readonly name: string;
  readonly state: string;
  readonly since?: string;
  readonly until?: string;
  /** Who holds it, then who waits before. Of a delay nobody. */
  readonly ahead: readonly Party[];
}

/** What blocks somebody, or a thing: steps from there on, over those who are ahead and wait themselves. */
export interface Blocking {
  readonly of: string;
  readonly steps: readonly Blocked[];
  /** The parties that wait for each other in a circle: a deadlock, which ends by a deadline or when one is broken. */
  readonly circle?: readonly string[];
  /** Not all could be looked at: there are more held things than MAX_LOOKED. */
  readonly isPartial?: true;
}

/** Held things that an answer to "what blocks X?" looks at, at most. */
export const MAX_LOOKED = 500;
