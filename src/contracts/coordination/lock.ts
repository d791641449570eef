import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Message, Reply } from '../entity';
import type { SessionEnd } from './session';

/** Alone, or together with other readers. */
export type LockMode = 'exclusive' | 'shared';

/** What a lock or a semaphore is started with. */
export interface LockInit {
  /** So many permits a semaphore has; without it, it is a lock. */
  readonly permits?: number;
  /** How often it looks whether the sessions that hold or wait are there: the bound for one that was terminated. Default LOOK_MS. */
  readonly lookMs?: number;
}

/** A lock; with `of` it is a semaphore of so many permits. */
export interface LockName {
  readonly name: string;
  readonly of?: number;
}

/** What is asked of a lock. */
export interface AcquireArgs {
  /** Names the wait. The same request again gets the same grant (LCK-5). */
  readonly request: string;
  /** Name of the session that will hold it; of an agent, what `durableHolder` makes. */
  readonly session: string;
  /** Default `exclusive`; a semaphore has none. */
  readonly mode?: LockMode;
  /** Of a semaphore: how many; default 1. */
  readonly permits?: number;
  /** Re-entrant: a holder with the same owner and session gets its own grant again, counted. */
  readonly owner?: string;
  /** Longest wait; 0 tries and leaves no trace. */
  readonly waitMs: number;
  /** How long nobody gets it after this holder's session has expired; default LOCK_DELAY_MS (LCK-6). */
  readonly lockDelayMs?: number;
  /** It should be given back within so long; past it an event says so, and it is held on. At most MAX_LOCK_HOLD_MS. */
  readonly holdMs?: number;
  /** Its holder can be asked to give it back before it is done. */
  readonly revocable?: boolean;
  /** Of an agent: it expires when the agent has not said for so long that it holds it still. Default: the agent's life. */
  readonly ttlMs?: number;
}

/** A grant: the right to act, as long as the session lives and the token is the newest that the resource has seen. */
export interface Grant {
  readonly token: number;
  readonly request: string;
  readonly permits: number;
  readonly mode: LockMode;
  /** How often it was acquired by its owner. */
  readonly count: number;
}

/** What an acquire answers. */
export type Acquired =
  | ({ readonly kind: 'held' } & Grant)
  /** Its turn comes as a note of the session; `place` counts from 1. */
  | { readonly kind: 'queued'; readonly place: number; readonly until: string };

/** What a release answers: how often it is still held by its owner. */
export interface Released {
  readonly left: number;
}

/** A holder was asked to give it back: why, and since when. */
export interface Asked {
  readonly reason: string;
  readonly since: string;
}

/** Who holds a lock, as its view shows it. */
export interface HolderView extends Grant {
  readonly session: string;
  readonly owner?: string;
  readonly since: string;
  /** It can be asked to give it back. */
  readonly revocable?: true;
  /** It was asked, and has not answered yet. */
  readonly asked?: Asked;
  /** Of an agent with a time to live: it expires then, unless the agent says that it holds it still. */
  readonly until?: string;
  /** It should have been given back by then; nothing is taken. */
  readonly deadline?: string;
  /** It is past its deadline, and the log says so. */
  readonly overdue?: true;
}

/** Who waits. */
export interface WaiterView {
  readonly request: string;
  readonly session: string;
  readonly mode: LockMode;
  readonly permits: number;
  readonly since: string;
  readonly until: string;
  /** Its turn has come, and it has until then to accept; an agent, as long as it lives. */
  readonly offered?: { readonly token: number; readonly until?: string };
}

/** A lock as its query shows it. */
export interface LockView {
  readonly permits?: number;
  readonly state: 'free' | 'held' | 'delayed';
  readonly holders: readonly HolderView[];
  /** In the order in which they will get it. */
  readonly waiting: readonly WaiterView[];
  /** The newest token that was given. */
  readonly token: number;
  /** Nobody gets it before: the session of its last holder has expired. */
  readonly delayedUntil?: string;
}

/** What a lock says to an agent: `from` is its own workflow id, `session` the incarnation that is meant. */
export interface LockWord {
  readonly from: string;
  readonly session: string;
  readonly request: string;
}

/** What a holder says that was asked to give it back. */
export interface RevocationAnswer {
  readonly session: string;
  readonly token: number;
  readonly agrees: boolean;
}

/** The header of an activity that says what its agent held when it was scheduled. */
export const HELD_HEADER = 'mabeam-held';
/** What `HELD_HEADER` holds: tokens by the name of the lock, those of semaphores by `semaphore:<name>`. */
export type HeldTokens = Readonly<Record<string, number>>;

/** The text in place of a session's name when an agent holds: its workflow id, and which life of it. */
export function durableHolder(agent: string, generation: number): string {
  return `${agent}#${String(generation)}`;
}

/** The workflow id of the agent in a text that `durableHolder` has made; nothing for the name of a session. */
export function agentOf(holder: string): string | undefined {
  const at = holder.lastIndexOf('#');
  return at === -1 ? undefined : holder.slice(0, at);
}

/** So many locks are acquired together at most. */
export const MAX_TOGETHER = 16;
/** Longest text that names a holder, in characters. */
export const MAX_HOLDER = 300;
/** Shortest and longest time to live of what an agent holds. The server's timers are late by up to a second. */
export const HOLDING_TTL_MS = { least: 5_000, most: 86_400_000 } as const;
/** How long nobody gets a lock whose holder's session has expired. */
export const LOCK_DELAY_MS = 15_000;
/** The longest such delay. */
export const MAX_LOCK_DELAY_MS = 60_000;
/** The longest deadline of what is held: a week. */
export const MAX_LOCK_HOLD_MS = 604_800_000;
/** Longest wait for a lock: a day. */
export const MAX_LOCK_WAIT_MS = 86_400_000;
/** A session that was terminated tells nobody: it is found within this time. */
export const LOOK_MS = { least: 100, usual: 30_000, most: 3_600_000 } as const;
/** So long an offer waits to be accepted. */
export const OFFER_MS = 10_000;
/** So many wait for one lock. */
export const MAX_WAITING = 1_000;
/** Most permits of a semaphore. */
export const MAX_PERMITS = 100_000;
/** A lock that nobody has held for so long ends; the next acquire starts it again. */
export const LOCK_IDLE_MS = 600_000;

/**
 * Acquires, or takes a place in the queue. Refused: `lock-held` for a try, `session-not-found` for a session that the lock does not
 * know, `queue-full`, `limit-reached` for more permits than there are. Safe to repeat.
 */
export const acquireUpdate = defineUpdate<Reply<Acquired>, [Message<AcquireArgs>]>('acquire');
/** Takes up an offer. Refused: `not-holder` for one that has passed on. Safe to repeat. */
export const acceptUpdate = defineUpdate<
  Reply<Acquired>,
  [Message<{ readonly request: string; readonly session: string; readonly token: number }>]
>('accept');
/** Gives it back. Refused: `not-holder` for a foreign or old token. */
export const releaseUpdate = defineUpdate<
  Reply<Released>,
  [Message<{ readonly token: number; readonly session: string }>]
>('release');
/** Goes on as a reader, at once together with the readers that wait next. The token stays. Refused: `not-holder`. */
export const downgradeUpdate = defineUpdate<
  Reply<Acquired>,
  [Message<{ readonly token: number; readonly session: string }>]
>('downgrade');
/** Waits no longer. What was granted meanwhile is given back. Safe to repeat. */
export const withdrawUpdate = defineUpdate<
  Reply<{ readonly withdrawn: boolean }>,
  [Message<{ readonly request: string; readonly session: string }>]
>('withdraw');
/** Takes it from whoever holds it: their tokens are good no more. Safe to repeat. */
export const breakUpdate = defineUpdate<Reply<{ readonly broken: number }>, [Message<{ readonly reason: string }>]>(
  'break',
);
/** Asks whoever holds it to give it back; they answer in their time. Refused: `not-revocable` when no holder can be asked. */
export const revokeUpdate = defineUpdate<Reply<{ readonly asked: number }>, [Message<{ readonly reason: string }>]>(
  'revoke',
);
/** What the holder says: it gives it back now, or keeps it. Refused: `not-holder`. */
export const answerRevocationUpdate = defineUpdate<Reply<{ readonly held: boolean }>, [Message<RevocationAnswer>]>(
  'answerRevocation',
);
/** The same from an agent. */
export const lockAnsweredSignal = defineSignal<[Message<RevocationAnswer>]>('lockAnswered');
/** To an agent: it is asked to give it back. */
export const lockAskedSignal =
  defineSignal<[Message<LockWord & { readonly token: number; readonly reason: string }>]>('lockAsked');
/** A session makes itself known. */
export const attachedSignal = defineSignal<[Message<{ readonly session: string }>]>('attached');
/** A session has ended. */
export const sessionEndedSignal =
  defineSignal<[Message<{ readonly session: string; readonly end: SessionEnd }>]>('sessionEnded');
/** An agent takes up an offer; without an answer it holds. */
export const lockAcceptedSignal =
  defineSignal<[Message<{ readonly request: string; readonly session: string; readonly token: number }>]>(
    'lockAccepted',
  );
/** An agent does not want what the lock has for a request: neither the wait nor the grant. */
export const lockRenouncedSignal =
  defineSignal<[Message<{ readonly request: string; readonly session: string }>]>('lockRenounced');
/** An agent with a time to live holds it still. */
export const lockStillHeldSignal =
  defineSignal<[Message<{ readonly session: string; readonly token: number }>]>('lockStillHeld');
/** To an agent: its turn has come. */
export const lockOfferedSignal = defineSignal<[Message<LockWord & { readonly token: number }>]>('lockOffered');
/** To an agent: does it live, and does it know of this? What it does not know of it renounces. */
export const lockLookSignal = defineSignal<[Message<LockWord>]>('lockLook');
/** To an agent: it holds this no more, because it was broken or its time to live is over. */
export const lockLostSignal = defineSignal<[Message<LockWord>]>('lockLost');
/** The lock as it is. */
export const lockQuery = defineQuery<LockView>('lock');
