import { statusQuery, type EntityStatus } from '../contracts/entity';
import { PlatformError, refuse, type ErrorCode } from '../contracts/errors';
import { show, workflowId, type Name, type WorkflowId } from '../contracts/ids';
import { isReserved, ROOT, ROOT_OWNER, rootInit } from '../contracts/root-supervisor';
import {
  superviseUpdate,
  supervisorQuery,
  type SupervisorDefinition,
  type SupervisorInit,
  type SupervisorView,
} from '../contracts/supervision';
import { MAX_PARTITIONS } from '../contracts/supervisor';
import type {
  ChildCounts,
  ChildSpec,
  ChildSpecInput,
  ChildView,
  SupervisorAnswer,
  SupervisorCommand,
  SupervisorRefusal,
  SupervisorSpec,
} from '../contracts/supervisor';
import type { ChildWhy, Page, PageRequest, ReadModels, Row } from '../contracts/read-models';
import { partitionedSpec, partitionName, partitionOf } from '../domain/supervisor/partition';
import { checkSupervisorSpec } from '../domain/supervisor/specification';
import { nameOf, stopInOrder } from './handles';
import { readerOf } from './reader';
import { orWhyItEnded } from './starts';
import { supervisionTree, type SupervisionTree } from './supervision-tree';
import type { CallOptions, Temporal } from './temporal';

/** How a supervisor is started when it is not there. */
export interface SupervisorStartOptions {
  /** How often children are looked at for deaths that ran no code, in milliseconds: the bound of their detection. Default 5,000. */
  readonly sweepMs?: number;
  /** Workflow id of its own supervisor. */
  readonly owner?: string;
  readonly requestId?: string;
  /**
   * Extension, for thousands of children: as many supervisors of this specification, 1 to MAX_PARTITIONS, below one of this
   * name, each with children and a budget of its own; `partition(key)` says which. Their number stays, or keys move.
   */
  readonly partitions?: number;
}

/** A new child: a specification, or for `simple_one_for_one` an id and arguments that the template is started with. */
export type NewChild = ChildSpecInput | { readonly id?: string; readonly args?: unknown };

/** What became of a start: the child runs, or its start said `ignore`. */
export interface StartedChild {
  readonly id: string;
  /** Absent when it was ignored. */
  readonly generation?: number;
}

/** One supervisor. The handle holds no state. Requests are those of OTP's `supervisor`. */
export interface SupervisorHandle {
  readonly name: string;
  readonly workflowId: WorkflowId;
  /** Strategy, children and how they stand, restarts that count now, the last decisions with their reasons. */
  view(): Promise<SupervisorView>;
  /**
   * The partition that a key belongs to, of a supervisor that was started with `partitions`: the same key, the same one.
   * @throws PlatformError `invalid-request` when it has none
   */
  partition(key: string): Promise<SupervisorHandle>;
  /** @throws PlatformError `child-already-started`, `child-already-present`, `child-start-failed`, `invalid-supervisor`, `limit-reached` */
  startChild(child: NewChild, options?: CallOptions): Promise<StartedChild>;
  /** @throws PlatformError `child-running`, `child-restarting`, `child-not-found`, `child-start-failed` */
  restartChild(id: string, options?: CallOptions): Promise<StartedChild>;
  /** Stops it and keeps its specification. @throws PlatformError `child-not-found` */
  terminateChild(id: string, options?: CallOptions): Promise<void>;
  /** @throws PlatformError `child-running`, `child-restarting`, `child-not-found` */
  deleteChild(id: string, options?: CallOptions): Promise<void>;
  /** Ours: lets a child out of quarantine and starts it. @throws PlatformError `child-not-quarantined`, `child-not-found` */
  releaseChild(id: string, options?: CallOptions): Promise<StartedChild>;
  whichChildren(): Promise<readonly ChildView[]>;
  countChildren(): Promise<ChildCounts>;
  getChildspec(id: string): Promise<ChildSpec>;
  /** New specifications without side effects (SUP-11). @throws PlatformError `invalid-supervisor` */
  change(spec: SupervisorSpec, options?: CallOptions): Promise<void>;
  /** Its last decisions on a child, with their reasons, from the read model. @throws PlatformError `child-not-found` */
  why(child: string): Promise<ChildWhy>;
  status(): Promise<EntityStatus>;
  /** Stops the children in reverse, each within its time, then the supervisor. Safe to repeat. */
  stop(reason?: string, options?: CallOptions): Promise<void>;
}

/** The supervisors of a space. */
export interface Supervisors {
  /**
   * Starts the root supervisor of the space unless it runs: below it is what users start without naming an owner, each kind
   * under a supervisor of its own. The processes that own the store do so for every space that they know. Safe to repeat.
   *
   * @param options.sweepMs of it and of those below it; `unlessStopped`: one that was stopped in order stays so
   */
  root(options?: { readonly sweepMs?: number; readonly unlessStopped?: boolean }): Promise<SupervisorHandle>;
  /**
   * Starts a supervisor and its children, in order. Resolves when all have started.
   * @throws PlatformError `already-exists`, `invalid-supervisor`, `child-start-failed` (what had started is stopped)
   */
  start(
    name: string,
    what: SupervisorSpec | SupervisorDefinition | string,
    options?: SupervisorStartOptions,
  ): Promise<SupervisorHandle>;
  /** A supervisor that is there already; nothing is sent. */
  at(name: string): SupervisorHandle;
  /** From the read model. */
  list(options?: Omit<PageRequest, 'space'> & { readonly status?: string }): Promise<Page<Row>>;
  /**
   * What is below a supervisor, supervisors below it followed. Without a root: all supervisors that have none above them,
   * by the read model. What is beyond `most` nodes is counted.
   * @throws PlatformError `supervisor-not-found`; `reads-unavailable` without a root
   */
  tree(root?: string, options?: { readonly most?: number }): Promise<SupervisionTree>;
}

const CODES: Readonly<Record<SupervisorRefusal, ErrorCode>> = {
  already_started: 'child-already-started',
  already_present: 'child-already-present',
  running: 'child-running',
  restarting: 'child-restarting',
  not_found: 'child-not-found',
  simple_one_for_one: 'not-for-dynamic-children',
  failed: 'child-start-failed',
  invalid: 'invalid-supervisor',
  quarantined: 'child-quarantined',
  'not-quarantined': 'child-not-quarantined',
  'max-children': 'limit-reached',
  stopped: 'stopped',
  busy: 'mailbox-full',
};

function errorOf(answer: Extract<SupervisorAnswer, { kind: 'refused' }>): PlatformError {
  const { error, message, generation, problem } = answer;
  const otp = problem === undefined ? error : problem.otp;
  const more = {
    ...(generation === undefined ? {} : { generation }),
    ...(problem === undefined ? {} : { field: problem.field }),
  };
  return new PlatformError(refuse(CODES[error], message, { details: { otp, ...more } }));
}

class Handle implements SupervisorHandle {
  readonly name: string;
  readonly workflowId: WorkflowId;
  readonly #temporal: Temporal;
  readonly #reads: ReadModels | undefined;

  constructor(temporal: Temporal, reads: ReadModels | undefined, name: Name) {
    this.name = name;
    this.workflowId = workflowId(temporal.space, 'supervisor', name);
    this.#temporal = temporal;
    this.#reads = reads;
  }

  view(): Promise<SupervisorView> {
    return orWhyItEnded(this.#temporal, this.workflowId, () => this.#temporal.look(this.workflowId, supervisorQuery));
  }

  startChild(child: NewChild, options?: CallOptions): Promise<StartedChild> {
    const command: SupervisorCommand =
      'start' in child ? { kind: 'start_child', spec: child } : { kind: 'start_child', ...child };
    return this.#start(command, options);
  }

  restartChild(id: string, options?: CallOptions): Promise<StartedChild> {
    return this.#start({ kind: 'restart_child', id }, options);
  }

  async partition(key: string): Promise<SupervisorHandle> {
    const { children } = await this.view();
    const all = children.every(({ id }, at) => id === partitionName(this.name, at));
    if (children.length === 0 || !all)
      throw new PlatformError(refuse('invalid-request', `${this.name} was not started with partitions`));
    const name = nameOf('supervisor', partitionName(this.name, partitionOf(key, children.length)));
    return new Handle(this.#temporal, this.#reads, name);
  }

  releaseChild(id: string, options?: CallOptions): Promise<StartedChild> {
    return this.#start({ kind: 'release', id }, options);
  }

  async terminateChild(id: string, options?: CallOptions): Promise<void> {
    await this.#ask({ kind: 'terminate_child', id }, options);
  }

  async deleteChild(id: string, options?: CallOptions): Promise<void> {
    await this.#ask({ kind: 'delete_child', id }, options);
  }

  async change(spec: SupervisorSpec, options?: CallOptions): Promise<void> {
    await this.#ask({ kind: 'change', spec }, options);
  }

  async whichChildren(): Promise<readonly ChildView[]> {
    const answer = await this.#ask({ kind: 'which_children' });
    return answer.kind === 'children' ? answer.children : [];
  }

  async countChildren(): Promise<ChildCounts> {
    const answer = await this.#ask({ kind: 'count_children' });
    if (answer.kind === 'counts') return answer.counts;
    throw new PlatformError(refuse('internal', `count_children was answered with ${answer.kind}`));
  }

  async getChildspec(id: string): Promise<ChildSpec> {
    const answer = await this.#ask({ kind: 'get_childspec', id });
    if (answer.kind === 'childspec') return answer.spec;
    throw new PlatformError(refuse('internal', `get_childspec was answered with ${answer.kind}`));
  }

  async why(child: string): Promise<ChildWhy> {
    return readerOf(this.#reads).whyChild({ space: this.#temporal.space, supervisor: this.name, child });
  }

  status(): Promise<EntityStatus> {
    return orWhyItEnded(this.#temporal, this.workflowId, () => this.#temporal.look(this.workflowId, statusQuery));
  }

  async stop(reason?: string, options?: CallOptions): Promise<void> {
    await stopInOrder(this.#temporal, this.workflowId, reason, options);
  }

  async #start(command: SupervisorCommand, options?: CallOptions): Promise<StartedChild> {
    const answer = await this.#ask(command, options);
    if (answer.kind === 'started') return { id: answer.id, generation: answer.generation };
    if (answer.kind === 'ignored') return { id: answer.id };
    throw new PlatformError(refuse('internal', `${command.kind} was answered with ${answer.kind}`));
  }

  async #ask(
    command: SupervisorCommand,
    options?: CallOptions,
  ): Promise<Exclude<SupervisorAnswer, { kind: 'refused' }>> {
    const call = () => this.#temporal.call(this.workflowId, superviseUpdate, command, options);
    const { value } = await orWhyItEnded(this.#temporal, this.workflowId, call);
    if (value.kind === 'refused') throw errorOf(value);
    return value;
  }
}

function inPartitions(
  name: string,
  what: SupervisorSpec | SupervisorDefinition | string,
  number: number,
): SupervisorSpec {
  if (typeof what === 'string')
    throw new PlatformError(refuse('invalid-supervisor', 'partitions need the specification itself, not its name'));
  if (!Number.isSafeInteger(number) || number < 1 || number > MAX_PARTITIONS)
    throw new PlatformError(
      refuse('invalid-supervisor', `partitions are 1 to ${String(MAX_PARTITIONS)}; got ${show(number)}`),
    );
  const spec = 'spec' in what ? what.spec : what;
  initOf(spec); // what is wrong with it is said before anything is started
  return partitionedSpec(name, spec, number);
}

function initOf(what: SupervisorSpec | SupervisorDefinition | string): SupervisorInit {
  if (typeof what === 'string') return { definition: what };
  if ('spec' in what) return { definition: what.name };
  const checked = checkSupervisorSpec(what);
  if (checked.ok) return { spec: what };
  const { field, message, otp } = checked.problem;
  throw new PlatformError(refuse('invalid-supervisor', message, { details: { field, otp } }));
}

/**
 * The supervisors of a space: requests go to Temporal, lists and reasons come from the read models.
 *
 * @param reads the port of the read models; `undefined` answers `reads-unavailable`
 */
export function createSupervisors(temporal: Temporal, reads: ReadModels | undefined): Supervisors {
  return {
    root: async ({ sweepMs, unlessStopped = false } = {}) => {
      await temporal.start({
        workflowType: 'supervisorWorkflow',
        kind: 'supervisor',
        name: ROOT,
        init: rootInit(sweepMs),
        owner: ROOT_OWNER,
        summary: `root supervisor of ${temporal.space}`,
        taken: 'use',
        once: unlessStopped,
      });
      return new Handle(temporal, reads, ROOT);
    },
    start: async (text, what, { sweepMs, owner, requestId, partitions } = {}) => {
      const name = nameOf('supervisor', text);
      if (isReserved(name))
        throw new PlatformError(
          refuse('invalid-id', `"${ROOT}" and names that begin with "${ROOT}." are the space's own; got "${name}"`),
        );
      const whole = partitions === undefined ? what : inPartitions(name, what, partitions);
      const init: SupervisorInit = { ...initOf(whole), ...(sweepMs === undefined ? {} : { sweepMs }) };
      await temporal.start({
        workflowType: 'supervisorWorkflow',
        kind: 'supervisor',
        name,
        init,
        summary: `supervisor ${name}`,
        taken: 'fail',
        awaited: true,
        ...(owner === undefined ? {} : { owner }),
        ...(requestId === undefined ? {} : { requestId }),
      });
      return new Handle(temporal, reads, name);
    },
    at: (name) => new Handle(temporal, reads, nameOf('supervisor', name)),
    list: async (options = {}) => readerOf(reads).list({ ...options, space: temporal.space, kind: 'supervisor' }),
    tree: (root, { most } = {}) =>
      supervisionTree(temporal, reads, {
        ...(root === undefined ? {} : { root: nameOf('supervisor', root) }),
        ...(most === undefined ? {} : { most }),
      }),
  };
}
