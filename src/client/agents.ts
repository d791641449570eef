import {
  agentWorkflowType,
  askUpdate,
  inspectQuery,
  tellSignal,
  type AgentInit,
  type AgentLimits,
  type AgentShape,
  type Call,
  type Shaped,
} from '../contracts/agent';
import {
  deadLettersQuery,
  replayDeadLetterUpdate,
  statusQuery,
  type DeadLetter,
  type EntityLimits,
  type EntityStatus,
} from '../contracts/entity';
import { ERRORS, isPlatformError, isRefusal, PlatformError } from '../contracts/errors';
import { parseQueue, workflowId, type Name, type WorkflowId } from '../contracts/ids';
import type { Page, PageRequest, ReadModels, Row } from '../contracts/read-models';
import { nameOf, stopInOrder } from './handles';
import { readerOf } from './reader';
import { orWhyItEnded } from './starts';
import type { CallOptions, Temporal } from './temporal';

type ShapeOf<D> = D extends Shaped<infer A> ? A : never;

/** How an agent is started when it is not there. */
export interface AgentStartOptions {
  /** Argument of the definition's `state` and `init`. */
  readonly args?: unknown;
  /** Workflow id of its owner; by default the space's dynamic supervisor. */
  readonly owner?: string;
  /**
   * Where it is placed: it and what it does run on workers of that queue (`mabeam worker --queue NAME`), for as long as it
   * lives. Default: the queue of all. One that is there already stays where it is.
   * @see docs/how-to/place-agents.md
   */
  readonly queue?: string;
  readonly limits?: Partial<EntityLimits & AgentLimits>;
  /** Used once per logical start: a repetition answers as the first time. */
  readonly requestId?: string;
  /**
   * Waits this long for the first sign of life: a type that no worker has, or a behaviour that fails at once, is then an
   * error of the start. Default 0: a start is done when the server has recorded it.
   */
  readonly begunMs?: number;
}

/** One agent, typed by its definition. Every call names the agent anew: the handle holds no state. */
export interface AgentHandle<A extends AgentShape = AgentShape> {
  readonly name: string;
  readonly workflowId: WorkflowId;
  /** Tells: resolves when the server has recorded it; the agent takes it in its turn, once. */
  tell<K extends keyof A['tells'] & string>(message: K, ...args: A['tells'][K]): Promise<void>;
  /** Asks: resolves with the handler's reply. @throws PlatformError the refusal's code */
  ask<K extends keyof A['asks'] & string>(message: K, ...args: A['asks'][K]['args']): Promise<A['asks'][K]['reply']>;
  /** Reads the state, without history. */
  inspect<K extends keyof A['inspections'] & string>(
    what: K,
    ...args: A['inspections'][K]['args']
  ): Promise<A['inspections'][K]['reply']>;
  /** The same agent with options for each call: a request id makes a repetition safe. */
  with(options: CallOptions): AgentHandle<A>;
  status(): Promise<EntityStatus>;
  deadLetters(): Promise<readonly DeadLetter[]>;
  /** Takes a dead letter back into the mailbox, once. */
  replay(number: number): Promise<void>;
  /** Ends the agent in order. Safe to repeat. */
  stop(reason?: string): Promise<void>;
}

/** The agents of a space. */
export interface Agents {
  /** Finds or starts an agent, atomically: of any number of concurrent calls one starts it. */
  get<D extends Shaped = Shaped>(
    type: ShapeOf<D>['type'],
    name: string,
    options?: AgentStartOptions,
  ): Promise<AgentHandle<ShapeOf<D>>>;
  /** Starts an agent. @throws PlatformError `already-exists` when the name is taken */
  start<D extends Shaped = Shaped>(
    type: ShapeOf<D>['type'],
    name: string,
    options?: AgentStartOptions,
  ): Promise<AgentHandle<ShapeOf<D>>>;
  /** An agent that is there already; nothing is sent. */
  at<D extends Shaped = Shaped>(name: string): AgentHandle<ShapeOf<D>>;
  /** From the read model: complete after the position that the page names. */
  list(options?: Omit<PageRequest, 'space'> & { readonly status?: string }): Promise<Page<Row>>;
}

function callOf(name: string, args: readonly unknown[]): Call {
  return args.length === 0 || args[0] === undefined ? { name } : { name, arg: args[0] };
}

class Handle implements AgentHandle {
  readonly name: string;
  readonly workflowId: WorkflowId;
  readonly #temporal: Temporal;
  readonly #how: CallOptions;

  constructor(temporal: Temporal, name: Name, how: CallOptions) {
    this.name = name;
    this.workflowId = workflowId(temporal.space, 'agent', name);
    this.#temporal = temporal;
    this.#how = how;
  }

  async tell(message: string, ...args: unknown[]): Promise<void> {
    await this.#temporal.tell(this.workflowId, tellSignal, callOf(message, args), this.#how);
  }

  async ask(message: string, ...args: unknown[]): Promise<unknown> {
    const { workflowId: id } = this;
    const ask = () => this.#temporal.call(id, askUpdate, callOf(message, args), this.#how);
    return (await orWhyItEnded(this.#temporal, id, ask)).value;
  }

  inspect(what: string, ...args: unknown[]): Promise<unknown> {
    return orWhyItEnded(this.#temporal, this.workflowId, () =>
      this.#temporal.look(this.workflowId, inspectQuery, callOf(what, args)),
    );
  }

  with(options: CallOptions): AgentHandle {
    return new Handle(this.#temporal, this.name as Name, { ...this.#how, ...options });
  }

  status(): Promise<EntityStatus> {
    return orWhyItEnded(this.#temporal, this.workflowId, () => this.#temporal.look(this.workflowId, statusQuery));
  }

  deadLetters(): Promise<readonly DeadLetter[]> {
    return this.#temporal.look(this.workflowId, deadLettersQuery);
  }

  async replay(number: number): Promise<void> {
    await this.#temporal.call(this.workflowId, replayDeadLetterUpdate, { number }, this.#how);
  }

  async stop(reason?: string): Promise<void> {
    await stopInOrder(this.#temporal, this.workflowId, reason, this.#how);
  }
}

/** Waits for an agent to say how it stands. That nobody says anything in time is no error: the start is recorded. */
async function begun(handle: AgentHandle, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  const failed = handle.status().then(
    () => undefined,
    (error: unknown) => (isPlatformError(error) && !ERRORS[error.code].retryable ? error : undefined),
  );
  const error = await Promise.race([failed, enough]);
  clearTimeout(timer);
  if (error !== undefined) throw error;
}

/**
 * The agents of a space: commands go to Temporal, lists come from the read model.
 *
 * @param reads the port of the read models; `undefined` answers `reads-unavailable`
 */
export function createAgents(temporal: Temporal, reads: ReadModels | undefined): Agents {
  const start = async (type: string, text: string, options: AgentStartOptions, taken: 'use' | 'fail') => {
    const name = nameOf('agent', text);
    const { args, owner, limits, requestId, begunMs = 0 } = options;
    const queue = options.queue === undefined ? undefined : parseQueue(options.queue);
    if (isRefusal(queue)) throw new PlatformError(queue);
    const init: AgentInit = { type, ...(args === undefined ? {} : { args }) };
    const { repeated } = await temporal.start({
      workflowType: agentWorkflowType(type),
      kind: 'agent',
      name,
      init,
      summary: `agent ${name} of type ${type}`,
      taken,
      ...(owner === undefined ? {} : { owner }),
      ...(queue === undefined ? {} : { queue }),
      ...(limits === undefined ? {} : { limits }),
      ...(requestId === undefined ? {} : { requestId }),
    });
    const handle = new Handle(temporal, name, {});
    if (begunMs > 0 && !repeated) await begun(handle, begunMs);
    return handle;
  };
  return {
    get: async (type: string, name: string, options: AgentStartOptions = {}) => await start(type, name, options, 'use'),
    start: async (type: string, name: string, options: AgentStartOptions = {}) =>
      await start(type, name, options, 'fail'),
    at: (name: string) => new Handle(temporal, nameOf('agent', name), {}),
    list: (options = {}) => {
      return readerOf(reads).list({ ...options, space: temporal.space, kind: 'agent' });
    },
  };
}
