import {
  BARRIER_IDLE_MS,
  MAX_BARRIER_WAIT_MS,
  MAX_PARTICIPANT,
  MAX_PARTIES,
  type BarrierInit,
  type EnterArgs,
  type LeaveArgs,
  type Participation,
  type RegisterArgs,
} from '../../src/contracts/coordination/barrier';
import { LOOK_MS } from '../../src/contracts/coordination/lock';
import { offeredSignal, stillThereSignal, type SessionEnd } from '../../src/contracts/coordination/session';
import type { EntityInput } from '../../src/contracts/entity';
import { isRefusal } from '../../src/contracts/errors';
import { workflowId, type Name, type Space } from '../../src/contracts/ids';
import {
  attach,
  barrierProblem,
  breakBarrier,
  endSession,
  enter,
  enterRefusal,
  leave,
  leaveRefusal,
  nextAt,
  sessionsIn,
  settle,
  specOf,
  withdraw,
  type Answered,
} from '../../src/domain/coordination/barrier';
import {
  isEmpty,
  openBarrier,
  standing,
  stepOf,
  type BarrierState,
  type BarrierStep,
} from '../../src/domain/coordination/barrier-state';
import { barrierText, barrierView } from '../../src/domain/coordination/barrier-view';
import { messageOf, optional, text, whole, word } from '../../src/domain/coordination/messages';
import { deregister, deregisterRefusal, register, registerRefusal } from '../../src/domain/coordination/phaser';
import type { Context, EntityDefinition, Handler, Send, Step } from '../kernel/decider';
import { runEntity } from '../kernel/entity';

/** A barrier, and when it looks after its sessions. */
interface State {
  readonly barrier: BarrierState;
  readonly lookMs: number;
  /** When it looks next whether the sessions in it are there; or, with nobody in it, whether anybody needs it. */
  readonly lookAt: number;
  /** Somebody was in it since it looked last. */
  readonly isUsed: boolean;
  readonly isOver: boolean;
  /** It ended with somebody in it, and its next use had it go on. */
  readonly hasReturned?: true;
}

const BARRIER_LIMITS = { stateBytes: 1_500_000 };
const GONE = 'toldSession';

const sessionOf = ({ space }: Context, session: string): string =>
  workflowId(space as Space, 'session', session as Name);

/** The state after a change, its events, and the word to the sessions whose generation is over. */
function follow(state: State, { state: barrier, events, told }: BarrierStep, context: Context): Step<State> {
  const sends = told.map(({ session, request, generation }): Send => {
    const args = { from: context.workflowId, request, token: generation };
    const id = `${context.workflowId}/${String(generation)}/${request}`;
    return { to: sessionOf(context, session), signal: offeredSignal.name, args: [{ id, args }], outcome: GONE };
  });
  const isFree = isEmpty(barrier);
  const lookAt = isFree ? state.lookAt : Math.min(state.lookAt, context.now + state.lookMs);
  const next = { ...state, barrier, isUsed: state.isUsed || !isFree, lookAt };
  return { state: next, events, sends, gathers: true };
}

/** The same with an answer, or a refusal that leaves all as it was. */
function answered(state: State, step: Answered<unknown>, context: Context): Step<State> {
  if (step.refusal !== undefined) return { state, refusal: step.refusal };
  return { ...follow(state, step, context), reply: step.reply };
}

const name = text(MAX_PARTICIPANT);
const waitMs = whole(1, MAX_BARRIER_WAIT_MS);
const spec = {
  form: word('cyclic', 'double', 'phaser'),
  parties: optional(whole(1, MAX_PARTIES)),
  onDeath: optional(word('leave', 'break')),
  deadlineMs: optional(waitMs),
};

const entering: Handler<State, EnterArgs> = {
  parse: messageOf<EnterArgs>('enter', {
    ...spec,
    participant: name,
    request: name,
    session: text(),
    waitMs: optional(waitMs),
    generation: optional(whole(1, Number.MAX_SAFE_INTEGER)),
  }),
  admit: ({ barrier }, args) => enterRefusal(barrier, args),
  decide: (state, args, context) => answered(state, enter(state.barrier, args, context.now), context),
};

const leaving: Handler<State, LeaveArgs> = {
  parse: messageOf<LeaveArgs>('leave', { participant: name, request: name, session: text(), waitMs }),
  admit: ({ barrier }, args) => leaveRefusal(barrier, args),
  decide: (state, args, context) => answered(state, leave(state.barrier, args, context.now), context),
};

const withdrawing: Handler<State, Participation> = {
  parse: messageOf<Participation>('withdraw', { participant: name, request: name }),
  decide: (state, args, context) => answered(state, withdraw(state.barrier, args, context.now), context),
};

const registering: Handler<State, RegisterArgs> = {
  parse: messageOf<RegisterArgs>('register', { ...spec, participant: name, session: text() }),
  admit: ({ barrier }, args) => registerRefusal(barrier, args),
  decide: (state, args, context) => answered(state, register(state.barrier, args), context),
};

const deregistering: Handler<State, { readonly participant: string }> = {
  parse: messageOf<{ readonly participant: string }>('deregister', { participant: name }),
  admit: ({ barrier }, { participant }) => deregisterRefusal(barrier, participant),
  decide: (state, { participant }, context) =>
    answered(state, deregister(state.barrier, participant, context.now), context),
};

const breaking: Handler<State, { readonly reason: string }> = {
  parse: messageOf<{ readonly reason: string }>('break', { reason: text(500) }),
  decide: (state, { reason }, context) => answered(state, breakBarrier(state.barrier, reason, context.now), context),
};

const attached: Handler<State, { readonly session: string }> = {
  parse: messageOf<{ readonly session: string }>('attached', { session: text() }),
  decide: (state, { session }) => {
    const barrier = attach(state.barrier, session);
    return isRefusal(barrier) ? { state, refusal: barrier } : { state: { ...state, barrier } };
  },
};

interface Ending {
  readonly session: string;
  readonly end: SessionEnd;
}

const sessionEnded: Handler<State, Ending> = {
  parse: messageOf<Ending>('sessionEnded', { session: text(), end: word('closed', 'expired') }),
  decide: (state, { session, end }, context) =>
    follow(state, endSession(state.barrier, session, end, context.now), context),
};

/** A session that cannot be told is gone, and took no leave: as if it had expired. */
const toldSession: Handler<State, { readonly to: string; readonly taken: boolean }> = {
  parse: (args) => ({ ok: true, args: args as { readonly to: string; readonly taken: boolean } }),
  decide: (state, { to, taken }, context) => {
    const session = to.split(':').at(-1) ?? '';
    return taken ? { state } : follow(state, endSession(state.barrier, session, 'expired', context.now), context);
  },
};

/** Looks after the sessions that are in it, and ends what nobody has needed for long. */
function look(state: State, context: Context): Step<State> {
  const { barrier, isUsed } = state;
  if (isEmpty(barrier)) {
    return { state: { ...state, isUsed: false, lookAt: context.now + BARRIER_IDLE_MS, isOver: !isUsed } };
  }
  const sends = sessionsIn(barrier).map((session): Send => ({
    to: sessionOf(context, session),
    signal: stillThereSignal.name,
    args: [{ id: `${context.workflowId}/look/${String(context.now)}`, args: {} }],
    outcome: GONE,
  }));
  return { state: { ...state, lookAt: context.now + state.lookMs }, sends };
}

/** It goes on where it ended: sessions that have ended meanwhile could not tell it. */
function resume(state: State, context: Context): Step<State> {
  const { hasReturned, ...same } = state;
  if (hasReturned === undefined) return { state };
  const { generation, entries } = same.barrier;
  const data = { firstRunId: context.generation.firstRunId, generation, entries: entries.length };
  return { state: { ...same, lookAt: context.now }, events: [{ type: 'barrier.wentOn', data }] };
}

const barrierDefinition: EntityDefinition<BarrierInit, State> = {
  kind: 'barrier',
  isPart: true,
  schema: 1,
  upcast: {},
  limits: BARRIER_LIMITS,
  create: (init, { now }) => {
    const { lookMs = LOOK_MS.usual } = init;
    const barrier = openBarrier(specOf(init));
    const state: State = { barrier, lookMs, lookAt: now + BARRIER_IDLE_MS, isUsed: true, isOver: false };
    const refusal = barrierProblem(init);
    return refusal === undefined ? { state } : { state, refusal };
  },
  commands: {
    enter: entering,
    leave: leaving,
    withdraw: withdrawing,
    register: registering,
    deregister: deregistering,
    break: breaking,
  },
  notices: { attached, sessionEnded, [GONE]: toldSession },
  inspections: {
    barrier: ({ barrier }) => barrierView(barrier),
    standing: ({ barrier }, { of, ...which }: Participation & { readonly of: 'entry' | 'leave' }) =>
      standing(barrier, which, of),
  },
  effects: {},
  goesOn: ({ isOver }) => !isOver,
  resume,
  wakeAt: ({ barrier, lookAt, isOver }) => (isOver ? undefined : Math.min(lookAt, nextAt(barrier) ?? lookAt)),
  wake: (before, context) => {
    const settled = follow(before, settle(stepOf(before.barrier), context.now), context);
    if (settled.state.lookAt > context.now) return settled;
    const looked = look(settled.state, context);
    return { ...settled, ...looked, sends: [...(settled.sends ?? []), ...(looked.sends ?? [])] };
  },
  describe: ({ barrier }) => {
    const view = barrierView(barrier);
    return { status: view.state, markdown: barrierText(view) };
  },
  finished: ({ isOver }) => (isOver ? { reason: { kind: 'normal' }, outcome: 'idle' } : undefined),
};

/**
 * The arbiter of one barrier: lets those who enter go on together, generation after generation, each with one outcome for all. Ends when
 * nobody has needed it for a while; however else it ends, its next use goes on where it ended, with those who wait.
 */
export async function barrierWorkflow(input: EntityInput<BarrierInit, State>): Promise<unknown> {
  return runEntity(barrierDefinition, input);
}
