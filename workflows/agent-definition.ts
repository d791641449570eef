import type { AgentLimits, AgentShape, Decision, Shaped } from '../src/contracts/agent';
import type { Published } from '../src/contracts/coordination/topic';
import type { Choice, StandingVote, Subject } from '../src/contracts/coordination/ballot';
import type { EntityLimits, ExitReport } from '../src/contracts/entity';
import type { Refusal } from '../src/contracts/errors';
import type { Marks } from '../src/contracts/groups';
import type { FinishedStudy, StudyRequest } from '../src/contracts/optimisation/study';
import type { Values } from '../src/contracts/variable';
import type { Announcement, Proposal, Verdict } from '../src/contracts/variable-set';
import { type ENDING_LIMITS, outlineProblem, type Validator } from '../src/domain/agent';
import type { AgentLockOptions, AskedBack } from './agent-locks';
import type { During, Overload } from './kernel/decider';
import { toFailure } from './kernel/failure';

/** How an effect is run: an activity of the user, by default for at most five minutes and three times. */
export interface DoOptions {
  readonly timeoutMs?: number;
  readonly attempts?: number;
  /** A task queue of the user's own, by its full name. Default: the agent's. */
  readonly queue?: string;
  /** One line for the Temporal Web UI. */
  readonly summary?: string;
}

/** What a handler may do beside computing: the only time, chance and world there are. */
export interface AgentContext {
  readonly space: string;
  readonly name: string;
  readonly workflowId: string;
  /** Who sent the message. */
  readonly sender: string | undefined;
  readonly messageId: string;
  /** Runs an activity. @throws effect-failed when it failed for good, limit-reached with too many in flight */
  do<R = unknown>(activity: string, arg?: unknown, options?: DoOptions): Promise<R>;
  /** Tells another agent, once the handler is done. */
  tell(agent: string, message: string, arg?: unknown): void;
  /** Asks another agent. @throws timeout, deadlock (AGT-5), agent-not-found, or what the other answered */
  ask<R = unknown>(
    agent: string,
    message: string,
    arg?: unknown,
    options?: { readonly deadlineMs?: number },
  ): Promise<R>;
  /** Proposes on a set. A pending verdict is followed by the decision, as a message to `onDecision`. */
  propose(
    set: string,
    changes: Values,
    more: Pick<Proposal, 'basedOn' | 'reads' | 'because' | 'evidence'>,
  ): Promise<Verdict>;
  /** From now on the set announces its versions to this agent (`onVariables`); answers the current one. */
  subscribe(set: string): Promise<{ readonly version: number; readonly values: Values }>;
  /**
   * Starts another agent, or finds it; this agent owns it.
   * @param options `queue`: where it is placed; default: the queue of all, not this agent's
   * @returns its workflow id
   */
  start(type: string, name: string, args?: unknown, options?: { readonly queue?: string }): Promise<string>;
  /**
   * Starts a study, or finds the one that the same request started. Its end comes as a message to `onStudy`.
   * @returns its workflow id
   */
  startStudy(name: string, request: StudyRequest): Promise<string>;
  /**
   * Acquires a lock, acts, and gives it back, whatever becomes of the act. Meanwhile each activity carries the fencing token. The step waits,
   * and with it all that comes to this agent.
   * @param options `of`: it is a semaphore of so many permits
   * @throws lock-held for a try, timeout, queue-full, deadlock when the agent holds it already; not-holder when it was lost meanwhile
   */
  withLock<R>(lock: string, act: (token: number) => R | Promise<R>, options?: AgentLockOptions): Promise<R>;
  /**
   * Acquires all of them or none, one after the other in the order of their names; `waitMs` bounds the whole wait. Tokens by name.
   * @throws as withLock; invalid-request for one named twice
   */
  withLocks<R>(
    locks: readonly string[],
    act: (tokens: Readonly<Record<string, number>>) => R | Promise<R>,
    options?: Omit<AgentLockOptions, 'of' | 'permits'>,
  ): Promise<R>;
  /**
   * Acquires a lock and keeps it, over messages and renewals, until `releaseLock` or the agent's end. A step that is refused keeps nothing.
   * @returns its fencing token
   */
  acquireLock(lock: string, options?: AgentLockOptions): Promise<number>;
  /** Gives back what the agent keeps. @throws not-holder when it holds it no more */
  releaseLock(lock: string, options?: Pick<AgentLockOptions, 'of'>): Promise<void>;
  /** The token of what the agent holds now; nothing when it holds it not, or no more. */
  heldToken(lock: string, options?: Pick<AgentLockOptions, 'of'>): number | undefined;
  /**
   * Joins a group, or changes its tags and metadata there, once the handler is done. The membership ends with this life.
   * @throws invalid-id, invalid-message, limit-reached
   */
  join(group: string, marks?: Marks): void;
  /** Leaves a group, once the handler is done. One that it is not in is no error. @throws invalid-id */
  leave(group: string): void;
  /**
   * Publishes a message, once the handler is done: it waits in the outbox of the agent while the store is away. Messages of one
   * topic and key come to each subscriber in order. @throws invalid-id, invalid-request, message-too-large, limit-reached
   */
  publish(topic: string, data: unknown, options?: { readonly key?: string }): void;
  /** Tells itself later. */
  after(delay: number | string, message: string, arg?: unknown): void;
  now(): number;
  random(): number;
  log(text: string, data?: Readonly<Record<string, unknown>>): void;
}

/** A limit that may end an agent. */
export type EndingLimit = keyof typeof ENDING_LIMITS;

type Awaitable<T> = T | Promise<T>;
/** A tell answers the new state, nothing for the old one, or a refusal. */
export type Told<S> = S | undefined | Refusal;
/** An ask answers its reply and, if it changed, the state; or a refusal. */
export type Asked<S> = { readonly reply: unknown; readonly state?: S } | Refusal;
export interface Vote {
  readonly choice: Choice;
  /** The number that it names, where the choice is `value`. */
  readonly value?: number;
  /** The options that it names, the best first, where the choice is `ranking`. */
  readonly ranking?: readonly string[];
  readonly reason?: string;
  readonly measured?: Readonly<Record<string, number>>;
}

export type Tells<S> = Readonly<Record<string, (state: S, arg: never, ctx: AgentContext) => Awaitable<Told<S> | void>>>;
export type Asks<S> = Readonly<Record<string, (state: S, arg: never, ctx: AgentContext) => Awaitable<Asked<S>>>>;
export type Inspections<S> = Readonly<Record<string, (state: S, arg: never) => unknown>>;

/** What a user writes. Everything but `type` and `state` may be left out. */
export interface AgentSpec<K extends string, S, T, A, I> {
  /** Names the behaviour: the workflow type is `<type>AgentWorkflow`. */
  readonly type: K;
  /** The first state, from the argument that `get` or `start` was given. */
  readonly state: (args?: never) => S;
  readonly tell?: T & Tells<S>;
  readonly ask?: A & Asks<S>;
  readonly inspect?: I & Inspections<S>;
  /** Runs once, before the first message. A throw fails the agent. */
  readonly init?: (state: S, args: never, ctx: AgentContext) => Awaitable<S | void>;
  /** Runs once, after the last message of an ordered stop. */
  readonly terminate?: (state: S, ctx: AgentContext) => Awaitable<S | void>;
  /** Tells to itself at intervals: `{ tick: '10s' }`. */
  readonly every?: Readonly<Record<string, number | string>>;
  /** Thinks about a proposal. */
  readonly vote?: (state: S, subject: Subject, ctx: AgentContext) => Awaitable<Vote>;
  /** A declared policy in place of `vote`. */
  readonly standingVote?: StandingVote;
  /** Variable sets whose versions it applies. */
  readonly subscribe?: readonly string[];
  /** Groups that it joins when it starts, by name, or with its tags and metadata there: `{ scorers: { tags: ['gpu'] } }`. */
  readonly groups?: readonly string[] | Readonly<Record<string, Marks>>;
  readonly onVariables?: (state: S, announced: Announcement, ctx: AgentContext) => Awaitable<S | void>;
  /**
   * Topics that it subscribes to, durably: patterns and what is done with a message, as a tell. It comes at least once and takes
   * effect once, in order by topic and key; of several patterns that mean it the first counts. A refusal has it tried again.
   */
  readonly topics?: Readonly<
    Record<string, (state: S, message: Published, ctx: AgentContext) => Awaitable<Told<S> | void>>
  >;
  /** Hears of the end of an agent that it has started: the report of the child's last act. */
  readonly onExit?: (state: S, report: ExitReport, ctx: AgentContext) => Awaitable<S | void>;
  /**
   * Somebody asks for a lock that it keeps (`acquireLock`). `true` gives it back, once the step is done; `false` keeps it. Without it nobody
   * can ask.
   */
  readonly onRevoke?: (
    state: S,
    asked: AskedBack,
    ctx: AgentContext,
  ) => Awaitable<boolean | { readonly agrees: boolean; readonly state: S }>;
  readonly onDecision?: (state: S, decision: Decision, ctx: AgentContext) => Awaitable<S | void>;
  /** Hears how a study that it started has ended: the best trial, and the proposal to be made of it. */
  readonly onStudy?: (state: S, finished: FinishedStudy, ctx: AgentContext) => Awaitable<S | void>;
  /** What becomes of a message that comes while a step runs. Default `enqueue`. */
  readonly during?: During;
  /** What becomes of a tell that a full mailbox cannot take. Default `reject`: a dead letter. */
  readonly overload?: Overload;
  readonly limits?: Partial<EntityLimits & AgentLimits>;
  /**
   * Limits whose breach ends the agent as failed, with the code of the refusal as the reason that its supervisor sees. Without
   * it a breach is refused and the agent lives on. What an ask breaks is refused at the border, where nothing can end.
   */
  readonly endsOver?: readonly EndingLimit[];
  /**
   * The state with which its supervisor begins it again: `fresh` (the default) as at its first start, `last` the one that it
   * had, or what a function makes of that. `init` runs in any case. A `last` that is itself the cause fails again and again,
   * until the supervisor gives up.
   */
  readonly restart?: 'fresh' | 'last' | ((last: S, why: string) => S);
  /** A Standard Schema validator by message name; what it refuses is `invalid-message`. */
  readonly messages?: Readonly<Record<string, Validator>>;
  /** Version of the state's form, default 1; `upcast[n]` lifts a state of version n to n + 1. */
  readonly schema?: number;
  readonly upcast?: Readonly<Record<number, (state: never) => unknown>>;
}

type Rest<F> = F extends (state: never, ...rest: infer R) => unknown ? R : [];
/** The arguments after the state, without the context. */
type ArgsOf<F> =
  Rest<F> extends []
    ? []
    : Rest<F> extends [infer A, ...unknown[]]
      ? unknown extends A
        ? []
        : [arg: A]
      : Rest<F> extends [(infer A)?, ...unknown[]]
        ? [arg?: A]
        : [];
type ReplyOf<F> = F extends (...args: never[]) => infer R
  ? Extract<Awaited<R>, { readonly reply: unknown }>['reply']
  : never;
type ResultOf<F> = F extends (...args: never[]) => infer R ? R : never;

/** The shape of a definition, for the client's types. */
export interface ShapeOf<K extends string, T, A, I> extends AgentShape {
  readonly type: K;
  readonly tells: { [N in keyof T & string]: ArgsOf<T[N]> };
  readonly asks: { [N in keyof A & string]: { readonly args: ArgsOf<A[N]>; readonly reply: ReplyOf<A[N]> } };
  readonly inspections: { [N in keyof I & string]: { readonly args: ArgsOf<I[N]>; readonly reply: ResultOf<I[N]> } };
}

/** A definition whose types are not looked at: what the workflow runs. */
export type AnyAgentSpec = AgentSpec<string, unknown, Tells<unknown>, Asks<unknown>, Inspections<unknown>>;

/** A checked definition. Its types are what `agents.get<typeof definition>` knows of the agent. */
export interface AgentDefinition<A extends AgentShape = AgentShape> extends Shaped<A> {
  readonly kind: 'agent';
  readonly spec: AnyAgentSpec;
}

/**
 * Defines the behaviour of a type of agents. Runs where workflows run, and in plain Node to be checked.
 *
 * @returns the definition, to be exported from a definition file
 * @throws invalid-definition when its parts contradict each other
 */
export function defineAgent<
  const K extends string,
  S,
  T extends Tells<S> = Record<never, never>,
  A extends Asks<S> = Record<never, never>,
  I extends Inspections<S> = Record<never, never>,
>(spec: AgentSpec<K, S, T, A, I>): AgentDefinition<ShapeOf<K, T, A, I>> {
  const problem = outlineProblem({
    type: spec.type,
    tell: Object.keys(spec.tell ?? {}),
    ask: Object.keys(spec.ask ?? {}),
    inspect: Object.keys(spec.inspect ?? {}),
    every: spec.every ?? {},
    messages: spec.messages ?? {},
    schema: spec.schema ?? 1,
    upcast: Object.keys(spec.upcast ?? {}).map(Number),
    endsOver: spec.endsOver ?? [],
    topics: Object.keys(spec.topics ?? {}),
    restart: spec.restart ?? 'fresh',
    ...(spec.groups === undefined ? {} : { groups: spec.groups }),
  });
  if (problem !== undefined) throw toFailure(problem);
  return { kind: 'agent', type: spec.type, spec: spec as unknown as AnyAgentSpec };
}

/** A vote for the proposal, with its reason and what was measured. */
export function yes(reason?: string, measured?: Readonly<Record<string, number>>): Vote {
  return vote('yes', reason, measured);
}
/** A vote against the proposal. */
export function no(reason?: string, measured?: Readonly<Record<string, number>>): Vote {
  return vote('no', reason, measured);
}
/** Counted as present, for neither side. */
export function abstain(reason?: string): Vote {
  return vote('abstain', reason);
}

/** A number, where a median decides: one of `subject.range`. */
export function voteFor(value: number, reason?: string, measured?: Readonly<Record<string, number>>): Vote {
  return { ...vote('value', reason, measured), value };
}

/** Options, the best first, where one of several is chosen: some of `subject.options.names`. What is left out is below them. */
export function rank(ranking: readonly string[], reason?: string, measured?: Readonly<Record<string, number>>): Vote {
  return { ...vote('ranking', reason, measured), ranking };
}

function vote(choice: Choice, reason?: string, measured?: Readonly<Record<string, number>>): Vote {
  return {
    choice,
    ...(reason === undefined ? {} : { reason }),
    ...(measured === undefined ? {} : { measured }),
  };
}
