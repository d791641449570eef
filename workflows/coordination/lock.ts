import {
  agentOf,
  HOLDING_TTL_MS,
  LOCK_IDLE_MS,
  lockAcceptedSignal,
  lockAnsweredSignal,
  lockAskedSignal,
  lockLookSignal,
  lockLostSignal,
  lockOfferedSignal,
  lockRenouncedSignal,
  lockStillHeldSignal,
  LOOK_MS,
  MAX_HOLDER,
  MAX_LOCK_DELAY_MS,
  MAX_LOCK_HOLD_MS,
  MAX_LOCK_WAIT_MS,
  MAX_PERMITS,
  type AcquireArgs,
  type LockInit,
  type RevocationAnswer,
} from '../../src/contracts/coordination/lock';
import { offeredSignal, stillThereSignal, type SessionEnd } from '../../src/contracts/coordination/session';
import type { EntityInput } from '../../src/contracts/entity';
import { isRefusal, type Refusal } from '../../src/contracts/errors';
import { workflowId, type Name, type Space } from '../../src/contracts/ids';
import type { Vacancy } from '../../src/domain/coordination/election';
import {
  accept,
  acquire,
  acquireRefusal,
  attach,
  breakLock,
  downgrade,
  endSession,
  heldStill,
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
  type Wait,
} from '../../src/domain/coordination/lock';
import { lockText, lockView } from '../../src/domain/coordination/lock-view';
import { answerAsked, askBack } from '../../src/domain/coordination/revocation';
import { flag, messageOf, optional, text, whole, word } from '../../src/domain/coordination/messages';
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
  /** Of an election: the last term that was taken from its leader. */
  readonly revoked?: { readonly term: number; readonly reason: string };
  /** Of an election: nobody leads although somebody would. */
  readonly vacancy?: Vacancy;
}

const LOCK_LIMITS = { stateBytes: 1_500_000 };
const GONE = 'toldSession';
const MOST = Number.MAX_SAFE_INTEGER;

/** The workflow that is told what concerns a holder: its session, or the agent itself. */
const whoIs = ({ space }: Pick<Context, 'space'>, session: string): string =>
  agentOf(session) ?? workflowId(space as Space, 'session', session as Name);

function offering({ session, request }: Wait, token: number, context: Context): Send {
  const { workflowId: from } = context;
  const isAgent = agentOf(session) !== undefined;
  const args = { from, request, token, ...(isAgent ? { session } : {}) };
  const id = isAgent ? request : `${from}/offer/${String(token)}`;
  const { name: signal } = isAgent ? lockOfferedSignal : offeredSignal;
  return { to: whoIs(context, session), signal, args: [{ id, args }], outcome: GONE };
}

/** Agents that hold it no more without having said so. */
function losses(before: LockState, after: LockState, context: Context): readonly Send[] {
  const kept = new Set([...after.holders, ...after.queue].map(({ session, request }) => `${session} ${request}`));
  const had = [...before.holders, ...before.queue.filter(({ offer }) => offer !== undefined)];
  const lost = had.filter((each) => !kept.has(`${each.session} ${each.request}`));
  return lost.flatMap((each) => lossOf(each, context));
}

function lossOf({ session, request }: Waiter, context: Context): readonly Send[] {
  const to = agentOf(session);
  if (to === undefined) return [];
  const args = { from: context.workflowId, session, request };
  return [{ to, signal: lockLostSignal.name, args: [{ id: request, args }] }];
}

/** The state after a change, its events, and the offers to the sessions whose turn has come. */
function follow(
  state: State,
  { state: lock, events, offers }: LockStep,
  context: Context,
  reply?: unknown,
): Step<State> {
  const sends = offers.flatMap((wait) => (wait.offer === undefined ? [] : [offering(wait, wait.offer.token, context)]));
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
export function answered(
  state: State,
  step: LockStep & { readonly reply?: unknown; readonly refusal?: Refusal },
  context: Context,
): Step<State> {
  return step.refusal === undefined ? follow(state, step, context, step.reply) : { state, refusal: step.refusal };
}

const acquiring: Handler<State, AcquireArgs> = {
  parse: messageOf<AcquireArgs>('acquire', {
    request: text(),
    session: text(MAX_HOLDER),
    mode: optional(word('exclusive', 'shared')),
    permits: optional(whole(1, MAX_PERMITS)),
    owner: optional(text()),
    waitMs: whole(0, MAX_LOCK_WAIT_MS),
    lockDelayMs: optional(whole(0, MAX_LOCK_DELAY_MS)),
    holdMs: optional(whole(1, MAX_LOCK_HOLD_MS)),
    revocable: optional(flag),
    ttlMs: optional(whole(HOLDING_TTL_MS.least, HOLDING_TTL_MS.most)),
  }),
  admit: ({ lock }, args) => acquireRefusal(lock, args, Date.now()),
  decide: (state, args, context) => answered(state, acquire(state.lock, args, context.now), context),
};

interface Waiter {
  readonly request: string;
  readonly session: string;
}
type Accepting = Waiter & { readonly token: number };

export const accepting: Handler<State, Accepting> = {
  parse: messageOf<Accepting>('accept', { request: text(), session: text(MAX_HOLDER), token: whole(1, MOST) }),
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
    parse: messageOf<Held>(what, { token: whole(1, MOST), session: text(MAX_HOLDER) }),
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

export const releasing = holders('release', (lock, holding, now) => {
  const step = release(lock, holding, now);
  return { ...step, reply: { left: step.left } };
});

export const withdrawing: Handler<State, Waiter> = {
  parse: messageOf<Waiter>('withdraw', { request: text(), session: text(MAX_HOLDER) }),
  decide: (state, args, context) => {
    const step = withdraw(state.lock, args, context.now);
    return follow(state, step, context, { withdrawn: step.withdrawn });
  },
};

export const breaking: Handler<State, { readonly reason: string }> = {
  parse: messageOf<{ readonly reason: string }>('break', { reason: text(500) }),
  decide: (state, { reason }, context) => {
    const step = breakLock(state.lock, reason, context.now);
    const followed = follow(state, step, context, { broken: step.broken });
    return { ...followed, sends: [...losses(state.lock, step.state, context), ...(followed.sends ?? [])] };
  },
};

function asking({ session, request, token }: Holding, revoke: string, context: Context): Send {
  const { workflowId: from, name, now } = context;
  const isAgent = agentOf(session) !== undefined;
  const args = { from, request, token, ...(isAgent ? { session, reason: revoke } : { revoke }) };
  const { name: signal } = isAgent ? lockAskedSignal : offeredSignal;
  const id = `${name}/asked/${String(token)}/${String(now)}`;
  return { to: whoIs(context, session), signal, args: [{ id, args }], outcome: GONE };
}

const revoking: Handler<State, { readonly reason: string }> = {
  parse: messageOf<{ readonly reason: string }>('revoke', { reason: text(500) }),
  admit: ({ lock }, { reason }) => askBack(lock, reason, 0).refusal,
  decide: (state, { reason }, context) => {
    const step = askBack(state.lock, reason, context.now);
    if (step.refusal !== undefined) return { state, refusal: step.refusal };
    const sends = step.asked.map((holding) => asking(holding, reason, context));
    return { ...follow(state, step, context, { asked: step.asked.length }), sends };
  },
};

const answerOf = messageOf<RevocationAnswer>('answerRevocation', {
  session: text(MAX_HOLDER),
  token: whole(1, MOST),
  agrees: flag,
});

const answering: Handler<State, RevocationAnswer> = {
  parse: answerOf,
  decide: (state, args, context) => {
    const holding = holderOf(state.lock, args);
    if (isRefusal(holding)) return { state, refusal: holding };
    return answered(state, answerAsked(state.lock, holding, args.agrees, context.now), context);
  },
};

/** What an agent answers that holds it no more has come to pass. */
const answeredByAgent: Handler<State, RevocationAnswer> = {
  parse: answerOf,
  decide: (state, args, context) => {
    const holding = holderOf(state.lock, args);
    if (isRefusal(holding)) return { state };
    return follow(state, answerAsked(state.lock, holding, args.agrees, context.now), context);
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
  parse: messageOf<Ending>('sessionEnded', { session: text(MAX_HOLDER), end: word('closed', 'expired') }),
  decide: (state, { session, end }, context) =>
    follow(state, endSession(state.lock, session, end, context.now), context),
};

/** A session that cannot be told is gone, and took no leave: as if it had expired (LCK-3). */
const toldSession: Handler<State, { readonly to: string; readonly taken: boolean }> = {
  parse: (args) => ({ ok: true, args: args as { readonly to: string; readonly taken: boolean } }),
  decide: (state, { to, taken }, context) => {
    if (taken) return { state };
    const { sessions, holders: holding, queue } = state.lock;
    const known = new Set([...sessions, ...[...holding, ...queue].map(({ session }) => session)]);
    // an agent may be known by more than one of its lives
    const steps: Step<State>[] = [];
    for (const session of known) {
      if (whoIs(context, session) !== to) continue;
      const before = steps.at(-1)?.state ?? state;
      steps.push(follow(before, endSession(before.lock, session, 'expired', context.now), context));
    }
    return {
      state: steps.at(-1)?.state ?? state,
      events: steps.flatMap(({ events = [] }) => events),
      sends: steps.flatMap(({ sends = [] }) => sends),
      gathers: true,
    };
  },
};

/** What an agent says without an answer. What is good no more is told to it. */
const accepted: Handler<State, Accepting> = {
  parse: accepting.parse,
  decide: (state, args, context) => {
    const step = accept(state.lock, args, context.now);
    return step.refusal === undefined ? follow(state, step, context) : { state, sends: lossOf(args, context) };
  },
};

const renounced: Handler<State, Waiter> = {
  parse: messageOf<Waiter>('lockRenounced', { request: text(), session: text(MAX_HOLDER) }),
  decide: (state, args, context) => follow(state, withdraw(state.lock, args, context.now), context),
};

const stillHeld: Handler<State, Held> = {
  parse: messageOf<Held>('lockStillHeld', { token: whole(1, MOST), session: text(MAX_HOLDER) }),
  decide: (state, args, { now }) => {
    const holding = holderOf(state.lock, args);
    // one that has expired was told so
    return isRefusal(holding) ? { state } : { state: { ...state, lock: heldStill(state.lock, holding, now) } };
  },
};

/** Looks after the sessions that hold or wait, and ends what nobody has needed for long. */
function look(state: State, context: Context): Step<State> {
  const { lock, isUsed } = state;
  if (isFree(lock)) {
    return { state: { ...state, isUsed: false, lookAt: context.now + LOCK_IDLE_MS, isOver: !isUsed } };
  }
  const { workflowId: from, now } = context;
  const all = [...lock.holders, ...lock.queue];
  const sessions = new Set(all.map(({ session }) => session).filter((each) => agentOf(each) === undefined));
  const ofSessions = [...sessions].map((session): Send => ({
    to: whoIs(context, session),
    signal: stillThereSignal.name,
    args: [{ id: `${from}/look/${String(now)}`, args: {} }],
    outcome: GONE,
  }));
  const ofAgents = all.flatMap(({ session, request }): Send[] => {
    const to = agentOf(session);
    const args = [{ id: request, args: { from, session, request } }];
    return to === undefined ? [] : [{ to, signal: lockLookSignal.name, args, outcome: GONE }];
  });
  const sends = [...ofSessions, ...ofAgents];
  return { state: { ...state, lookAt: context.now + state.lookMs }, sends };
}

/** What locks, semaphores and elections have in common: all but the name. */
export const arbiter = (kind: 'lock' | 'semaphore' | 'election'): EntityDefinition<LockInit, State> => ({
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
    release: releasing,
    downgrade: holders('downgrade', downgrade),
    withdraw: withdrawing,
    break: breaking,
    revoke: revoking,
    answerRevocation: answering,
  },
  notices: {
    attached,
    sessionEnded,
    [GONE]: toldSession,
    [lockAcceptedSignal.name]: accepted,
    [lockAnsweredSignal.name]: answeredByAgent,
    [lockRenouncedSignal.name]: renounced,
    [lockStillHeldSignal.name]: stillHeld,
  },
  inspections: { lock: ({ lock }) => lockView(lock) },
  effects: {},
  wakeAt: ({ lock, lookAt, isOver }) => (isOver ? undefined : Math.min(lookAt, nextAt(lock) ?? lookAt)),
  wake: (before, context) => {
    const step = settle(before.lock, context.now);
    const followed = follow(before, step, context);
    const settled = { ...followed, sends: [...losses(before.lock, step.state, context), ...(followed.sends ?? [])] };
    if (settled.state.lookAt > context.now) return settled;
    const looked = look(settled.state, context);
    return { ...settled, ...looked, sends: [...settled.sends, ...(looked.sends ?? [])] };
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
