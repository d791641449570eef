import {
  LOCK_IDLE_MS,
  LOOK_MS,
  MAX_LOCK_DELAY_MS,
  MAX_LOCK_WAIT_MS,
  MAX_PERMITS,
  type AcquireArgs,
  type LockInit,
} from '../../src/contracts/coordination/lock';
import { offeredSignal, stillThereSignal, type SessionEnd } from '../../src/contracts/coordination/session';
import type { EntityInput } from '../../src/contracts/entity';
import { isRefusal, type Refusal } from '../../src/contracts/errors';
import { workflowId, type Name, type Space } from '../../src/contracts/ids';
import {
  accept,
  acquire,
  acquireRefusal,
  attach,
  breakLock,
  downgrade,
  endSession,
  holderOf,
  isFree,
  lockProblem,
  nextAt,
  openLock,
  release,
  settle,
  withdraw,
  type Holding,
  type LockState,
  type LockStep,
} from '../../src/domain/coordination/lock';
import { lockText, lockView } from '../../src/domain/coordination/lock-view';
import { messageOf, optional, text, whole, word } from '../../src/domain/coordination/messages';
import type { Context, EntityDefinition, Handler, Send, Step } from '../kernel/decider';
import { runEntity } from '../kernel/entity';

/** A lock, and when it looks after its sessions. */
export interface State {
  readonly lock: LockState;
  readonly lookMs: number;
  /** When it looks next whether the sessions it knows are there; or, with nothing to look for, whether anybody needs it. */
  readonly lookAt: number;
  /** Somebody held it or waited since it looked last. */
  readonly isUsed: boolean;
  readonly isOver: boolean;
}

const LOCK_LIMITS = { stateBytes: 1_500_000 };
const GONE = 'toldSession';
const MOST = Number.MAX_SAFE_INTEGER;

const sessionOf = ({ space }: Context, session: string): string =>
  workflowId(space as Space, 'session', session as Name);

/** The state after a change, its events, and the offers to the sessions whose turn has come. */
function follow(
  state: State,
  { state: lock, events, offers }: LockStep,
  context: Context,
  reply?: unknown,
): Step<State> {
  const sends = offers.flatMap(({ session, request, offer }): Send[] => {
    if (offer === undefined) return [];
    const args = { from: context.workflowId, request, token: offer.token };
    const id = `${context.workflowId}/offer/${String(offer.token)}`;
    return [{ to: sessionOf(context, session), signal: offeredSignal.name, args: [{ id, args }], outcome: GONE }];
  });
  const isUsed = state.isUsed || !isFree(lock);
  const lookAt = isFree(lock) ? state.lookAt : Math.min(state.lookAt, context.now + state.lookMs);
  return {
    state: { ...state, lock, isUsed, lookAt },
    events,
    sends,
    gathers: true,
    ...(reply === undefined ? {} : { reply }),
  };
}

/** The same with an answer, or a refusal that leaves all as it was. */
function answered(
  state: State,
  step: LockStep & { readonly reply?: unknown; readonly refusal?: Refusal },
  context: Context,
): Step<State> {
  return step.refusal === undefined ? follow(state, step, context, step.reply) : { state, refusal: step.refusal };
}

const acquiring: Handler<State, AcquireArgs> = {
  parse: messageOf<AcquireArgs>('acquire', {
    request: text(),
    session: text(),
    mode: optional(word('exclusive', 'shared')),
    permits: optional(whole(1, MAX_PERMITS)),
    owner: optional(text()),
    waitMs: whole(0, MAX_LOCK_WAIT_MS),
    lockDelayMs: optional(whole(0, MAX_LOCK_DELAY_MS)),
  }),
  admit: ({ lock }, args) => acquireRefusal(lock, args, Date.now()),
  decide: (state, args, context) => answered(state, acquire(state.lock, args, context.now), context),
};

interface Waiter {
  readonly request: string;
  readonly session: string;
}
type Accepting = Waiter & { readonly token: number };

const accepting: Handler<State, Accepting> = {
  parse: messageOf<Accepting>('accept', { request: text(), session: text(), token: whole(1, MOST) }),
  decide: (state, args, context) => answered(state, accept(state.lock, args, context.now), context),
};

interface Held {
  readonly token: number;
  readonly session: string;
}

/** What only the holder of a token may do. */
function holders(
  what: string,
  act: (lock: LockState, holding: Holding, now: number) => LockStep & { readonly reply: unknown },
): Handler<State, Held> {
  return {
    parse: messageOf<Held>(what, { token: whole(1, MOST), session: text() }),
    admit: ({ lock }, args): Refusal | undefined => {
      const holding = holderOf(lock, args);
      return isRefusal(holding) ? holding : undefined;
    },
    decide: (state, args, context) => {
      const holding = holderOf(state.lock, args);
      if (isRefusal(holding)) return { state, refusal: holding };
      return answered(state, act(state.lock, holding, context.now), context);
    },
  };
}

const withdrawing: Handler<State, Waiter> = {
  parse: messageOf<Waiter>('withdraw', { request: text(), session: text() }),
  decide: (state, args, context) => {
    const step = withdraw(state.lock, args, context.now);
    return follow(state, step, context, { withdrawn: step.withdrawn });
  },
};

const breaking: Handler<State, { readonly reason: string }> = {
  parse: messageOf<{ readonly reason: string }>('break', { reason: text(500) }),
  decide: (state, { reason }, context) => {
    const step = breakLock(state.lock, reason, context.now);
    return follow(state, step, context, { broken: step.broken });
  },
};

const attached: Handler<State, { readonly session: string }> = {
  parse: messageOf<{ readonly session: string }>('attached', { session: text() }),
  decide: (state, { session }) => {
    const lock = attach(state.lock, session);
    return isRefusal(lock) ? { state, refusal: lock } : { state: { ...state, lock } };
  },
};

interface Ending {
  readonly session: string;
  readonly end: SessionEnd;
}

const sessionEnded: Handler<State, Ending> = {
  parse: messageOf<Ending>('sessionEnded', { session: text(), end: word('closed', 'expired') }),
  decide: (state, { session, end }, context) =>
    follow(state, endSession(state.lock, session, end, context.now), context),
};

/** A session that cannot be told is gone, and took no leave: as if it had expired (LCK-3). */
const toldSession: Handler<State, { readonly to: string; readonly taken: boolean }> = {
  parse: (args) => ({ ok: true, args: args as { readonly to: string; readonly taken: boolean } }),
  decide: (state, { to, taken }, context) => {
    const session = to.split(':').at(-1) ?? '';
    return taken ? { state } : follow(state, endSession(state.lock, session, 'expired', context.now), context);
  },
};

/** Looks after the sessions that hold or wait, and ends what nobody has needed for long. */
function look(state: State, context: Context): Step<State> {
  const { lock, isUsed } = state;
  if (isFree(lock)) {
    return { state: { ...state, isUsed: false, lookAt: context.now + LOCK_IDLE_MS, isOver: !isUsed } };
  }
  const sessions = [...new Set([...lock.holders, ...lock.queue].map(({ session }) => session))];
  const sends = sessions.map((session): Send => ({
    to: sessionOf(context, session),
    signal: stillThereSignal.name,
    args: [{ id: `${context.workflowId}/look/${String(context.now)}`, args: {} }],
    outcome: GONE,
  }));
  return { state: { ...state, lookAt: context.now + state.lookMs }, sends };
}

/** What locks and semaphores have in common: all but the name. */
export const arbiter = (kind: 'lock' | 'semaphore'): EntityDefinition<LockInit, State> => ({
  kind,
  isPart: true,
  schema: 1,
  upcast: {},
  limits: LOCK_LIMITS,
  create: (init, { now }) => {
    const { lookMs = LOOK_MS.usual } = init;
    const state: State = { lock: openLock(init), lookMs, lookAt: now + LOCK_IDLE_MS, isUsed: true, isOver: false };
    const refusal = lockProblem(init);
    return refusal === undefined ? { state } : { state, refusal };
  },
  commands: {
    acquire: acquiring,
    accept: accepting,
    release: holders('release', (lock, holding, now) => {
      const step = release(lock, holding, now);
      return { ...step, reply: { left: step.left } };
    }),
    downgrade: holders('downgrade', downgrade),
    withdraw: withdrawing,
    break: breaking,
  },
  notices: { attached, sessionEnded, [GONE]: toldSession },
  inspections: { lock: ({ lock }) => lockView(lock) },
  effects: {},
  wakeAt: ({ lock, lookAt, isOver }) => (isOver ? undefined : Math.min(lookAt, nextAt(lock) ?? lookAt)),
  wake: (before, context) => {
    const settled = follow(before, settle(before.lock, context.now), context);
    if (settled.state.lookAt > context.now) return settled;
    const looked = look(settled.state, context);
    return { ...settled, ...looked, sends: [...(settled.sends ?? []), ...(looked.sends ?? [])] };
  },
  describe: ({ lock }) => {
    const view = lockView(lock);
    return { status: view.state, markdown: lockText(view) };
  },
  finished: ({ isOver }) => (isOver ? { reason: { kind: 'normal' }, outcome: 'idle' } : undefined),
});

/**
 * The arbiter of one lock: gives it to one session after the other, each with a token that is higher than all before it. Ends when nobody
 * has needed it for a while; the next acquire starts it again.
 */
export async function lockWorkflow(input: EntityInput<LockInit, State>): Promise<unknown> {
  return runEntity(arbiter('lock'), input);
}
