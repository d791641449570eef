import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Stamp } from './causality';
import type { Cast, Subject } from './coordination/ballot';
import type { Acquired, AcquireArgs, LockName, Released } from './coordination/lock';
import type { Message, Reply } from './entity';
import type { FinishedStudy, StudyRequest } from './optimisation/study';
import type { Announcement, Verdict } from './variable-set';

/** Input of an agent workflow; its workflow type is `<type>AgentWorkflow`. */
export interface AgentInit {
  readonly type: string;
  readonly definitionHash?: string;
  /** Argument of the definition's `init`. */
  readonly args?: unknown;
}

/** Body of a tell or an ask: which handler, with what. */
export interface Call {
  readonly name: string;
  readonly arg?: unknown;
}

/** Tell: accepted by the server, handled later, once. */
export const tellSignal = defineSignal<[Message<Call>]>('tell');
/** Ask: answered by the handler's reply. */
export const askUpdate = defineUpdate<Reply, [Message<Call>]>('ask');
/** Inspect: a read of the state, no history. */
export const inspectQuery = defineQuery<unknown, [Call]>('inspect');
/** The ballot's activity asks for a vote; the agent's `vote` handler answers. */
export const castVoteUpdate = defineUpdate<
  Reply<Pick<Cast, 'choice' | 'value' | 'reason' | 'measured'>>,
  [Message<{ readonly ballot: string; readonly subject: Subject }>]
>('castVote');
/** The set's activity announces a version; answers the version the agent has now (VAR-5: only newer ones are applied). */
export const announceUpdate = defineUpdate<Reply<{ readonly version: number }>, [Message<Announcement>]>('announce');
/** Reply of an agent to an agent's ask (signals both ways, with a correlation id). */
export const answeredSignal = defineSignal<[Message<{ readonly ok: boolean; readonly value: unknown }>]>('answered');
/** An agent asks an agent: the answer goes to `sender` by the signal `answered` with `correlationId`. */
export const askedSignal = defineSignal<[Message<Call>]>('asked');

/** What a set tells the agent that proposed, once a ballot has decided. */
export interface Decision {
  readonly set: string;
  readonly proposal: number;
  readonly verdict: Verdict;
}
/** The decision on a pending proposal comes to its proposer as a message. */
export const proposalDecidedSignal = defineSignal<[Message<Decision>]>('proposalDecided');

/** The end of a study comes to the agent that started it as a message. */
export const studyEndedSignal = defineSignal<[Message<FinishedStudy>]>('studyEnded');

/** Arguments and reply of the messages of an agent type, by name: what the client's types are made of. */
export interface AgentShape {
  readonly type: string;
  readonly tells: Readonly<Record<string, unknown[]>>;
  readonly asks: Readonly<Record<string, { readonly args: unknown[]; readonly reply: unknown }>>;
  readonly inspections: Readonly<Record<string, { readonly args: unknown[]; readonly reply: unknown }>>;
}
/** Something that has a shape, for types alone: `shape` is never there at run time. */
export interface Shaped<A extends AgentShape = AgentShape> {
  readonly type: A['type'];
  readonly shape?: A;
}

/** Limits of an agent beyond those of every entity. */
export interface AgentLimits {
  readonly effectsInFlight: number;
}
/** The limits of an agent that declares none of its own. */
export const DEFAULT_AGENT_LIMITS: AgentLimits = { effectsInFlight: 20 };
/** How long an agent waits for the answer of another one when it names no deadline. */
export const DEFAULT_ASK_MS = 30_000;

/** The workflow type of agents of a definition. */
export function agentWorkflowType(type: string): string {
  return `${type.replace(/[-._]+(.)/g, (_all, letter: string) => letter.toUpperCase())}AgentWorkflow`;
}

/** What agents ask of the world beside their own activities. All idempotent by message id. */
export interface AgentActivities {
  /** Proposes on a set by update; the verdict comes back at once (`pending` for a ballot), with the `stamp` of the set. */
  proposeOn(request: { readonly space: string; readonly set: string; readonly message: unknown }): Promise<unknown>;
  /** Subscribes to a set by update; answers version and values, with the `stamp` of the set. */
  subscribeTo(request: { readonly space: string; readonly set: string; readonly message: unknown }): Promise<unknown>;
  /** Starts another agent (get-or-create) as child work. */
  startAgent(request: {
    readonly space: string;
    readonly type: string;
    readonly name: string;
    readonly args?: unknown;
    readonly owner: string;
    readonly queue?: string;
    readonly stamp?: Stamp;
  }): Promise<{ readonly workflowId: string }>;
  /** Asks a lock or a semaphore for an agent, and starts it when it is not there. Its turn comes as a signal. */
  acquireForAgent(request: {
    readonly space: string;
    readonly lock: LockName;
    readonly args: AcquireArgs;
  }): Promise<Acquired>;
  /** Gives back what an agent holds. @throws `not-holder` when it was lost */
  releaseForAgent(request: {
    readonly space: string;
    readonly lock: LockName;
    readonly args: { readonly session: string; readonly token: number };
    readonly id: string;
  }): Promise<Released>;
  /** Starts a study, or finds the one that the same request started; `notify` is the agent that is told the end. */
  startStudy(request: {
    readonly space: string;
    readonly name: string;
    readonly request: StudyRequest;
    readonly notify: string;
    readonly stamp?: Stamp;
  }): Promise<{ readonly workflowId: string }>;
}
