import type { UpdateDefinition } from '@temporalio/common';
import {
  acceptUpdate,
  answerRevocationUpdate,
  acquireUpdate,
  agentOf,
  breakUpdate,
  downgradeUpdate,
  lockQuery,
  MAX_LOCK_WAIT_MS,
  releaseUpdate,
  revokeUpdate,
  withdrawUpdate,
  type Acquired,
  type AcquireArgs,
  type Grant,
  type LockInit,
  type LockMode,
  type LockName,
  type LockView,
  type Released,
  type RevocationAnswer,
} from '../contracts/coordination/lock';
import type { CampaignArgs } from '../contracts/coordination/election';
import type { Message, Reply } from '../contracts/entity';
import { isPlatformError, isRefusal, PlatformError, refuse } from '../contracts/errors';
import { workflowId, type Name, type WorkflowId } from '../contracts/ids';
import type { Page, PageRequest, ReadModels, Row } from '../contracts/read-models';
import { inLockOrder } from '../domain/coordination/together';
import { nameOf } from './handles';
import { readerOf } from './reader';
import { createSessions, settled, type OwnSession, type Session, type Sessions } from './sessions';
import type { CallOptions, Temporal } from './temporal';
import { createTurns, type Turns } from './turns';

const WAIT_MS = 60_000;
/** The arbiter may end for lack of use between two calls, and may have to be told of a session more than once. */
const TRIES = 5;

/** How a lock is acquired. */
export interface AcquireOptions {
  /** Default: the session of this process. */
  readonly session?: Session;
  /** Longest wait in milliseconds; 0 tries, and leaves no trace. Default 60,000. */
  readonly waitMs?: number;
  /** `shared` holds it together with other readers. Default `exclusive`. */
  readonly mode?: LockMode;
  /** Who acquires it again under the same owner and session has it again at once, and releases it as often. */
  readonly owner?: string;
  /** How long nobody gets it when this session expires while it holds it; default 15,000. */
  readonly lockDelayMs?: number;
  /** It should be given back within so long: past it an event and an alert say so, and it is held on. At most a week. */
  readonly holdMs?: number;
  /** Of a semaphore: how many permits; default 1. */
  readonly permits?: number;
  /**
   * Somebody asks for it (`revoke`). Stop what you do under it first, then answer true: it is given back at once. Or false, and it is held
   * on. Without this nobody can ask. While it is held the process listens: one request to the server in twenty seconds.
   */
  readonly onRevoke?: (reason: string) => boolean | Promise<boolean>;
  /** Names the request: asked again it gets the same grant. Default: a new one. */
  readonly requestId?: string;
  /** Ends the wait. What was granted meanwhile is given back. */
  readonly signal?: AbortSignal;
}

/** How several locks are acquired together. */
export type AcquireAllOptions = Omit<AcquireOptions, 'permits'>;

/** What a lock and its like are called. */
export type ArbiterKind = 'lock' | 'semaphore' | 'election';

/** A lock that is held. */
export interface HeldLock extends Grant {
  readonly name: string;
  readonly session: Session;
  /** Aborted when the session may have expired: stop what you do under the lock. */
  readonly inDoubt: AbortSignal;
  /** @throws PlatformError `session-in-doubt` when the session may have expired: act no more */
  check(): void;
  /** Gives it back. @throws PlatformError `not-holder` when it was lost meanwhile */
  release(): Promise<Released>;
  /** Goes on as a reader; the token stays. */
  downgrade(): Promise<Grant>;
}

/** Several locks that are held together. */
export interface HeldLocks {
  /** In the order of their names. */
  readonly locks: readonly [HeldLock, ...HeldLock[]];
  /** By name. */
  readonly tokens: Readonly<Record<string, number>>;
  /** @throws PlatformError `session-in-doubt` */
  check(): void;
  /** Gives all back. @throws PlatformError `not-holder` when one was lost meanwhile; the others are given back all the same */
  release(): Promise<void>;
}

/** One lock or semaphore. Nothing is sent until it is used. */
export interface LockHandle {
  readonly name: string;
  readonly workflowId: WorkflowId;
  /**
   * Acquires it, and waits for its turn: who came first is first.
   * @throws PlatformError `lock-held` for a try, `timeout` after `waitMs`, `session-in-doubt` when the session ends while it waits, `queue-full`
   */
  acquire(options?: AcquireOptions): Promise<HeldLock>;
  /** Who holds it, since when, and who waits. A lock that nobody uses is free. */
  view(): Promise<LockView>;
  /** Asks whoever holds it to give it back; they answer in their time. @throws PlatformError `not-revocable` */
  revoke(reason: string, how?: CallOptions): Promise<{ readonly asked: number }>;
  /** The answer of a holder that was asked, for a session that is kept alive elsewhere, such as over HTTP. */
  answerRevocation(answer: RevocationAnswer, how?: CallOptions): Promise<{ readonly held: boolean }>;
  /** Takes it from whoever holds it. Their tokens are good no more, and who is next gets it at once. */
  break(reason: string, how?: CallOptions): Promise<{ readonly broken: number }>;
  /** One request of a session that is kept alive elsewhere, such as over HTTP: granted or queued, without waiting. */
  request(args: AcquireArgs, how?: CallOptions): Promise<Acquired>;
  release(held: { readonly session: string; readonly token: number }, how?: CallOptions): Promise<Released>;
  /** Ends the wait of a request, and gives back what it has got. Safe to repeat. */
  withdraw(
    wait: { readonly session: string; readonly request: string },
    how?: CallOptions,
  ): Promise<{ readonly withdrawn: boolean }>;
}

/** The locks of a space. */
export interface Locks {
  /** A lock by name. @throws PlatformError `invalid-id` */
  at(name: string, options?: Pick<LockInit, 'lookMs'>): LockHandle;
  /** Acquires, acts, releases: whatever becomes of the act. */
  with<T>(name: string, act: (token: number, lock: HeldLock) => Promise<T>, options?: AcquireOptions): Promise<T>;
  /**
   * Acquires all of them or none, one after the other in the order of their names. `waitMs` bounds the whole wait.
   * @throws PlatformError what the one that was not to be had says, `lock-held` or `timeout`; `invalid-request` for one named twice
   */
  acquireAll(names: readonly string[], options?: AcquireAllOptions): Promise<HeldLocks>;
  /** The same around an act. */
  withAll<T>(
    names: readonly string[],
    act: (tokens: Readonly<Record<string, number>>, held: HeldLocks) => Promise<T>,
    options?: AcquireAllOptions,
  ): Promise<T>;
  list(options?: Omit<PageRequest, 'space'> & { readonly status?: string }): Promise<Page<Row>>;
}

/** The semaphores of a space: the first use says how many permits one has. */
export interface Semaphores {
  at(name: string, permits: number): LockHandle;
  list(options?: Omit<PageRequest, 'space'> & { readonly status?: string }): Promise<Page<Row>>;
}

const code = (error: unknown): string | undefined => (isPlatformError(error) ? error.code : undefined);

/** What the handles of one client have in common. */
export interface SharedByLocks {
  readonly temporal: Temporal;
  readonly sessions: Sessions;
  readonly turns: Turns;
}

/** What an election takes beside. `isRepeatable`: the caller named the request, and may ask by it again. */
type Candidate = Pick<CampaignArgs, 'value' | 'score'> & { readonly isRepeatable?: boolean };

/** A lock, or what is one beside something else. */
export class Lock implements LockHandle {
  readonly name: Name;
  readonly workflowId: WorkflowId;
  readonly #temporal: Temporal;
  readonly #sessions: Sessions;
  readonly #turns: Turns;
  readonly #kind: ArbiterKind;
  readonly #init: LockInit;

  constructor({ temporal, sessions, turns }: SharedByLocks, kind: ArbiterKind, name: string, init: LockInit) {
    this.#temporal = temporal;
    this.#sessions = sessions;
    this.#turns = turns;
    this.#kind = kind;
    this.#init = init;
    this.name = nameOf(kind, name);
    this.workflowId = workflowId(temporal.space, kind, this.name);
  }

  #call<R, A>(update: UpdateDefinition<Reply<R>, [Message<A>]>, args: A, how?: CallOptions): Promise<Reply<R>> {
    return this.#turns.inTurn(this.workflowId, () => this.#temporal.call(this.workflowId, update, args, how));
  }

  async acquire(options: AcquireOptions & Candidate = {}): Promise<HeldLock> {
    const { waitMs = WAIT_MS, requestId = globalThis.crypto.randomUUID(), mode, owner, lockDelayMs, permits } = options;
    const { value, score, signal, holdMs } = options;
    signal?.throwIfAborted();
    const { onRevoke, isRepeatable = options.requestId !== undefined } = options;
    const session = (options.session ?? (await this.#sessions.own())) as OwnSession;
    session.check();
    const args: AcquireArgs & Candidate = {
      request: requestId,
      session: session.name,
      waitMs: Math.min(waitMs, MAX_LOCK_WAIT_MS),
      ...(mode === undefined ? {} : { mode }),
      ...(owner === undefined ? {} : { owner }),
      ...(lockDelayMs === undefined ? {} : { lockDelayMs }),
      ...(permits === undefined ? {} : { permits }),
      ...(holdMs === undefined ? {} : { holdMs }),
      ...(value === undefined ? {} : { value }),
      ...(score === undefined ? {} : { score }),
      ...(onRevoke === undefined ? {} : { revocable: true }),
    };
    const how = { waitMs, signal, isRepeatable };
    if (onRevoke === undefined) return this.#held(await this.#granted(args, session, how), session);
    let end = (): void => undefined;
    const holding = this.#granted(args, session, how).then((grant) =>
      this.#askable(this.#held(grant, session), onRevoke, () => {
        end();
      }),
    );
    end = session.onAsked(this.workflowId, requestId, (reason) => {
      // who asks hears of a failure by nothing that happens, and asks again
      void holding.then((held) => held.answer(reason)).catch(() => undefined);
    });
    try {
      return await holding;
    } catch (error) {
      end();
      throw error;
    }
  }

  async #granted(
    args: AcquireArgs,
    session: OwnSession,
    {
      waitMs,
      signal,
      isRepeatable,
    }: { readonly waitMs: number; readonly signal: AbortSignal | undefined; readonly isRepeatable: boolean },
  ): Promise<Grant> {
    const deadline = performance.now() + waitMs;
    const leave = session.asking(this.workflowId, args.request);
    try {
      let acquired = await this.#ask(args, () => session.attach(this.workflowId));
      while (acquired.kind === 'queued')
        acquired = await this.#turn(args, session, Math.max(1, deadline - performance.now()), { signal, leave });
      const { kind: _held, ...grant } = acquired;
      if (session.standing !== 'alive' && !isRepeatable) void this.#givenBack(args, session);
      session.check();
      return grant;
    } finally {
      leave();
    }
  }

  /** What was granted in doubt, by a request that nobody can repeat, would be held unknowingly by a session that lives on. */
  async #givenBack({ request, session: name }: AcquireArgs, session: OwnSession): Promise<void> {
    await settled(session, session.ended);
    if (session.standing !== 'ended') await this.withdraw({ request, session: name }).catch(() => undefined);
  }

  /** A holding that answers those who ask for it. Once it was given back it is not released again. */
  #askable(
    held: HeldLock,
    onRevoke: (reason: string) => boolean | Promise<boolean>,
    end: () => void,
  ): HeldLock & { answer(reason: string): Promise<void> } {
    let isBack = false;
    return {
      ...held,
      check: () => {
        held.check();
        if (isBack)
          throw new PlatformError(refuse('not-holder', `${this.workflowId} was given back when it was asked for`));
      },
      release: async () => {
        if (isBack) return { left: 0 };
        const released = await held.release();
        if (released.left === 0) end();
        return released;
      },
      answer: async (reason) => {
        const agrees = isBack || (await onRevoke(reason));
        isBack = agrees;
        await this.answerRevocation({ session: held.session.name, token: held.token, agrees });
        if (agrees) end();
      },
    };
  }

  /** Waits for an offer, and accepts it. What is not wanted any more is withdrawn. */
  async #turn(
    args: AcquireArgs,
    session: OwnSession,
    waitMs: number,
    { signal: given, leave }: { readonly signal: AbortSignal | undefined; readonly leave: () => boolean },
  ): Promise<Acquired> {
    const { request, session: name } = args;
    const late = AbortSignal.timeout(Math.ceil(waitMs));
    const waiting = given === undefined ? late : AbortSignal.any([late, given]);
    try {
      const token = await session.turn(this.workflowId, request, waiting);
      session.check();
      const left = { ...args, waitMs: Math.min(args.waitMs, Math.ceil(waitMs)) };
      if (token === undefined) return (await this.#call(acquireUpdate, left)).value;
      const accepted = await this.#call(acceptUpdate, { request, session: name, token });
      return accepted.value;
    } catch (error) {
      // the session's own end takes the place in the queue with it; another call of the same request goes on in it
      if (leave() && session.standing !== 'ended')
        await this.withdraw({ request, session: name }).catch(() => undefined);
      given?.throwIfAborted();
      if (code(error) !== 'timeout') throw error;
      throw new PlatformError(
        refuse('timeout', `${this.workflowId} was not free within ${String(Math.ceil(waitMs))} ms`),
      );
    }
  }

  async withdraw(
    wait: { readonly session: string; readonly request: string },
    how: CallOptions = {},
  ): Promise<{ readonly withdrawn: boolean }> {
    return (await this.#call(withdrawUpdate, wait, how)).value;
  }

  /** Asks the arbiter; starts it when it is not there, and makes the session known to it. */
  async #ask(args: AcquireArgs, attach: () => Promise<boolean>, how: CallOptions = {}): Promise<Acquired> {
    for (let left = TRIES; ; left--) {
      try {
        return (await this.#call(acquireUpdate, args, how)).value;
      } catch (error) {
        const why = code(error);
        if (left === 0 || why === undefined) throw error;
        if (why === `${this.#kind}-not-found` || why === 'stopped') await this.#start();
        else if (why !== 'session-not-found') throw error;
        if (!(await attach())) await this.#start();
      }
    }
  }

  async #start(): Promise<void> {
    const { permits } = this.#init;
    await this.#temporal.start({
      workflowType: `${this.#kind}Workflow`,
      kind: this.#kind,
      name: this.name,
      init: this.#init,
      summary: `${this.#kind} ${this.name}${permits === undefined ? '' : ` of ${String(permits)} permits`}`,
      taken: 'use',
    });
  }

  #held(grant: Grant, session: OwnSession): HeldLock {
    const args = { session: session.name, token: grant.token };
    return {
      ...grant,
      name: this.name,
      session,
      inDoubt: session.inDoubt,
      check: () => {
        session.check();
      },
      release: () => this.release(args),
      downgrade: async () => {
        const { value } = await this.#call(downgradeUpdate, args);
        if (value.kind === 'queued')
          throw new Error(`${this.workflowId} answered its holder with a place in the queue`);
        return value;
      },
    };
  }

  async view(): Promise<LockView> {
    try {
      return await this.#temporal.look(this.workflowId, lockQuery);
    } catch (error) {
      if (code(error) !== `${this.#kind}-not-found` && code(error) !== 'stopped') throw error;
      const { permits } = this.#init;
      return { ...(permits === undefined ? {} : { permits }), state: 'free', holders: [], waiting: [], token: 0 };
    }
  }

  async revoke(reason: string, how: CallOptions = {}): Promise<{ readonly asked: number }> {
    try {
      return (await this.#call(revokeUpdate, { reason }, how)).value;
    } catch (error) {
      if (code(error) !== `${this.#kind}-not-found` && code(error) !== 'stopped') throw error;
      return { asked: 0 };
    }
  }

  async answerRevocation(answer: RevocationAnswer, how: CallOptions = {}): Promise<{ readonly held: boolean }> {
    return (await this.#call(answerRevocationUpdate, answer, how)).value;
  }

  async break(reason: string, how: CallOptions = {}): Promise<{ readonly broken: number }> {
    return (await this.#call(breakUpdate, { reason }, how)).value;
  }

  request(args: AcquireArgs & Candidate, how: CallOptions = {}): Promise<Acquired> {
    // the lock asks an agent itself whether it lives
    const isKnown = agentOf(args.session) !== undefined;
    const attach = () => (isKnown ? Promise.resolve(true) : this.#sessions.attach(args.session, this.workflowId));
    return this.#ask(args, attach, how);
  }

  async release(held: { readonly session: string; readonly token: number }, how: CallOptions = {}): Promise<Released> {
    return (await this.#call(releaseUpdate, held, how)).value;
  }
}

/** Acts, and gives back whatever becomes of the act. */
async function during<T>(held: { release(): Promise<unknown> }, act: () => Promise<T>): Promise<T> {
  let isDone = false;
  try {
    const done = await act();
    isDone = true;
    return done;
  } finally {
    // an act that failed has its own say; one that is done must learn that it was not alone
    await held.release().catch((error: unknown) => {
      if (isDone) throw error;
    });
  }
}

/** Gives back the last first. */
async function releaseAll(locks: readonly HeldLock[]): Promise<void> {
  const failures: unknown[] = [];
  for (const lock of locks.toReversed()) await lock.release().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

async function together(
  names: readonly string[],
  at: (name: string) => LockHandle,
  options: AcquireAllOptions,
): Promise<HeldLocks> {
  const ordered = inLockOrder(names);
  if (isRefusal(ordered)) throw new PlatformError(ordered);
  const { waitMs = WAIT_MS } = options;
  const deadline = performance.now() + waitMs;
  const acquire = (name: string): Promise<HeldLock> => {
    const leftMs = waitMs === 0 ? 0 : Math.max(1, Math.ceil(deadline - performance.now()));
    return at(name).acquire({ ...options, waitMs: leftMs });
  };
  const [first, ...others] = ordered;
  const locks: [HeldLock, ...HeldLock[]] = [await acquire(first)];
  try {
    for (const name of others) locks.push(await acquire(name));
  } catch (error) {
    await releaseAll(locks).catch(() => undefined);
    throw error;
  }
  return {
    locks,
    tokens: Object.fromEntries(locks.map(({ name, token }) => [name, token])),
    check: () => {
      for (const lock of locks) lock.check();
    },
    release: () => releaseAll(locks),
  };
}

/** The locks of a space. */
export function createLocks(temporal: Temporal, sessions: Sessions, reads: ReadModels | undefined): Locks {
  const shared: SharedByLocks = { temporal, sessions, turns: createTurns() };
  const at = (name: string, options: Pick<LockInit, 'lookMs'> = {}): LockHandle =>
    new Lock(shared, 'lock', name, options);
  const acquireAll = (names: readonly string[], options: AcquireAllOptions = {}): Promise<HeldLocks> =>
    together(
      names.map((name) => at(name).name),
      at,
      options,
    );
  return {
    at,
    acquireAll,
    with: async (name, act, options) => {
      const lock = await at(name).acquire(options);
      return during(lock, () => act(lock.token, lock));
    },
    withAll: async (names, act, options) => {
      const held = await acquireAll(names, options);
      return during(held, () => act(held.tokens, held));
    },
    list: async (options = {}) => readerOf(reads).list({ ...options, space: temporal.space, kind: 'lock' }),
  };
}

/** The semaphores of a space. */
export function createSemaphores(temporal: Temporal, sessions: Sessions, reads: ReadModels | undefined): Semaphores {
  const shared: SharedByLocks = { temporal, sessions, turns: createTurns() };
  return {
    at: (name, permits) => new Lock(shared, 'semaphore', name, { permits }),
    list: async (options = {}) => readerOf(reads).list({ ...options, space: temporal.space, kind: 'semaphore' }),
  };
}

/** Locks and semaphores as the activities of agents reach them. */
export function locksForAgents(temporal: Temporal): (lock: LockName) => LockHandle {
  const sessions = createSessions(temporal, undefined);
  const shared: SharedByLocks = { temporal, sessions, turns: createTurns() };
  return ({ name, of }) =>
    of === undefined ? new Lock(shared, 'lock', name, {}) : new Lock(shared, 'semaphore', name, { permits: of });
}
