import { statusQuery, type EntityLimits, type EntityStatus } from '../contracts/entity';
import { PlatformError, refuse } from '../contracts/errors';
import type { FanOutActivities } from '../contracts/coordination/ballot';
import { ballotName, workflowId, type Name, type WorkflowId } from '../contracts/ids';
import type { Page, PageRequest, ProposalRow, ReadModels, Row, Why } from '../contracts/read-models';
import type { Values } from '../contracts/variable';
import {
  adoptionQuery,
  endLeaseUpdate,
  leaseUpdate,
  decidedSignal,
  proposalQuery,
  proposeUpdate,
  redefineUpdate,
  setQuery,
  subscribeUpdate,
  valuesQuery,
  type Adoption,
  type Change,
  type Evidence,
  type LeaseArgs,
  type LeaseEnd,
  type SetLease,
  type Proposal,
  type ProposalRecord,
  type SetView,
  type VariableSetDefinition,
  type Verdict,
} from '../contracts/variable-set';
import { nameOf, stopInOrder } from './handles';
import { exclusively, type ExclusiveOptions } from './variable-set-lease';
import { readerOf } from './reader';
import { orWhyItEnded } from './starts';
import type { CallOptions, Temporal } from './temporal';
import { signalOf, waited, whileDoing } from './waiting';

/** The activity by which a set tells of a version. */
const ANNOUNCING: keyof FanOutActivities = 'announce';

/** What a proposer says beside the values. */
export interface ProposeOptions extends CallOptions {
  /** The version that the proposal was thought out on; another one is refused as `stale-base`. */
  readonly basedOn: number;
  /**
   * The variables that it rests on, beside those that it changes: then only another value of one of these is a conflict, and what
   * others changed meanwhile stays. Not for a restore.
   */
  readonly reads?: readonly string[];
  /** The token of the lease that the proposer holds; needed while the set is leased. */
  readonly lease?: number;
  readonly because?: string;
  readonly evidence?: Evidence;
  /** Default: the sender, else `sdk`. */
  readonly proposer?: string;
}

/** A proposal on its way: `verdict` is what the set says at once, `decided()` what it says in the end. */
export interface Proposing {
  /** Accepted, refused with reasons, or pending while a ballot is open. @throws PlatformError for a malformed proposal */
  readonly verdict: Promise<Verdict>;
  /** Waits for a pending ballot. A refusal is a value. @throws PlatformError `timeout` (default ten minutes) */
  decided(options?: { readonly timeoutMs?: number }): Promise<Exclude<Verdict, { readonly kind: 'pending' }>>;
}

/** The values of a set as of one version. */
export interface Reading<V> {
  readonly values: V;
  readonly version: number;
  readonly since: string;
}

/** One committed version, as `changes` tells it. */
export interface CommittedChange<V = Values> {
  readonly version: number;
  readonly proposal: number;
  readonly changes: readonly Change[];
  readonly values: V;
  readonly at: string;
  /** Position in the feed: start there again after a break. */
  readonly position: number;
}

/** One variable set, typed by its definition. The handle holds no state. */
export interface VariableSetHandle<V = Values> {
  readonly name: string;
  readonly workflowId: WorkflowId;
  /** The current values from the set itself: nothing committed before the call is missed (VAR-4). No history. */
  read(): Promise<Reading<V>>;
  /** Everything the set knows: definition, open and recent proposals, versions, adoption. */
  view(): Promise<SetView>;
  /** Proposes changes; several commit together or not at all. Safe to repeat with a `requestId`. */
  propose(changes: Partial<V>, options: ProposeOptions): Proposing;
  /** Proposes all values of an old version; it becomes a new version (VAR-1). `basedOn` defaults to the current version. */
  restore(version: number, options?: Partial<ProposeOptions>): Proposing;
  /**
   * Proposes a changed definition; refused if the current values break it. With `basedOn` the set must still be at that
   * version. @throws PlatformError `precondition-failed`, which leaves no trace
   */
  redefine(definition: Pick<VariableSetDefinition, 'hash'>, options?: Partial<ProposeOptions>): Proposing;
  /** The record of a proposal. @throws PlatformError `proposal-not-found` when it is not there or no longer kept */
  proposal(number: number): Promise<ProposalRecord>;
  /** Waits until a proposal is decided. */
  decided(
    number: number,
    options?: { readonly timeoutMs?: number },
  ): Promise<Exclude<Verdict, { readonly kind: 'pending' }>>;
  /**
   * Leases the set for an experiment: until then only proposals with the token of the lease are taken. It is renewed by
   * asking with its token. @throws PlatformError `set-leased` while it is leased, `not-holder` for a lease that has ended
   */
  lease(args: LeaseArgs, options?: CallOptions): Promise<SetLease>;
  /** Ends a lease by its token, or breaks that of another. @throws PlatformError `not-holder` when there is none of that token */
  endLease(end: LeaseEnd, options?: CallOptions): Promise<{ readonly ended: SetLease }>;
  /**
   * Waits for the lease, acts, and ends it, whatever becomes of the act; renews it meanwhile. The signal is aborted when it could
   * not be renewed in time: propose no more. @throws PlatformError `timeout` after `waitMs`
   */
  exclusively<T>(how: ExclusiveOptions, act: (lease: SetLease, inDoubt: AbortSignal) => Promise<T>): Promise<T>;
  /** An agent is told of versions from now on; answers the current one. */
  subscribe(agent: string, options?: CallOptions): Promise<{ readonly version: number; readonly values: V }>;
  /** Versions after one, oldest first, then as they are committed: gap-free and resumable. Needs the store. */
  changes(options?: {
    readonly after?: number;
    readonly position?: number;
    readonly signal?: AbortSignal;
  }): AsyncIterable<CommittedChange<V>>;
  why(variable: keyof V & string): Promise<Why>;
  /** Who has the newest version, who was told and is late. From the set itself. */
  adoption(): Promise<Adoption>;
  /**
   * Waits until everybody who was told of a version, or of one after it, has adopted it or counts as late: look at
   * `laggards`. Adopted versions stay adopted, so it is safe to ask again. @throws PlatformError `timeout` (default ten minutes)
   */
  adopted(version: number, options?: { readonly timeoutMs?: number }): Promise<Adoption>;
  proposals(options?: Omit<PageRequest, 'space'> & { readonly after?: number }): Promise<Page<ProposalRow>>;
  status(): Promise<EntityStatus>;
  stop(reason?: string): Promise<void>;
}

/** The variable sets of a space. */
export interface VariableSets {
  /** Finds or starts the set of a definition, atomically. @throws PlatformError `definition-mismatch`, `unknown-definition` */
  get<V>(definition: VariableSetDefinition<V>, options?: SetStartOptions): Promise<VariableSetHandle<V>>;
  /** A set that is there already. @throws PlatformError `variable-set-not-found` */
  get(name: string): Promise<VariableSetHandle>;
  /** Finds or starts the set of a name with whatever definition the worker has. @throws PlatformError `unknown-definition` */
  start(name: string, options?: SetStartOptions): Promise<VariableSetHandle>;
  /** A set that is there already; nothing is sent. */
  at<V = Values>(name: string): VariableSetHandle<V>;
  list(options?: Omit<PageRequest, 'space'> & { readonly status?: string }): Promise<Page<Row>>;
}

/** How a set is started when it is not there. */
export interface SetStartOptions {
  readonly owner?: string;
  readonly limits?: Partial<EntityLimits>;
  /** Used once per logical start: a repetition answers as the first time. */
  readonly requestId?: string;
}

class SetHandle implements VariableSetHandle {
  readonly name: string;
  readonly workflowId: WorkflowId;
  readonly #temporal: Temporal;
  readonly #reads: ReadModels | undefined;

  constructor(temporal: Temporal, reads: ReadModels | undefined, name: Name) {
    this.name = name;
    this.workflowId = workflowId(temporal.space, 'variables', name);
    this.#temporal = temporal;
    this.#reads = reads;
  }

  async read(): Promise<Reading<Values>> {
    return this.#look(() => this.#temporal.look(this.workflowId, valuesQuery));
  }

  async view(): Promise<SetView> {
    return this.#look(() => this.#temporal.look(this.workflowId, setQuery));
  }

  async #look<R>(act: () => Promise<R>): Promise<R> {
    return orWhyItEnded(this.#temporal, this.workflowId, act);
  }

  propose(changes: Partial<Values>, options: ProposeOptions): Proposing {
    return this.#proposing(() => Promise.resolve({ changes: changes as Values, ...said(options) }), options);
  }

  restore(version: number, options: Partial<ProposeOptions> = {}): Proposing {
    const proposal = async (): Promise<Proposal> => {
      const basedOn = options.basedOn ?? (await this.read()).version;
      return { changes: {}, restore: version, ...said({ ...options, basedOn }) };
    };
    return this.#proposing(proposal, options);
  }

  redefine(definition: Pick<VariableSetDefinition, 'hash'>, options: Partial<ProposeOptions> = {}): Proposing {
    const { basedOn, lease } = options;
    const args = {
      hash: definition.hash,
      proposer: options.proposer ?? options.sender ?? 'sdk',
      ...(basedOn === undefined ? {} : { basedOn }),
      ...(lease === undefined ? {} : { lease }),
    };
    const call = this.#temporal.call(this.workflowId, redefineUpdate, args, options);
    return this.#waiting(call.then((reply) => reply.value));
  }

  #proposing(proposal: () => Promise<Proposal>, how: CallOptions): Proposing {
    const call = async (): Promise<Verdict> =>
      (await this.#temporal.call(this.workflowId, proposeUpdate, await proposal(), how)).value;
    return this.#waiting(call());
  }

  #waiting(verdict: Promise<Verdict>): Proposing {
    verdict.catch(() => undefined); // whoever asks for the verdict or the decision gets the error
    return {
      verdict,
      decided: async (options) => {
        const first = await verdict;
        return first.kind === 'pending' ? this.decided(first.proposal, options) : first;
      },
    };
  }

  async proposal(number: number): Promise<ProposalRecord> {
    const found = await this.#look(() => this.#temporal.look(this.workflowId, proposalQuery, { number }));
    if (found !== null) return found;
    throw new PlatformError(refuse('proposal-not-found', `${this.name} keeps no proposal ${String(number)}`));
  }

  async decided(
    number: number,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<Exclude<Verdict, { readonly kind: 'pending' }>> {
    const look = async (): Promise<Exclude<Verdict, { readonly kind: 'pending' }> | undefined> => {
      const { verdict } = await this.proposal(number);
      return verdict.kind === 'pending' ? undefined : verdict;
    };
    // The ballot's report is all but the decision, and the server tells of it: the set is not asked again and again.
    const ballot = workflowId(this.#temporal.space, 'ballot', ballotName(this.name as Name, number));
    const until = signalOf(this.#temporal.client, ballot, decidedSignal.name);
    return waited(look, { what: `proposal ${String(number)} of ${this.name} was not decided`, until, ...options });
  }

  async subscribe(agent: string, options: CallOptions = {}): Promise<{ version: number; values: Values }> {
    const args = { agent, interested: true };
    return (await this.#temporal.call(this.workflowId, subscribeUpdate, args, options)).value;
  }

  async lease(args: LeaseArgs, options: CallOptions = {}): Promise<SetLease> {
    return (await this.#temporal.call(this.workflowId, leaseUpdate, args, options)).value;
  }

  async endLease(end: LeaseEnd, options: CallOptions = {}): Promise<{ readonly ended: SetLease }> {
    return (await this.#temporal.call(this.workflowId, endLeaseUpdate, end, options)).value;
  }

  exclusively<T>(how: ExclusiveOptions, act: (lease: SetLease, inDoubt: AbortSignal) => Promise<T>): Promise<T> {
    return exclusively(this, how, act);
  }

  async *changes(
    options: { readonly after?: number; readonly position?: number; readonly signal?: AbortSignal } = {},
  ): AsyncIterable<CommittedChange> {
    const { after = 0, position: from = 0, signal } = options;
    const { space } = this.#temporal;
    const feed = readerOf(this.#reads).feed({
      space,
      after: from,
      types: ['set.committed'],
      ...(signal === undefined ? {} : { signal }),
    });
    for await (const { position, event } of feed) {
      const committed = event.data as unknown as Omit<CommittedChange, 'at' | 'position'>;
      const isOurs = event.source === `/spaces/${space}/variables/${this.name}`;
      if (isOurs && committed.version > after) yield { ...committed, at: event.time, position };
    }
  }

  async why(variable: string): Promise<Why> {
    return readerOf(this.#reads).why({ space: this.#temporal.space, set: this.name, variable });
  }

  async adoption(): Promise<Adoption> {
    return this.#look(() => this.#temporal.look(this.workflowId, adoptionQuery));
  }

  async adopted(version: number, options: { readonly timeoutMs?: number } = {}): Promise<Adoption> {
    const look = async (): Promise<Adoption | undefined> => {
      const adoption = await this.adoption();
      return adoption.done && adoption.version >= version ? adoption : undefined;
    };
    const until = whileDoing(this.#temporal.client, this.workflowId, ANNOUNCING);
    return waited(look, { what: `version ${String(version)} of ${this.name} was not adopted`, until, ...options });
  }

  async proposals(options: Omit<PageRequest, 'space'> & { readonly after?: number } = {}): Promise<Page<ProposalRow>> {
    return readerOf(this.#reads).proposals({ ...options, space: this.#temporal.space, set: this.name });
  }

  status(): Promise<EntityStatus> {
    return this.#temporal.look(this.workflowId, statusQuery);
  }

  async stop(reason?: string): Promise<void> {
    await stopInOrder(this.#temporal, this.workflowId, reason);
  }
}

function said(options: ProposeOptions): Omit<Proposal, 'changes'> {
  const { proposer, sender, basedOn, reads, lease, because, evidence } = options;
  return {
    proposer: proposer ?? sender ?? 'sdk',
    basedOn,
    ...(reads === undefined ? {} : { reads }),
    ...(lease === undefined ? {} : { lease }),
    ...(because === undefined ? {} : { because }),
    ...(evidence === undefined ? {} : { evidence }),
  };
}

/**
 * The variable sets of a space: reads and proposals go to the set, lists, changes and `why` come from the read model.
 *
 * @param reads the port of the read models; `undefined` answers `reads-unavailable`
 */
export function createVariableSets(temporal: Temporal, reads: ReadModels | undefined): VariableSets {
  const start = async (text: string, hash: string | undefined, options: SetStartOptions): Promise<SetHandle> => {
    const name = nameOf('variables', text);
    const handle = new SetHandle(temporal, reads, name);
    await temporal.start({
      workflowType: 'variableSetWorkflow',
      kind: 'variables',
      name,
      init: { definition: name, ...(hash === undefined ? {} : { hash }) },
      summary: `set of variables ${name}`,
      taken: 'use',
      ...options,
    });
    const view = await handle.view();
    if (hash !== undefined && view.hash !== hash) {
      const text = `${name} runs with the definition ${view.hash.slice(0, 12)}…; yours is ${hash.slice(0, 12)}…: propose it with redefine`;
      throw new PlatformError(refuse('definition-mismatch', text, { details: { current: view.hash, given: hash } }));
    }
    return handle;
  };
  const get = async (
    which: string | VariableSetDefinition<unknown>,
    options: SetStartOptions = {},
  ): Promise<unknown> => {
    if (typeof which !== 'string') return start(which.name, which.hash, options);
    const handle = new SetHandle(temporal, reads, nameOf('variables', which));
    await handle.status();
    return handle;
  };
  return {
    get: get as VariableSets['get'],
    start: (name, options = {}) => start(name, undefined, options),
    at: <V>(name: string) =>
      new SetHandle(temporal, reads, nameOf('variables', name)) as unknown as VariableSetHandle<V>,
    list: async (options = {}) => readerOf(reads).list({ ...options, space: temporal.space, kind: 'variables' }),
  };
}
