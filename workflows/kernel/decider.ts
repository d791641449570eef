import type { Stamp } from '../../src/contracts/causality';
import type { Effect, EntityInput, EntityLimits, ExitReason, Generation, Message } from '../../src/contracts/entity';
import type { NewEvent } from '../../src/contracts/envelope';
import type { ErrorCode, Refusal } from '../../src/contracts/errors';
import type { Kind } from '../../src/contracts/ids';

/** What a decision may know beside state and message: handed in, so that deciders stay pure. */
export interface Context {
  /** Workflow time in milliseconds. */
  readonly now: number;
  readonly workflowId: string;
  readonly space: string;
  readonly name: string;
  readonly generation: Generation;
  /** Id of the message; effects and events derive theirs from it. */
  readonly messageId: string;
  readonly sender?: string;
  readonly causationId?: string;
  readonly correlationId?: string;
  readonly chain: readonly string[];
  /** The step that is being taken: whether a newer message interrupted it, and what to do then. */
  readonly step?: StepWatch;
  /** True while the entity is due for renewal: begin nothing that cannot be begun again. */
  readonly renewing: boolean;
  /** What the entity knows now: for a message that the step sends itself. */
  stamp(): Stamp;
  /** Takes in what an answer brought along that the step waited for. */
  hear(stamp: Stamp | undefined): void;
}

/** Tells a step that awaits something that it was given up: its outcome is no longer wanted. */
export interface StepWatch {
  readonly interrupted: boolean;
  onInterrupt(act: () => void): void;
}

/** What becomes of a message that comes while a step is running. Default `enqueue`. */
export type During = 'enqueue' | 'reject' | 'interrupt' | 'rollback' | 'merge';
/** What becomes of a notice that a full mailbox cannot take. Default `reject`. */
export type Overload = 'reject' | 'park' | 'drop-oldest';

/** What a decision leaves. Nothing of it is visible before the whole of it is. */
export interface Step<S> {
  readonly state: S;
  /** Value of the update's reply: for a command. */
  readonly reply?: unknown;
  /** The command is answered by a later step, with `answers`: OTP's `noreply`. A renewal waits for it. */
  readonly deferred?: true;
  /** Answers to commands that were deferred, by message id. What is not waited for is dropped. */
  readonly answers?: readonly Answer[];
  readonly events?: readonly NewEvent[];
  /**
   * The events may gather for a second before they leave. For answers to a question that many get at once: if each handed
   * over on the spot, the hand-overs would stand in the way of the answers that are still out.
   */
  readonly gathers?: true;
  readonly effects?: readonly Effect[];
  /** Notices to itself, put at the end of the mailbox. Their ids are used once. */
  readonly notices?: readonly { readonly name: string; readonly message: Message }[];
  /** Signals to other workflows, sent once the step is done. A receiver that is not there is no failure. */
  readonly sends?: readonly Send[];
  /** Refuses the message after all: state as before, an update fails with the code, a signal becomes a dead letter. */
  readonly refusal?: Refusal;
}

/** What a deferred command is answered with. */
export interface Answer {
  readonly messageId: string;
  readonly reply?: unknown;
  readonly refusal?: Refusal;
}

/** A signal to another workflow. */
export interface Send {
  readonly to: string;
  readonly signal: string;
  readonly args: readonly unknown[];
  /** Name of the notice to itself, `{ to, taken }`, that says whether the receiver was there. */
  readonly outcome?: string;
}

/** Arguments parsed without throwing. */
export type Parsed<A> = { readonly ok: true; readonly args: A } | { readonly ok: false; readonly refusal: Refusal };

/**
 * One message that an entity understands. `parse` and `admit` run in the update's validator: synchronous, pure,
 * what they refuse leaves no trace. `decide` runs when the message's turn comes; if it answers a promise, the
 * entity takes no other message until it settles.
 */
export interface Handler<S, A> {
  parse(args: unknown): Parsed<A>;
  admit?(state: S, args: A): Refusal | undefined;
  decide(state: S, args: A, context: Context): Step<S> | Promise<Step<S>>;
}

/** A handler whose arguments are its own affair: what a definition lists by name. */
export interface AnyHandler<S> {
  parse(args: unknown): Parsed<unknown>;
  admit?(state: S, args: never): Refusal | undefined;
  decide(state: S, args: never, context: Context): Step<S> | Promise<Step<S>>;
}

/** How an effect is performed and what becomes of its outcome. */
export interface EffectHandler<S> {
  /**
   * Performs the effect with activities; throws nothing: a failure is an outcome. May run again when `restartable`. Messages to other
   * entities carry `stamp`, and what these knew when they answered comes back as `stamp` of the outcome.
   */
  perform(effect: Effect, input: EntityInput, stamp: Stamp): Promise<unknown>;
  /** Restartable effects are cancelled by a renewal and performed again in the new run; for others the renewal waits. */
  readonly restartable: boolean;
  settle(state: S, effect: Effect, outcome: unknown, context: Context): Step<S>;
}

/** Decider in, durable entity out: what `runEntity` needs to know of a kind. */
export interface EntityDefinition<Init, S> {
  readonly kind: Kind;
  /**
   * It is a part of another entity, which hears of its decision: it reports neither start nor end to its owner, and the event
   * of its start may wait for others.
   */
  readonly isPart?: true;
  /** Version of the state's form; `upcast[n]` lifts a snapshot of version n to n + 1. */
  readonly schema: number;
  readonly upcast: Readonly<Record<number, (state: unknown) => unknown>>;
  /** The first state; a refusal fails the workflow before anything else is done. */
  create(init: Init, context: Context): Step<S> | Promise<Step<S>>;
  /** By update name: messages that want an answer. */
  readonly commands: Readonly<Record<string, AnyHandler<S>>>;
  /** By signal name: messages that want none. */
  readonly notices: Readonly<Record<string, AnyHandler<S>>>;
  /** By query name. */
  readonly inspections: Readonly<Record<string, (state: S, arg: never) => unknown>>;
  readonly effects: Readonly<Record<string, EffectHandler<S>>>;
  /** What a notice that became a dead letter is answered with, for one whose sender waits for an answer. */
  unheard?(name: string, message: Message, refusal: Refusal): Send | undefined;
  /** By signal name: notices that the running step waits for. They pass the mailbox by and throw nothing. */
  readonly direct?: Readonly<Record<string, (message: Message) => void>>;
  /** Limits that differ from the defaults; those of the input go before them. */
  readonly limits?: Partial<EntityLimits>;
  readonly during?: During;
  readonly overload?: Overload;
  /** Combines a waiting notice with a newer one of its name; for `merge`. `undefined`: they do not combine. */
  merge?(name: string, waiting: unknown, newer: unknown): unknown;
  /** What a throw of a decision means: the entity ends as failed. Without it the task is retried until a deploy cures it. */
  failure?(error: unknown): Refusal;
  /** When the entity wants to be woken next, in workflow milliseconds. */
  wakeAt?(state: S): number | undefined;
  wake?(state: S, context: Context): Step<S>;
  /**
   * What to begin when nothing else is to be done: asked after each step until it answers `undefined`. Not asked while the
   * entity is due for renewal, ends, or cannot hand its events over, so what was begun drains first.
   */
  begin?(state: S, context: Context): Step<S> | undefined;
  /** Length of the state as JSON, for a state that is dear to measure. Default: it is measured after each step. */
  bytesOf?(state: S): number;
  /** The state as it travels over a renewal, for a definition whose run knows more than it. Default: as it is. */
  carried?(state: S): S;
  /** Beside the report to its owner, whom to tell of the end, whatever it is. */
  farewell?(reason: ExitReason): readonly Send[];
  /** What the next incarnation may begin with, when a supervisor begins it again. Without it that begins afresh. */
  keeps?(state: S): unknown;
  /** Refusals of tells and steps that end the entity as failed: limits that it must not break. */
  readonly fatal?: readonly ErrorCode[];
  /**
   * Whether its next start has to go on where it ended, however it ended: terminated, timed out, or stopped. Without it only what
   * has ended by itself can go on.
   */
  goesOn?(state: S): boolean;
  /** Runs once after a renewal, before any message. */
  resume?(state: S, context: Context): Step<S>;
  /**
   * Takes an ordered stop into its own hands, for what has something to stop before it ends: messages are taken as before,
   * and the entity ends when `finished` says so.
   */
  stop?(state: S, reason: ExitReason, context: Context): Step<S>;
  /** When the start is over, for what is not ready with its first state. The entity tells its owner then. */
  isReady?(state: S): boolean;
  /** Runs on an ordered stop, when all that waited is done. */
  terminate?(state: S, context: Context): Step<S> | Promise<Step<S>>;
  /** One word of status and the Markdown of the current details: what is this, what is it waiting for. */
  describe(state: S): { readonly status: string; readonly markdown: string };
  /** When defined the entity ends: drains, tells its owner, returns `outcome`. */
  finished?(state: S): { readonly reason: ExitReason; readonly outcome: unknown } | undefined;
}
