import { patched, proxyActivities } from '@temporalio/workflow';
import { attachedSignal, sessionEndedSignal } from '../../src/contracts/coordination/lock';
import {
  LEASE,
  type SessionActivities,
  type SessionEnd,
  type SessionInit,
  type SessionNote,
} from '../../src/contracts/coordination/session';
import type { EntityInput } from '../../src/contracts/entity';
import { isRefusal, refuse } from '../../src/contracts/errors';
import { messageOf, optional, text, whole } from '../../src/domain/coordination/messages';
import {
  attachTo,
  fetched,
  note,
  openSession,
  sessionProblem,
  sessionView,
  type SessionState,
} from '../../src/domain/coordination/session';
import type { Answer, Context, EffectHandler, EntityDefinition, Handler, Send, Step } from '../kernel/decider';
import { runEntity } from '../kernel/entity';

interface State {
  readonly session: SessionState;
  /** Commands that wait until a lock was told of this session. */
  readonly attaching: readonly { readonly messageId: string; readonly to: string }[];
  /** Commands that wait for notes. */
  readonly listening: readonly { readonly messageId: string; readonly until: number }[];
}

const FOR_EVER_MS = 365 * 86_400_000;
const MAX_LISTEN_MS = 60_000;
const TOLD = 'told';
/** A run that has let somebody listen past its end does so again when it is replayed. */
const NONE_LISTEN_TO_ENDED = 'session-none-listen-to-ended';

/** The keep-alives are heartbeats of this one activity; it ends only by their lack. */
const lease: EffectHandler<State> = {
  restartable: true,
  perform: async (effect, input) => {
    const { holdLease } = proxyActivities<SessionActivities>({
      taskQueue: input.queues.main,
      activityId: LEASE,
      startToCloseTimeout: FOR_EVER_MS,
      heartbeatTimeout: effect.data as number,
      retry: { maximumAttempts: 1 },
      summary: 'kept alive by heartbeats',
    });
    try {
      await holdLease();
    } catch {
      // nobody kept it alive
    }
    return null;
  },
  settle: (state, _effect, _outcome, context) => ended(state, 'expired', context),
};

const endTold = (to: string, session: string, end: SessionEnd): Send => ({
  to,
  signal: sessionEndedSignal.name,
  args: [{ id: `${session}/ended`, args: { session, end } }],
});

/**
 * Tells all locks that know the session of its end. One that is just being told of the session itself is told of the end after
 * that: signals of one task may come in any order, and it would take an ended session for a living one.
 */
function ended(state: State, end: SessionEnd, { name }: Context): Step<State> {
  const session = { ...state.session, end };
  const attaching = new Set(state.attaching.map(({ to }) => to));
  const sends = session.attached.filter((to) => !attaching.has(to)).map((to) => endTold(to, name, end));
  const answers = state.listening.map(({ messageId }): Answer => ({ messageId, reply: session.notes }));
  return {
    state: { ...state, session, listening: [] },
    sends,
    answers,
    events: [end === 'closed' ? { type: 'session.closed', data: {} } : { type: 'session.expired', data: {} }],
  };
}

const attach: Handler<State, { readonly to: string }> = {
  parse: messageOf<{ readonly to: string }>('attach', { to: text(1_000) }),
  // its end was told to the locks that it knew by then: another one would never hear of it
  admit: ({ session: { end } }) =>
    end === undefined ? undefined : refuse('session-not-found', `the session is ${end}`),
  decide: (state, { to }, { name, messageId }) => {
    const session = attachTo(state.session, to);
    if (isRefusal(session)) return { state, refusal: session };
    const args = [{ id: `${name}/${messageId}`, args: { session: name } }];
    const attaching = [...state.attaching, { messageId, to }];
    return {
      state: { ...state, session, attaching },
      deferred: true,
      sends: [{ to, signal: attachedSignal.name, args, outcome: TOLD }],
    };
  },
};

/** Whether a lock was there to be told; who waits for that is answered. When the session has ended meanwhile, the lock hears of that now. */
const told: Handler<State, { readonly to: string; readonly taken: boolean }> = {
  parse: (args) => ({ ok: true, args: args as { readonly to: string; readonly taken: boolean } }),
  decide: (state, { to, taken }, { name }) => {
    const first = state.attaching.find((each) => each.to === to);
    if (first === undefined) return { state };
    const attaching = state.attaching.filter((each) => each !== first);
    const attached = state.session.attached.filter((each) => taken || each !== to);
    const session = { ...state.session, attached };
    const { end } = session;
    return {
      state: { ...state, session, attaching },
      sends: end === undefined || !taken || attaching.some((each) => each.to === to) ? [] : [endTold(to, name, end)],
      answers: [{ messageId: first.messageId, reply: { attached: taken } }],
    };
  },
};

interface Listen {
  readonly after: number;
  readonly waitMs: number;
}

const notes: Handler<State, Listen> = {
  parse: messageOf<Listen>('notes', { after: whole(0, Number.MAX_SAFE_INTEGER), waitMs: whole(0, MAX_LISTEN_MS) }),
  decide: (before, { after, waitMs }, { now, messageId }) => {
    const state = { ...before, session: fetched(before.session, after) };
    const { notes: all, end } = state.session;
    if (waitMs === 0 || all.length > 0) return { state, reply: all };
    // all who listened were answered at its end: who came later would wait for ever, and the session for them
    if (end !== undefined && patched(NONE_LISTEN_TO_ENDED)) return { state, reply: all };
    const listening = [...state.listening, { messageId, until: now + waitMs }];
    return { state: { ...state, listening }, deferred: true };
  },
};

type Offered = Omit<SessionNote, 'number'>;

const offered: Handler<State, Offered> = {
  parse: messageOf<Offered>('offered', {
    from: text(1_000),
    request: text(),
    token: whole(1, Number.MAX_SAFE_INTEGER),
    revoke: optional(text(500)),
  }),
  decide: (state, offer) => {
    const session = note(state.session, offer);
    const answers = state.listening.map(({ messageId }): Answer => ({ messageId, reply: session.notes }));
    return { state: { ...state, session, listening: [] }, answers };
  },
};

const stillThere: Handler<State, unknown> = {
  parse: (args) => ({ ok: true, args }),
  decide: (state) => ({ state }),
};

const sessionDefinition: EntityDefinition<SessionInit, State> = {
  kind: 'session',
  isPart: true,
  schema: 1,
  upcast: {},
  create: (init) => {
    const refusal = sessionProblem(init);
    const state: State = { session: openSession(init), attaching: [], listening: [] };
    if (refusal !== undefined) return { state, refusal };
    return { state, effects: [{ kind: 'lease', id: LEASE, data: init.ttlMs }] };
  },
  commands: { attach, notes },
  notices: { offered, stillThere, [TOLD]: told },
  inspections: { session: ({ session }) => sessionView(session) },
  effects: { lease },
  wakeAt: ({ listening }) => (listening.length === 0 ? undefined : Math.min(...listening.map(({ until }) => until))),
  wake: (state, { now }) => {
    const over = state.listening.filter(({ until }) => until <= now);
    const listening = state.listening.filter(({ until }) => until > now);
    return { state: { ...state, listening }, answers: over.map(({ messageId }) => ({ messageId, reply: [] })) };
  },
  terminate: (state, context) => ended(state, 'closed', context),
  describe: ({ session }) => {
    const { label, ttlMs, attached, end } = session;
    const locks = attached.slice(0, 50).map((each) => `- ${each}`);
    const title = `**Session** of ${label}, kept alive within ${String(ttlMs)} ms`;
    return { status: end ?? 'open', markdown: [title, '', ...locks].join('\n') };
  },
  finished: ({ session: { end } }) => (end === undefined ? undefined : { reason: { kind: 'normal' }, outcome: end }),
};

/**
 * One session: a process that keeps itself alive by heartbeats. Its end, by its owner or by their lack, is told to all locks that
 * know it, and ends all that it holds.
 */
export async function sessionWorkflow(input: EntityInput<SessionInit, State>): Promise<unknown> {
  return runEntity(sessionDefinition, input);
}
