import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { HybridTime, Stamp } from './causality';
import type { OutboxEvent } from './envelope';
import type { Refusal } from './errors';
import type { Kind, Name, Space } from './ids';

/**
 * What every message to an entity carries. An id is used once per logical message: the entity remembers
 * REMEMBERED_REQUESTS of them over renewals and answers a repeated request as it did the first time.
 */
export interface Message<A = unknown> {
  readonly id: string;
  readonly args: A;
  /** SHA-256 of the canonical JSON of the request; the same id with another fingerprint is `idempotency-key-reused`. */
  readonly fingerprint?: string;
  /** Workflow id of the sender, or `user:<name>`, `rest`, `cli`. */
  readonly sender?: string;
  readonly causationId?: string;
  readonly correlationId?: string;
  /** Workflow ids of the asks that are waiting for this one, oldest first: a cycle is a deadlock (AGT-5). */
  readonly chain?: readonly string[];
  /** ISO-8601; an ask that is handled later than this is not begun. */
  readonly deadline?: string;
  /** What its sender knew: the events of the receiver follow it (CAU-4). */
  readonly stamp?: Stamp;
}

/** The header of an activity that says which message it is for: the logs of activities carry these ids. */
export const IDS_HEADER = 'mabeam-message';
/** What `IDS_HEADER` holds. */
export interface MessageIds {
  readonly messageId: string;
  readonly correlationId?: string;
}

/** Which incarnation of a name answered. `firstRunId` identifies the chain of runs, `number` only grows. */
export interface Generation {
  readonly firstRunId: string;
  /** Start of the chain in workflow milliseconds: grows over re-creation of the name (REG-2). */
  readonly number: number;
}

/** What every update answers. `value` is the verdict or the reply; a recorded refusal is a value, too. */
export interface Reply<R = unknown> {
  readonly requestId: string;
  readonly fingerprint: string | undefined;
  readonly generation: Generation;
  readonly value: R;
  /** What the entity knew when it answered. */
  readonly stamp?: Stamp;
}

/** Life-cycle states, shown as search attribute `MabeamStatus`. A definition may refine `running` (a ballot: open). */
export const LIFE_STATES = ['starting', 'running', 'draining', 'stopped', 'failed'] as const;
/** Where an entity stands in its life; only `running` takes messages. */
export type LifeState = (typeof LIFE_STATES)[number];

/** Why an entity ended; OTP's reasons. */
export type ExitReason =
  | { readonly kind: 'normal' }
  /** `gaveUp`: of a supervisor that did, in its own words. */
  | { readonly kind: 'shutdown'; readonly term?: string; readonly gaveUp?: string }
  | { readonly kind: 'failed'; readonly refusal: Refusal };

/** Which start of which child an entity is: what its supervisor counts its end by, once. */
export interface Supervised {
  /** Number of the generation of the supervisor that started it. Another one is not its parent. */
  readonly supervisor: number;
  /** Id of the child's specification. */
  readonly id: string;
  readonly generation: number;
}

/** The last act of an entity: a signal to its owner's workflow id. */
export interface ExitReport {
  readonly child: string;
  readonly generation: Generation;
  readonly reason: ExitReason;
  /** Of a child that a supervisor has started. */
  readonly supervised?: Supervised;
  readonly stamp?: Stamp;
}

/** The first act of an entity that no supervisor has started: a signal to its owner's workflow id. */
export interface StartReport {
  readonly child: string;
  readonly generation: Generation;
  /** What it was started with. Absent when that is longer than MAX_TAKEN_IN_BYTES: then nobody can start it again. */
  readonly start?: Beginning;
  readonly stamp?: Stamp;
}

/** How an entity was begun: its workflow type, and of its input what is its own. */
export interface Beginning {
  readonly workflowType: string;
  readonly init: unknown;
  readonly limits?: Partial<EntityLimits>;
  readonly queue?: string;
}

/** A message that could not take effect: listed, counted, replayable. */
export interface DeadLetter {
  readonly number: number;
  readonly at: string;
  readonly name: string;
  readonly refusal: Refusal;
  readonly message: Message;
}

/** What an entity remembers of a request. `reply` is absent when it was too large to keep (`reply-forgotten`). */
export interface Remembered {
  readonly id: string;
  readonly fingerprint?: string;
  readonly reply?: unknown;
  readonly kept: boolean;
}

/** A message that waits in the mailbox over a renewal. */
export interface Waiting {
  readonly via: 'command' | 'notice';
  readonly name: string;
  readonly message: Message;
  /** When it came, in workflow milliseconds. */
  readonly since: number;
}

/** The state that travels over a renewal. Plain JSON. */
export interface Snapshot<S = unknown> {
  readonly schema: number;
  readonly state: S;
  readonly generation: Generation;
  readonly mailbox: readonly Waiting[];
  readonly remembered: readonly Remembered[];
  readonly outbox: readonly OutboxEvent[];
  readonly sequence: number;
  readonly effects: readonly Effect[];
  readonly deadLetters: readonly DeadLetter[];
  readonly counts: EntityCounts;
  /** What it knows of the events of others; absent of a state from before there were stamps. */
  readonly clock?: { readonly time: HybridTime; readonly heard: readonly string[] };
  /** Messages of the running minute. */
  readonly rate?: { readonly start: number; readonly count: number };
}

/** Something to be done outside: performed by the shell, its outcome comes back as a message. `id` is unique per entity. */
export interface Effect {
  readonly kind: string;
  readonly id: string;
  readonly data: unknown;
}

/** Exact counts over the whole life, renewals included. */
export interface EntityCounts {
  readonly accepted: number;
  readonly repeated: number;
  readonly refused: number;
  readonly deadLetters: number;
  readonly renewals: number;
}

/** What is left of an incarnation that is over: the state it kept, and why it ended. */
export interface Previous {
  readonly kept: Kept;
  /** Why it ended, in a few words: `killed`, `shutdown`, or code and message of its failure. */
  readonly why: string;
}

/** A state that may outlive its incarnation. */
export interface Kept {
  readonly schema: number;
  readonly state: unknown;
}

/** The input of every entity workflow. */
export interface EntityInput<Init = unknown, S = unknown> {
  readonly space: Space;
  readonly kind: Kind;
  readonly name: Name;
  /** Workflow id of the supervisor; by default the space's own for that kind, such as `<space>:supervisor:root.agents`. */
  readonly owner: string;
  readonly queues: { readonly main: string; readonly store: string };
  /** Of an agent: the queue on which it is placed, by name. What it does is done there; its events go to the store's. */
  readonly queue?: string;
  /** Set by the supervisor that started it. */
  readonly supervised?: Supervised;
  /** What it was before, when it is begun again. */
  readonly previous?: Previous;
  /** What knew whoever started it, when that was an entity. */
  readonly stamp?: Stamp;
  readonly init: Init;
  readonly limits?: Partial<EntityLimits>;
  /** False on a server without our search attributes; default true. */
  readonly searchAttributes?: boolean;
  readonly snapshot?: Snapshot<S>;
}

/** Limits of one entity. Tests lower `renewAfterEvents` to force renewals. */
export interface EntityLimits {
  readonly renewAfterEvents: number;
  readonly mailboxMessages: number;
  readonly messageBytes: number;
  readonly stateBytes: number;
  readonly messagesPerMinute: number;
}

/** The limits of an entity that declares none of its own. */
export const DEFAULT_LIMITS: EntityLimits = {
  renewAfterEvents: 1_500,
  mailboxMessages: 1_000,
  messageBytes: 64 * 1024,
  stateBytes: 256 * 1024,
  messagesPerMinute: 60_000,
};
/** So many answered requests an entity remembers, over renewals too. */
export const REMEMBERED_REQUESTS = 1_000;
/** The answers that are remembered take at most this much; older ones are forgotten first. */
export const REMEMBERED_REPLY_BYTES = 256 * 1024;
/** How long a caller waits for an answer unless it says otherwise. */
export const DEFAULT_CALL_MS = 30_000;
/** So many dead letters an entity keeps; older ones are counted, not kept. */
export const KEPT_DEAD_LETTERS = 100;
/** The dead letters that are kept take at most this much. */
export const KEPT_DEAD_LETTER_BYTES = 256 * 1024;
/** So many events may wait for the store; with more, messages are refused `store-behind`. */
export const OUTBOX_MAX = 1_000;
/** What waits travels over a renewal: with state, replies and letters it must stay below the server's 2 MiB. */
export const OUTBOX_BYTES = 256 * 1024;
/** The same for the messages that wait in a mailbox. */
export const MAILBOX_BYTES = 512 * 1024;
/** Asks in flight at one entity; the server allows ten updates, two stay free for the kernel's own. */
export const ASKS_MAX = 8;

/** How an entity looks from outside, by the query `status`. */
export interface EntityStatus {
  readonly life: LifeState;
  readonly status: string;
  readonly owner: string;
  /** On which it is placed; absent for the queue of all. */
  readonly queue?: string;
  readonly generation: Generation;
  readonly mailbox: number;
  /** Since when the oldest message in the mailbox waits, ISO-8601; absent when none does. */
  readonly waitingSince?: string;
  readonly outbox: number;
  /** Number of the last event that it has said: of these, all that are not in the outbox are stored. */
  readonly said: number;
  readonly effectsInFlight: number;
  readonly counts: EntityCounts;
  readonly startedAt: string;
  readonly reason?: ExitReason;
}

/** How a query fails whose history came before its workflow task (`workflows/kernel/early-history.ts`): ask again. */
export const EARLY_HISTORY = 'the history came before its workflow task';

/** Whether a query failed by that. */
export const isEarlyHistory = (error: unknown): boolean =>
  error instanceof Error && error.message.includes(EARLY_HISTORY);

/** Life, mailbox and counts of an entity. */
export const statusQuery = defineQuery<EntityStatus>('status');
/** The dead letters that are kept, oldest first. */
export const deadLettersQuery = defineQuery<readonly DeadLetter[]>('deadLetters');
/** What a request with that id was answered; `null` for one that is not remembered. */
export const rememberedQuery = defineQuery<Reply | Refusal | null, [string]>('remembered');
/** The same of a run that is over (IDM-5), and asked of no other. */
export const recollectionQuery = defineQuery<Reply | Refusal | null, [string]>('recollection');
/** Ends the entity in order: what waits is done first, `terminate` runs, the owner is told. Safe to repeat. */
export const stopUpdate = defineUpdate<Reply<{ readonly stopped: true }>, [Message<{ readonly reason?: string }>]>(
  'stop',
);
/**
 * Answers when the start is over: a supervisor's when its children have started. Fails with the reason when the start has
 * failed. Safe to repeat.
 */
export const readyUpdate = defineUpdate<Reply<{ readonly started: boolean }>, [Message<Record<string, never>>]>(
  'ready',
);
/** Takes a dead letter back into the mailbox. Safe to repeat: a letter is replayed once. */
export const replayDeadLetterUpdate = defineUpdate<
  Reply<{ readonly replayed: number }>,
  [Message<{ readonly number: number }>]
>('replayDeadLetter');
/** Forces a renewal soon; sent to all entities after a deploy. */
export const renewSignal = defineSignal('renew');
/** How an entity tells its owner that it has ended. */
export const exitSignal = defineSignal<[ExitReport]>('childExited');
/** The child's first act: its owner takes it in. */
export const startedSignal = defineSignal<[StartReport]>('childStarted');
/** The state that the next incarnation may begin with; `null` when it would not want it. Asked of a run that is over, of no other. */
export const keptQuery = defineQuery<Kept | null>('kept');
/** The same again, for an owner that was not there when the child told it. */
export const originQuery = defineQuery<StartReport>('origin');
/**
 * All that one that has ended would go on with, as over a renewal; `null` for one that is not to go on. Asked of a run that is over,
 * of no other. What must not forget, a counter, has an answer at any time: whoever was terminated has not said that it ended.
 */
export const continuationQuery = defineQuery<EntityInput | null>('continuation');
