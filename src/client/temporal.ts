import {
  Client,
  Connection,
  WithStartWorkflowOperation,
  type ConnectionOptions,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { InternalWorkflowStartOptionsSymbol, type InternalWorkflowStartOptions } from '@temporalio/client/lib/internal';
import type { QueryDefinition, SignalDefinition, UpdateDefinition } from '@temporalio/common';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import {
  DEFAULT_CALL_MS,
  readyUpdate,
  type EntityInput,
  type Generation,
  type Message,
  type Reply,
} from '../contracts/entity';
import type { Stamp } from '../contracts/causality';
import { isPlatformError, PlatformError, refuse } from '../contracts/errors';
import { parseWorkflowId, workflowId, type Space, type WorkflowId } from '../contracts/ids';
import { GENERATION_MEMO } from '../contracts/registry';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes';
import { defaultOwner } from '../contracts/root-supervisor';
import { queueOf, taskQueues, type TaskQueues } from '../contracts/task-queues';
import type { RegistryBackend } from '../registry/backend';
import { createMemoryRegistry } from '../registry/backends/memory';
import type { CacheOptions } from '../registry/cache';
import { createLookup, type Attempt, type Lookup } from '../registry/lookup';
import { parseSelection, selectBackend } from '../registry/selection';
import { glance } from './glance';
import { isGone, isPassing, lacksAttributes, toPlatformError } from './failures';
import { retrying } from './grpc-retry';
import { createHttpRegistry } from './http-registry';
import { memoOf, orWhyItEnded, startedBy, type StartRequest } from './starts';
import { checkArguments, fingerprintOf } from './messages';
import { recalled } from './recall';
import { createTemporalRegistry } from './registry-backend';
import { pause } from './waiting';

const CONNECT_MS = 10_000;
/** A query that waits for a task of a busy workflow may be left behind when that renews itself: it is asked again. */
const LOOK_MS = 5_000;
/** Longest pause between two attempts to reach a server that is away; by default they grow to two minutes. */
const RECONNECT_MS = 2_000;
const RETRY_MS = 20;
const RETRY_MS_MAX = 1_000;

/** Where the Temporal server is. All have defaults: the standard Temporal environment, else 127.0.0.1:7233. */
export interface TemporalOptions {
  readonly address?: string;
  readonly namespace?: string;
  /** A client that is there already; it is not closed by us. */
  readonly client?: Client;
  /** Prefix of the deployment's task queues; `MABEAM_QUEUE_PREFIX`. */
  readonly queuePrefix?: string;
  /** False for a server on which our search attributes are not registered; without it the first start finds that out. */
  readonly searchAttributes?: boolean;
  readonly registry?: RegistryOptions;
}

/** Which registry is in the path, and how long its hints last. */
export interface RegistryOptions {
  /** As in `MABEAM_REGISTRY`, which is the default; else temporal. */
  readonly selection?: string;
  /** The read model's backend, where the database is at hand; else it is read over the facade at `MABEAM_URL`. */
  readonly postgres?: RegistryBackend;
  readonly cache?: CacheOptions;
}

/** What a caller may say about one message. */
export interface CallOptions {
  /** Used once per logical request; a repetition answers as the first time. Default: a new one. */
  readonly requestId?: string;
  readonly sender?: string;
  readonly causationId?: string;
  readonly correlationId?: string;
  /** What the caller knows of events: those of the receiver follow it. Such as the `stamp` of a reply. */
  readonly stamp?: Stamp;
  /** Default 30 s. Then the call fails with `timeout`; the request itself may still be done. */
  readonly timeoutMs?: number;
}

/** What a start answers: which run has the name, and whether the same request had started it before. */
export interface Started {
  readonly workflowId: WorkflowId;
  readonly runId: string;
  readonly repeated: boolean;
  /** What it knew when its start was over; only of a start that was awaited. */
  readonly stamp?: Stamp;
}

/** Typed calls to the entities of one space; the one place that uses the Temporal client. */
export interface Temporal {
  readonly client: Client;
  readonly space: Space;
  readonly queues: TaskQueues;
  /** Who owns which name; what calls learn is told to it. */
  readonly registry: Lookup;
  /** An update with a message id as update id; what it answers is the entity's reply. Safe to repeat with `requestId`. */
  call<R, A>(
    id: string,
    update: UpdateDefinition<Reply<R>, [Message<A>]>,
    args: A,
    how?: CallOptions,
  ): Promise<Reply<R>>;
  /** A signal; resolves when the server has recorded it. */
  tell<A>(id: string, signal: SignalDefinition<[Message<A>]>, args: A, how?: CallOptions): Promise<void>;
  /** A query: needs a worker, leaves no history. */
  look<R, P extends unknown[]>(id: string, query: QueryDefinition<R, P>, ...args: P): Promise<R>;
  /**
   * Starts a run that goes on where the run `after`, which is over, ended: the same incarnation. Of any number of starts after
   * one run one is done, and the others answer as it did. @throws PlatformError `already-exists` when another run has the name
   */
  goOn(id: string, workflowType: string, input: EntityInput, after: string): Promise<void>;
  /** Starts an entity. Atomic: of any number of concurrent starts of one name one wins. */
  start(request: StartRequest): Promise<Started>;
  close(): Promise<void>;
}

async function message<A>(args: A, name: string, how: CallOptions): Promise<Message<A>> {
  checkArguments(args);
  const { requestId, sender = 'user:sdk', causationId, correlationId, stamp } = how;
  return {
    id: requestId ?? globalThis.crypto.randomUUID(),
    args,
    sender,
    ...(requestId === undefined ? {} : { fingerprint: await fingerprintOf({ name, args }) }),
    ...(causationId === undefined ? {} : { causationId }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(stamp === undefined ? {} : { stamp }),
  };
}

/**
 * Calls again while the receiver is being renewed: a short time in which the server or the receiver refuses. Messages
 * carry an id, so calling again has no second effect.
 */
async function patiently<R>(id: string, deadline: number, act: () => Promise<R>): Promise<R> {
  for (let wait = RETRY_MS; ; wait = Math.min(2 * wait, RETRY_MS_MAX)) {
    try {
      return await act();
    } catch (error) {
      const failure = toPlatformError(error, id);
      if (!isPassing(failure) || Date.now() + wait > deadline) throw failure;
    }
    await pause(wait);
  }
}

/** Connects a Temporal client. @throws PlatformError `temporal-unavailable` when nobody answers. */
export async function connectTemporal(options: TemporalOptions): Promise<Client> {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const address = options.address ?? connectionOptions.address ?? '127.0.0.1:7233';
  try {
    const settings: ConnectionOptions = {
      ...connectionOptions,
      address,
      connectTimeout: CONNECT_MS,
      channelArgs: { 'grpc.max_reconnect_backoff_ms': RECONNECT_MS },
      interceptors: retrying(),
    };
    const connection = await Connection.connect(settings);
    return new Client({ connection, namespace: options.namespace ?? namespace ?? 'default' });
  } catch (error) {
    throw new PlatformError(
      refuse('temporal-unavailable', `no Temporal server answers at ${address}; start one with: npx mabeam dev`, {
        retryAfterMs: 1_000,
      }),
      error,
    );
  }
}

class SpaceTemporal implements Temporal {
  readonly client: Client;
  readonly space: Space;
  readonly queues: TaskQueues;
  readonly registry: Lookup;
  readonly #options: TemporalOptions;
  /** Becomes false when the server says that it has no such search attributes. */
  #hasAttributes: boolean;

  constructor(client: Client, space: Space, options: TemporalOptions) {
    this.#hasAttributes = options.searchAttributes !== false;
    this.registry = lookupOf(client, options.registry);
    this.client = client;
    this.space = space;
    this.queues = taskQueues(options.queuePrefix);
    this.#options = options;
  }

  async call<R, A>(
    id: string,
    update: UpdateDefinition<Reply<R>, [Message<A>]>,
    args: A,
    how: CallOptions = {},
  ): Promise<Reply<R>> {
    const request = await message(args, update.name, how);
    const deadline = Date.now() + (how.timeoutMs ?? DEFAULT_CALL_MS);
    const handle = this.client.workflow.getHandle(id);
    const act = (): Promise<Reply<R>> =>
      this.client.withDeadline(deadline, () => handle.executeUpdate(update, { args: [request], updateId: request.id }));
    const reply = await this.#reach(
      id,
      () => patiently(id, deadline, act),
      (done) => done.generation,
    ).catch((failure: unknown) => recalled<R>(this.client, { id, request, deadline }, failure));
    if (request.fingerprint !== undefined && (reply.fingerprint ?? request.fingerprint) !== request.fingerprint) {
      const text = `the request id ${request.id} was used before with another request`;
      throw new PlatformError(refuse('idempotency-key-reused', text));
    }
    return reply;
  }

  async tell<A>(id: string, signal: SignalDefinition<[Message<A>]>, args: A, how: CallOptions = {}): Promise<void> {
    const request = await message(args, signal.name, how);
    const deadline = Date.now() + (how.timeoutMs ?? DEFAULT_CALL_MS);
    const act = (): Promise<void> => this.client.workflow.getHandle(id).signal(signal, request);
    await this.#reach(id, () => patiently(id, deadline, act));
  }

  /**
   * Calls the owner of a name and tells the registry what that says. When nobody was there although a hint said so, and
   * another generation has the name by now, the call is made once more: it had no effect.
   */
  async #reach<R>(id: string, act: () => Promise<R>, generationOf?: (done: R) => Generation): Promise<R> {
    const attempt = this.#attempt(id);
    let done: R;
    try {
      done = await act();
    } catch (error) {
      const hasMoved = attempt !== undefined && isGone(error) && (await attempt.gone().catch(() => false));
      if (!hasMoved) throw error;
      done = await act();
    }
    if (generationOf !== undefined) attempt?.answered(generationOf(done));
    return done;
  }

  #attempt(id: string): Attempt | undefined {
    const key = parseWorkflowId(id);
    return 'code' in key ? undefined : this.registry.attempt(key);
  }

  async look<R, P extends unknown[]>(id: string, query: QueryDefinition<R, P>, ...args: P): Promise<R> {
    const deadline = Date.now() + DEFAULT_CALL_MS;
    for (;;) {
      const leftMs = deadline - Date.now();
      try {
        return await glance(this.client, id, query, Math.min(leftMs, LOOK_MS), ...args);
      } catch (error) {
        const isLate = isPlatformError(error) && error.code === 'timeout';
        if (!isLate || Date.now() >= deadline) throw error;
      }
    }
  }

  async start(request: StartRequest): Promise<Started> {
    const { kind, name, init, limits, queue } = request;
    const id = workflowId(this.space, kind, name);
    const owner = request.owner ?? defaultOwner(this.space, kind);
    const hasAttributes = this.#hasAttributes;
    checkArguments(init, request.initBytes);
    const memo = await memoOf(request);
    const { supervised } = request;
    const notes = supervised === undefined ? memo : { ...memo, supervised };
    if (memo !== undefined) {
      const before = await startedBy(this.client, id, memo);
      if (before !== undefined) return { workflowId: id, runId: before, repeated: true };
    }
    const input: EntityInput = {
      space: this.space,
      kind,
      name,
      owner,
      queues: this.queues,
      ...(queue === undefined ? {} : { queue }),
      init,
      ...(supervised === undefined ? {} : { supervised }),
      ...(request.previous === undefined ? {} : { previous: request.previous }),
      ...(request.stamp === undefined ? {} : { stamp: request.stamp }),
      ...(limits === undefined ? {} : { limits }),
      ...(hasAttributes ? {} : { searchAttributes: false }),
    };
    const options: WorkflowStartOptions = {
      ...runOf(id, input, request.summary),
      ...(request.taken === 'use' ? { workflowIdConflictPolicy: 'USE_EXISTING' as const } : {}),
      ...(request.once === true ? { workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY' as const } : {}),
      ...(notes === undefined ? {} : { memo: notes }),
    };
    const attempt = this.#attempt(id);
    try {
      const started =
        request.awaited === undefined
          ? { runId: (await this.client.workflow.start(request.workflowType, options)).firstExecutionRunId }
          : await this.#startUntilReady(request.workflowType, options);
      attempt?.started();
      return { workflowId: id, repeated: false, ...started };
    } catch (error) {
      if (hasAttributes && lacksAttributes(error)) {
        this.#hasAttributes = false;
        return this.start(request);
      }
      const failure = toPlatformError(error, id);
      if (failure.code === 'already-exists' && request.once === true && request.taken === 'use') {
        const { runId } = await this.client.workflow.getHandle(id).describe();
        return { workflowId: id, runId, repeated: true };
      }
      // What fails in its very first step does not answer any more.
      if (failure.code === 'stopped') return orWhyItEnded(this, id, () => Promise.reject(failure));
      // The same start may have won the name a moment ago.
      const before =
        failure.code === 'already-exists' && memo !== undefined ? await startedBy(this.client, id, memo) : undefined;
      if (before !== undefined) return { workflowId: id, runId: before, repeated: true };
      throw failure;
    }
  }

  async goOn(id: string, workflowType: string, input: EntityInput, after: string): Promise<void> {
    const { kind, name, snapshot } = input;
    const options: WorkflowStartOptions & InternalWorkflowStartOptions = {
      ...runOf(id, input, `${kind} ${name}, again`),
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      ...(snapshot === undefined ? {} : { memo: { [GENERATION_MEMO]: snapshot.generation.number } }),
      // the server takes a second start with the same request id for a repetition, also when its run is over; no public option of
      // the SDK names it
      [InternalWorkflowStartOptionsSymbol]: { requestId: `on/${after}` },
    };
    try {
      await this.client.workflow.start(workflowType, options);
    } catch (error) {
      throw toPlatformError(error, id);
    }
  }

  /** Starts and waits until the start is over, in one call. @throws what the start failed of */
  async #startUntilReady(
    workflowType: string,
    options: WorkflowStartOptions,
  ): Promise<Pick<Started, 'runId' | 'stamp'>> {
    const operation = new WithStartWorkflowOperation(workflowType, {
      ...options,
      workflowIdConflictPolicy: 'FAIL',
    });
    const id = `ready/${globalThis.crypto.randomUUID()}`;
    const { generation, stamp } = await this.client.workflow.executeUpdateWithStart(readyUpdate, {
      args: [{ id, args: {} }],
      updateId: id,
      startWorkflowOperation: operation,
    });
    return { runId: generation.firstRunId, ...(stamp === undefined ? {} : { stamp }) };
  }

  async close(): Promise<void> {
    if (this.#options.client === undefined) await this.client.connection.close();
  }
}

function lookupOf(client: Client, options: RegistryOptions = {}): Lookup {
  const authority = createTemporalRegistry(client);
  const selection = parseSelection(options.selection ?? process.env['MABEAM_REGISTRY'] ?? 'temporal');
  const backend = selectBackend(selection, (name) => {
    if (name === 'memory') return createMemoryRegistry({ isStrong: false });
    return name === 'temporal' ? authority : (options.postgres ?? createHttpRegistry());
  });
  return createLookup({ backend, authority, ...(options.cache === undefined ? {} : { cache: options.cache }) });
}

/** What every start of an entity says; it fails when the name is taken. */
function runOf(id: string, input: EntityInput, summary: string): WorkflowStartOptions {
  const { space, kind, name, owner, searchAttributes } = input;
  return {
    workflowId: id,
    taskQueue: queueOf(input),
    args: [input],
    workflowIdConflictPolicy: 'FAIL',
    staticSummary: summary.slice(0, 190),
    ...(searchAttributes === false
      ? {}
      : {
          typedSearchAttributes: [
            { key: SEARCH_ATTRIBUTES.space, value: space },
            { key: SEARCH_ATTRIBUTES.kind, value: kind },
            { key: SEARCH_ATTRIBUTES.name, value: name },
            { key: SEARCH_ATTRIBUTES.owner, value: owner },
            { key: SEARCH_ATTRIBUTES.status, value: 'running' },
          ],
        }),
  };
}

/** Typed calls to the entities of a space, over a new connection or a given client. */
export async function openTemporal(space: Space, options: TemporalOptions = {}): Promise<Temporal> {
  return new SpaceTemporal(options.client ?? (await connectTemporal(options)), space, options);
}
