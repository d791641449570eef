import type { Elections } from '../client/elections';
import type { Coordination } from '../client/coordination';
import type { Barriers } from '../client/barriers';
import type { Locks, Semaphores } from '../client/locks';
import type { Sessions } from '../client/sessions';
import type { Request, Response } from 'express';
import type { AgentHandle, AgentStartOptions } from '../client/agents';
import type { BallotHandle } from '../client/ballots';
import type { Counters } from '../client/counters';
import type { Groups } from '../client/groups';
import type { CallOptions } from '../client/temporal';
import type { Registry } from '../client/registry';
import type { SharedValues } from '../client/values';
import type { VariableSetHandle } from '../client/variable-sets';
import type { StudyHandle, StudyOptions } from '../client/optimisation';
import type { SupervisorHandle, Supervisors } from '../client/supervisors';
import type { BallotRequest } from '../contracts/coordination/ballot';
import type { ErrorCode } from '../contracts/errors';
import type { Finding, SpaceHealth } from '../contracts/health';
import type { Space } from '../contracts/ids';
import type { OptunaStudy } from '../contracts/optimisation/optuna';
import type { ReadModels } from '../contracts/read-models';
import type { SubscriptionStore } from '../contracts/subscription';
import type { TopicStore } from '../contracts/coordination/topic';
import type { Contact } from './contact';
import type { Answer } from './idempotency';
import type { PageTokens } from './pagination';
import type { RateLimit } from './rate-limit';
import type { Schema } from './requests/schema';

/** An agent as the routes need it: the client's handle, untyped. */
export interface AgentDoor extends Pick<AgentHandle, 'status' | 'deadLetters' | 'replay' | 'stop'> {
  tell(message: string, arg?: unknown): Promise<void>;
  ask(message: string, arg?: unknown): Promise<unknown>;
  inspect(what: string, arg?: unknown): Promise<unknown>;
  with(options: CallOptions): AgentDoor;
}

/** A set as the routes need it. */
export type SetDoor = Pick<
  VariableSetHandle,
  'read' | 'view' | 'adoption' | 'propose' | 'restore' | 'redefine' | 'proposal' | 'lease' | 'endLease'
>;

/** A supervisor as the routes need it. */
export type SupervisorDoor = Pick<
  SupervisorHandle,
  'view' | 'startChild' | 'restartChild' | 'terminateChild' | 'deleteChild' | 'releaseChild' | 'change' | 'stop'
>;

type StartOptions = Pick<AgentStartOptions, 'args' | 'queue' | 'requestId' | 'begunMs'>;

/** What the routes need of a study. */
export type StudyDoor = Pick<
  StudyHandle,
  | 'view'
  | 'stop'
  | 'propose'
  | 'pause'
  | 'resume'
  | 'change'
  | 'extend'
  | 'delete'
  | 'enqueue'
  | 'ask'
  | 'tell'
  | 'pareto'
  | 'lineage'
  | 'importance'
  | 'export'
  | 'report'
> & {
  copy(name: string, changes: Partial<StudyOptions>): Promise<Pick<StudyHandle, 'view'>>;
};

/** What the routes need of the client for one space. */
export interface SpaceDoor {
  readonly agents: {
    start(type: string, name: string, options: StartOptions): Promise<unknown>;
    at(name: string): AgentDoor;
  };
  readonly variables: {
    start(name: string, options: Pick<StartOptions, 'requestId'>): Promise<Pick<SetDoor, 'view'>>;
    at(name: string): SetDoor;
  };
  readonly registry: Pick<Registry, 'lookup'>;
  readonly groups: Pick<Groups, 'join' | 'leave'>;
  readonly studies: {
    /** The request is checked by the study. */
    start(name: string, request: StudyOptions): Promise<Pick<StudyHandle, 'view'>>;
    at(name: string): StudyDoor;
  };
  readonly supervisors: {
    /** The specification is checked by the rule, which says what OTP would say. */
    start(...what: Parameters<Supervisors['start']>): Promise<Pick<SupervisorDoor, 'view'>>;
    at(name: string): SupervisorDoor;
  };
  health(): Promise<SpaceHealth>;
  readonly sessions: Pick<Sessions, 'start' | 'keepAlive' | 'close' | 'view'>;
  readonly coordination: Pick<Coordination, 'show' | 'blocks'>;
  readonly locks: Pick<Locks, 'at'>;
  readonly semaphores: Pick<Semaphores, 'at'>;
  readonly elections: Pick<Elections, 'at'>;
  readonly barriers: Pick<Barriers, 'requests'>;
  readonly counters: Pick<Counters, 'at'>;
  readonly values: Pick<SharedValues, 'at'>;
  readonly ballots: {
    /** The request is checked by the rules of ballots. */
    open(name: string, request: BallotRequest, options: CallOptions): Promise<Pick<BallotHandle, 'view'>>;
    get(name: string): Pick<BallotHandle, 'view' | 'vote' | 'whatIf' | 'deadLetters' | 'replay'>;
  };
}

/** State of one part, for `/readyz`. */
export interface PartState extends Finding {
  /** Without it the facade cannot do what it is asked. */
  readonly needed: boolean;
}

/** What the facade is made of. */
export interface AppDeps {
  /** The client of a space. @throws PlatformError `temporal-unavailable` */
  space(name: Space): Promise<SpaceDoor>;
  readonly reads: ReadModels | undefined;
  readonly subscriptions?: SubscriptionStore | undefined;
  readonly topics?: TopicStore | undefined;
  /** Temporal, store, queues, workers, supervision, registry: each checked when asked. */
  health(): Promise<Readonly<Record<string, PartState>>>;
  /** Whether Temporal answers; default: taken for granted, each call finds out for itself. */
  contact?(): Promise<Contact>;
  readonly log: { info(line: object, text: string): void; error(line: object, text: string): void };
  /** Reads the bytes of an SQLite file of Optuna; default: none is read. @throws PlatformError `invalid-import` */
  readOptunaSqlite?(bytes: Uint8Array, choose: (names: readonly string[]) => string): Promise<readonly OptunaStudy[]>;
  /** Signs page tokens; default: a new one for each process. */
  readonly pageSecret?: string;
  /** Names beside those of loopback by which callers may ask. */
  readonly hosts?: readonly string[];
  readonly rateLimit?: RateLimit;
  /** How long a repeated request waits for the first; default 30 s. */
  readonly attachMs?: number;
  /** Default 15 s. */
  readonly heartbeatMs?: number;
  /** How long a client of the event stream may leave its buffer full; default 10 s. */
  readonly slowMs?: number;
  /** Event streams and takes that wait, at once; half of them for one space. Default MAX_STREAMS. */
  readonly maxStreams?: number;
}

/** One request, validated. */
export interface Context<B = unknown, Q = unknown> {
  readonly deps: AppDeps;
  readonly pages: PageTokens;
  readonly space: Space;
  readonly params: Readonly<Record<string, string>>;
  readonly body: B;
  readonly query: Q;
  /** Message id, sender and correlation for calls of the client. */
  readonly how: CallOptions;
  readonly request: Request;
  readonly response: Response;
  /** The client of the space of this request. */
  door(): Promise<SpaceDoor>;
  /** @throws PlatformError `reads-unavailable` */
  reads(): ReadModels;
  /** @throws PlatformError `reads-unavailable` */
  subscriptions(): SubscriptionStore;
  /** @throws PlatformError `reads-unavailable` */
  topics(): TopicStore;
}

/** One operation: routing, validation, answer and the OpenAPI document come from it. Paths as in OpenAPI. */
export interface Route {
  readonly method: 'get' | 'post' | 'delete';
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  /** What it answers: the name of a schema in `schemas/`, or `null` for an empty body. */
  readonly answers: Readonly<Record<number, string | null>>;
  /** Media types of an answer that is text of its own, not JSON. */
  readonly media?: readonly string[];
  /** Codes that its receiver may answer, beside those that every route of its sort has. */
  readonly refuses: readonly ErrorCode[];
  /** `reads`: it answers from the read models, with Temporal or without; `store`: the store itself is asked. */
  readonly from: 'temporal' | 'reads' | 'store' | 'itself';
  readonly body?: Schema;
  readonly query?: Schema;
  /** The body is a file of MAX_IMPORT_BYTES at most, not JSON. */
  readonly takesFile?: true;
  /**
   * Whether it takes an Idempotency-Key. False for a POST that only reads, or that says in `repeating` why none is asked
   * for; true for a DELETE that takes one. Default: a POST does.
   */
  readonly keyed?: boolean;
  /** What becomes of a repetition, of an operation that changes something and takes no key. */
  readonly repeating?: string;
  /** `undefined` when the handler has answered itself (streams). */
  handle(context: Context): Promise<Answer | undefined>;
}

/** Types a route by its schemas. */
export function route<B = undefined, Q = Record<never, never>>(
  spec: Omit<Route, 'handle' | 'body' | 'query'> & {
    readonly body?: Schema<B>;
    readonly query?: Schema<Q>;
    handle(context: Context<B, Q>): Promise<Answer | undefined>;
  },
): Route {
  return spec;
}

/** A part of the path by its name. */
export function param(context: { readonly params: Context['params'] }, name: string): string {
  return context.params[name] ?? '';
}

/** `{x}` when x is there. */
export function given<K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> {
  return value === undefined ? {} : ({ [key]: value } as Partial<Record<K, T>>);
}

/** Whether an operation changes something and takes an Idempotency-Key. */
export function isKeyed(of: Pick<Route, 'method' | 'keyed'>): boolean {
  return of.keyed ?? of.method === 'post';
}

/** Whether it cannot do without: a DELETE says by itself what it is about. */
export function needsKey(of: Pick<Route, 'method' | 'keyed'>): boolean {
  return of.method === 'post' && isKeyed(of);
}
