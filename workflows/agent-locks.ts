import { ActivityFailure, ApplicationFailure, type SignalDefinition } from '@temporalio/common';
import { CancellationScope, condition, getExternalWorkflowHandle, sleep, workflowInfo } from '@temporalio/workflow';
import type { AgentActivities } from '../src/contracts/agent';
import {
  durableHolder,
  lockAcceptedSignal,
  lockAnsweredSignal,
  lockRenouncedSignal,
  lockStillHeldSignal,
  sessionEndedSignal,
  type AcquireArgs,
  type HeldTokens,
  type LockMode,
  type LockName,
  type LockWord,
} from '../src/contracts/coordination/lock';
import type { SessionEnd } from '../src/contracts/coordination/session';
import type { EntityInput, ExitReason, Message } from '../src/contracts/entity';
import { isRefusal, refuse } from '../src/contracts/errors';
import { parseName, workflowId } from '../src/contracts/ids';
import type { AgentHolding, AgentState } from '../src/domain/agent';
import type { Send } from './kernel/decider';
import { toFailure } from './kernel/failure';
import { generationNumber } from './kernel/shell';

/** Longest wait for a lock unless the agent says otherwise. */
export const LOCK_WAIT_MS = 60_000;
/** So often within its time to live an agent says that it holds it still. */
const OFTEN = 3;
/** The part of the time to live that the clocks of server and workers may differ in. */
const DRIFT = 0.1;

/** How an agent acquires a lock. */
export interface AgentLockOptions {
  /** Longest wait in milliseconds; 0 tries, and leaves no trace. Default 60,000. */
  readonly waitMs?: number;
  /** `shared` holds it together with other readers. Default `exclusive`. */
  readonly mode?: LockMode;
  /** How long nobody gets it when the agent dies while it holds it; default 15,000. */
  readonly lockDelayMs?: number;
  /** It is a semaphore of so many permits. */
  readonly of?: number;
  /** Of a semaphore: how many; default 1. */
  readonly permits?: number;
  /**
   * It expires when the agent has not been able to say for so long that it holds it still, such as for want of workers. Default: it is
   * held as long as the agent lives.
   */
  readonly ttlMs?: number;
}

/** An agent is asked to give back what it keeps. */
export interface AskedBack {
  /** The name of the lock; of a semaphore `semaphore:<name>`. */
  readonly lock: string;
  readonly token: number;
  readonly reason: string;
}

/** The locks of one run of an agent. */
export interface AgentLocks {
  readonly holdings: readonly AgentHolding[];
  /** What activities carry: what it holds, and has not to fear for. */
  tokens(): HeldTokens;
  /** Acquires one, or waits for its turn. `request` is used once. Ends with the scope in which it is called. */
  acquire(
    platform: AgentActivities,
    lock: LockName,
    request: string,
    options: AgentLockOptions & { readonly revocable?: true },
  ): Promise<AgentHolding>;
  /** Gives it back. @throws what the lock says, such as `not-holder` */
  release(platform: AgentActivities, lock: LockName, holding: AgentHolding, id: string): Promise<void>;
  /** Gives it back without waiting for an answer. */
  renounce(holding: AgentHolding): void;
  held(lock: LockName): AgentHolding | undefined;
  /** What is meant by a word of a lock, if it is held still. */
  meant(word: LockWord): AgentHolding | undefined;
  /** Gives it back because somebody asked, or says that it stays. */
  answer(holding: AgentHolding, agrees: boolean): void;
  readonly direct: Readonly<Record<'lockOffered' | 'lockLook' | 'lockLost', (message: Message) => void>>;
  carried<S>(state: AgentState<S>): AgentState<S>;
  farewell(reason: ExitReason): readonly Send[];
}

/** What waits for its turn; the token comes with the offer. */
interface Waiting {
  readonly lock: string;
  token?: number;
  isLost?: true;
}

/** Refusals of a lock after which it has nothing of the request. */
const CLEAR = new Set(['lock-held', 'queue-full', 'limit-reached', 'invalid-message']);

function isClear(error: unknown): boolean {
  const { cause } = error as { readonly cause?: unknown };
  return error instanceof ActivityFailure && cause instanceof ApplicationFailure && CLEAR.has(cause.type ?? '');
}

function tell<A>(to: string, signal: SignalDefinition<[Message<A>]>, id: string, args: A): Promise<boolean> {
  return CancellationScope.nonCancellable(() => getExternalWorkflowHandle(to).signal(signal, { id, args })).then(
    () => true,
    // a lock that is not there holds nothing
    () => false,
  );
}

const keyOf = ({ name, of }: LockName): string => (of === undefined ? name : `semaphore:${name}`);

/** Keeps what an agent holds: over steps and renewals, until it gives it back or ends. */
export function agentLocks(input: EntityInput<unknown, AgentState<unknown>>): AgentLocks {
  const { space, name } = input;
  const generation = generationNumber(input);
  const holder = durableHolder(workflowInfo().workflowId, generation);
  const waiting = new Map<string, Waiting>();
  const keepers = new Map<string, CancellationScope>();
  let holdings: readonly AgentHolding[] = [];

  const idOf = (lock: LockName): string => {
    const kind = lock.of === undefined ? 'lock' : 'semaphore';
    const parsed = parseName(kind, lock.name);
    if (isRefusal(parsed)) throw toFailure(parsed);
    return workflowId(space, kind, parsed);
  };

  const drop = (request: string): void => {
    keepers.get(request)?.cancel();
    keepers.delete(request);
    holdings = holdings.filter((each) => each.request !== request);
  };

  const renounce = ({ lock, request }: Pick<AgentHolding, 'lock' | 'request'>): void => {
    drop(request);
    void tell(lock, lockRenouncedSignal, `${request}/no/${String(Date.now())}`, { request, session: holder });
  };

  /** Says again and again that it is held; once that is too late it is held no more. */
  const keep = (holding: AgentHolding): void => {
    const { lock, request, token, ttlMs } = holding;
    if (ttlMs === undefined) return;
    const scope = new CancellationScope({ cancellable: true });
    keepers.set(request, scope);
    const saying = async (): Promise<void> => {
      for (;;) {
        await sleep(Math.ceil(ttlMs / OFTEN), { summary: `holds ${lock}` });
        const now = Date.now();
        const { until = 0 } = holdings.find((each) => each.request === request) ?? {};
        if (now >= until) {
          renounce(holding);
          return;
        }
        const id = `${request}/still/${String(now)}`;
        if (!(await tell(lock, lockStillHeldSignal, id, { session: holder, token }))) continue;
        holdings = holdings.map((each) =>
          each.request === request ? { ...each, until: now + ttlMs * (1 - DRIFT) } : each,
        );
      }
    };
    void scope.run(saying).catch(() => undefined);
  };

  const add = (holding: AgentHolding): AgentHolding => {
    holdings = [...holdings, holding];
    keep(holding);
    return holding;
  };

  /** A word to another life of this name: that one has ended. */
  const isOther = ({ from, session }: LockWord): boolean => {
    if (session === holder) return false;
    const [, life = ''] = session.split('#');
    const ended: { session: string; end: SessionEnd } = { session, end: 'expired' };
    void tell(from, sessionEndedSignal, `${name}/ended/${life}`, ended);
    return true;
  };

  const words = (take: (word: LockWord & { readonly token?: number }) => void) => (message: Message) => {
    const word = message.args as LockWord;
    if (typeof word === 'object' && typeof (word as { from?: unknown } | null)?.from === 'string') take(word);
  };

  for (const holding of input.snapshot?.state.holdings ?? []) add(holding);

  return {
    get holdings() {
      return holdings;
    },
    tokens: () => {
      const sure = holdings.filter(({ until = Infinity }) => Date.now() < until);
      return Object.fromEntries(sure.map(({ key, token }) => [key, token]));
    },
    held: (lock) => {
      const id = idOf(lock);
      return holdings.find((each) => each.lock === id);
    },
    meant: ({ session, request }) =>
      session === holder ? holdings.find((each) => each.request === request) : undefined,
    answer: ({ lock, request, token }, agrees) => {
      if (agrees) drop(request);
      const id = `${request}/answer/${String(Date.now())}`;
      void tell(lock, lockAnsweredSignal, id, { session: holder, token, agrees });
    },
    async acquire(platform, lock, request, options) {
      const id = idOf(lock);
      const { waitMs = LOCK_WAIT_MS, mode, lockDelayMs, permits, ttlMs, revocable } = options;
      const isBusy = [...holdings, ...waiting.values()].some((each) => each.lock === id);
      if (isBusy) throw toFailure(refuse('deadlock', `${name} holds ${id} already, or waits for it`));
      const args: AcquireArgs = {
        request,
        session: holder,
        waitMs,
        ...(mode === undefined ? {} : { mode }),
        ...(lockDelayMs === undefined ? {} : { lockDelayMs }),
        ...(permits === undefined ? {} : { permits }),
        ...(ttlMs === undefined ? {} : { ttlMs }),
        ...(revocable === undefined ? {} : { revocable }),
      };
      const wait: Waiting = { lock: id };
      waiting.set(request, wait);
      const began = Date.now();
      const scope = CancellationScope.current();
      try {
        // not given up in the middle: what came of it must be known
        const acquired = await CancellationScope.nonCancellable(() => platform.acquireForAgent({ space, lock, args }));
        if (scope.consideredCancelled) await scope.cancelRequested;
        if (acquired.kind === 'queued') {
          const left = Math.max(1, began + waitMs - Date.now());
          const isTurn = await condition(() => wait.token !== undefined || wait.isLost === true, left, {
            summary: `waits for ${id}`,
          });
          if (!isTurn) throw toFailure(refuse('timeout', `${id} was not free within ${String(waitMs)} ms`));
        }
        if (wait.isLost) throw toFailure(refuse('not-holder', `${id} was broken when it was the turn of ${name}`));
        const token = acquired.kind === 'held' ? acquired.token : (wait.token ?? 0);
        const since = acquired.kind === 'held' ? began : Date.now();
        const limit = ttlMs === undefined ? {} : { ttlMs, until: since + ttlMs * (1 - DRIFT) };
        return add({ lock: id, key: keyOf(lock), request, token, ...limit });
      } catch (error) {
        if (!isClear(error)) renounce({ lock: id, request });
        throw error;
      } finally {
        waiting.delete(request);
      }
    },
    async release(platform, lock, { request, token }, id) {
      drop(request);
      const args = { session: holder, token };
      await CancellationScope.nonCancellable(() => platform.releaseForAgent({ space, lock, args, id }));
    },
    renounce,
    direct: {
      lockOffered: words(({ from, session, request, token }) => {
        if (isOther({ from, session, request }) || token === undefined) return;
        const wait = waiting.get(request);
        const isKnown = wait !== undefined || holdings.some((each) => each.request === request);
        if (!isKnown) {
          renounce({ lock: from, request });
          return;
        }
        if (wait !== undefined) wait.token = token;
        void tell(from, lockAcceptedSignal, `${request}/yes/${String(token)}`, { request, session: holder, token });
      }),
      lockLook: words((word) => {
        const { from: lock, request } = word;
        const isKnown = waiting.has(request) || holdings.some((each) => each.request === request);
        if (!isOther(word) && !isKnown) renounce({ lock, request });
      }),
      lockLost: words(({ session, request }) => {
        if (session !== holder) return;
        drop(request);
        const wait = waiting.get(request);
        if (wait !== undefined) wait.isLost = true;
      }),
    },
    carried: ({ holdings: _before, ...state }) => (holdings.length === 0 ? state : { ...state, holdings }),
    farewell: ({ kind }) => {
      const locks = new Set([...holdings, ...waiting.values()].map(({ lock }) => lock));
      // what failed may have left something running
      const end: SessionEnd = kind === 'failed' ? 'expired' : 'closed';
      const message = { id: `${name}/ended/${String(generation)}`, args: { session: holder, end } };
      return [...locks].map((to): Send => ({ to, signal: sessionEndedSignal.name, args: [message] }));
    },
  };
}
