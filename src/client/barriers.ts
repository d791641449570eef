import {
  leaveOf,
  MAX_BARRIER_WAIT_MS,
  type BarrierSpec,
  type BarrierView,
  type Standing,
} from '../contracts/coordination/barrier';
import { isPlatformError } from '../contracts/errors';
import type { WorkflowId } from '../contracts/ids';
import type { Page, PageRequest, ReadModels, Row } from '../contracts/read-models';
import { barrierRequests, type BarrierRequests } from './barrier-requests';
import { released, waitedFor } from './barrier-wait';
import { nameOf } from './handles';
import { readerOf } from './reader';
import type { OwnSession, Session, Sessions } from './sessions';
import type { CallOptions, Temporal } from './temporal';
import { createTurns } from './turns';

const WAIT_MS = 60_000;
/** A wait that ends in the process ends a little later in the barrier, which hears of it. */
const LEAST_WAIT_MS = 1;

/** How a barrier counts and breaks. */
export interface BarrierOptions {
  /** So many go on together, at most MAX_PARTIES. */
  readonly parties: number;
  /** What a death before the release means: its place has to be filled again (`leave`, default), or the barrier breaks for all. */
  readonly onDeath?: 'leave' | 'break';
  /** Longest time from the first entry to the release, and from the first leave to the last; then it breaks for all. */
  readonly deadlineMs?: number;
  /** How often the barrier looks for sessions that were terminated; default 30,000. */
  readonly lookMs?: number;
}

/** How a barrier is waited for. */
export interface BarrierWaitOptions {
  /** Longest wait in milliseconds; default 60,000. Then the participant is withdrawn. */
  readonly waitMs?: number;
}

/** How a barrier is entered. */
export interface EnterOptions extends BarrierWaitOptions {
  /** Who enters: entering twice is one entry. Default: the name of the session. */
  readonly participant?: string;
  /** Default: the session of this process. */
  readonly session?: Session;
  /** Names the request: asked again it has the same answer. Default: a new one. */
  readonly requestId?: string;
  /** Only that generation: one that is over answers how it ended. */
  readonly generation?: number;
}

/** A generation that was released. */
export interface Passed {
  readonly generation: number;
}

/** Who went on through a double barrier. */
export interface Inside extends Passed {
  readonly participant: string;
  readonly session: Session;
  /** Aborted when the session may have expired: the others may not wait for this one any more. */
  readonly inDoubt: AbortSignal;
  /** @throws PlatformError `session-in-doubt` */
  check(): void;
  /**
   * Leaves, and waits until all have left or died. Who waits no longer has left all the same.
   * @throws PlatformError `barrier-broken`, `timeout`, `session-in-doubt`
   */
  leave(options?: BarrierWaitOptions): Promise<Passed>;
}

/** Who is registered with a phaser. */
export interface Party {
  readonly participant: string;
  readonly session: Session;
  /** Arrives at the present phase, and does not wait. */
  arrive(): Promise<Arrival>;
  /**
   * Arrives and waits until all that are registered have. Who waits no longer has not arrived.
   * @throws PlatformError `barrier-broken`, `timeout`, `not-a-party`, `session-in-doubt`
   */
  arriveAndWait(options?: BarrierWaitOptions): Promise<Passed>;
  /** Is no party any more; the others may go on by that. One that is none already is no error. */
  deregister(): Promise<void>;
}

/** An arrival that stands until its phase is over. */
export interface Arrival extends Passed {
  /** Waits until the phase is over. @throws PlatformError `barrier-broken`, `timeout`, `session-in-doubt` */
  advanced(options?: BarrierWaitOptions): Promise<Passed>;
}

/** What all handles of barriers have in common. */
export interface BarrierLook {
  readonly name: string;
  readonly workflowId: WorkflowId;
  /** Who is in it, and who is missing. @throws PlatformError `barrier-not-found` when nobody uses it */
  view(): Promise<BarrierView>;
  /** Breaks what waits in it, for all. */
  break(reason: string, how?: CallOptions): Promise<{ readonly broken: number }>;
}

/** A barrier that lets so many go on together, again and again. */
export interface BarrierHandle extends BarrierLook {
  /**
   * Waits until all parties are there. Who comes when they have gone on is in the next generation.
   * @throws PlatformError `barrier-broken` for all of a generation alike; `timeout` when it is withdrawn, `session-in-doubt`,
   *   `definition-mismatch`
   */
  enter(options?: EnterOptions): Promise<Passed>;
}

/** A barrier that lets so many go on together, and leave together. */
export interface DoubleBarrierHandle extends BarrierLook {
  /** Waits until all parties are there. @throws PlatformError as `enter` of a plain barrier */
  enter(options?: EnterOptions): Promise<Inside>;
  /** Enters, acts, leaves, whatever becomes of the act, and waits until all have left or died, or the leaving breaks. */
  with<T>(act: (inside: Inside) => Promise<T>, options?: EnterOptions): Promise<T>;
}

/** A barrier for those that are registered with it. */
export interface PhaserHandle extends BarrierLook {
  /** Takes part from the present phase on, until it deregisters or its session ends. Safe to repeat. */
  register(options?: Pick<EnterOptions, 'participant' | 'session'>): Promise<Party>;
}

/** The barriers of a space. */
export interface Barriers {
  /** @throws PlatformError `invalid-id` */
  at(name: string, options: BarrierOptions): BarrierHandle;
  double(name: string, options: BarrierOptions): DoubleBarrierHandle;
  phaser(name: string, options?: Omit<BarrierOptions, 'parties'>): PhaserHandle;
  /** Single requests, for sessions that are kept alive elsewhere. */
  requests(name: string): BarrierRequests;
  list(options?: Omit<PageRequest, 'space'> & { readonly status?: string }): Promise<Page<Row>>;
}

/** What the handles of one barrier work with. */
interface Parts {
  readonly temporal: Temporal;
  readonly sessions: Sessions;
  readonly requests: BarrierRequests;
  readonly spec: BarrierSpec;
}

interface Entered extends Passed {
  readonly participant: string;
  readonly request: string;
  readonly session: OwnSession;
}

/** Waits for the end of an entry that stands as it says. */
async function passed(
  { temporal, requests, spec }: Parts,
  entry: Omit<Entered, 'generation'> & { readonly generation?: number },
  waitMs: number,
): Promise<Passed> {
  const { participant, request, session, generation } = entry;
  const deadline = performance.now() + waitMs;
  const which = { participant, request };
  const enter = (ms: number): Promise<Standing> => {
    const more = generation === undefined ? {} : { generation };
    return requests.enter({ ...spec, ...which, session: session.name, waitMs: Math.max(LEAST_WAIT_MS, ms), ...more });
  };
  const first = await enter(Math.ceil(waitMs));
  const { workflowId } = requests;
  const end = await waitedFor(
    {
      temporal,
      workflowId,
      session,
      request,
      deadline,
      look: () => requests.standing(which),
      again: enter,
      giveUp: () => requests.withdraw(which),
    },
    first,
  ).catch(async (error: unknown) => {
    // the session's own end takes the place with it
    const isOwn = isPlatformError(error) && error.code === 'timeout';
    if (!isOwn && session.standing !== 'ended') await requests.withdraw(which).catch(() => undefined);
    throw error;
  });
  session.check();
  return released(end, workflowId);
}

async function entered(parts: Parts, options: EnterOptions): Promise<Entered> {
  const { waitMs = WAIT_MS, requestId: request = globalThis.crypto.randomUUID(), generation } = options;
  const session = (options.session ?? (await parts.sessions.own())) as OwnSession;
  session.check();
  const { participant = session.name } = options;
  const entry = { participant, request, session };
  const done = await passed(parts, generation === undefined ? entry : { ...entry, generation }, waitMs);
  return { ...entry, ...done };
}

/** Waits until all have left. */
async function left({ temporal, requests }: Parts, entry: Entered, waitMs: number): Promise<Passed> {
  const { participant, request, session } = entry;
  session.check();
  const deadline = performance.now() + waitMs;
  const which = { participant, request };
  const leave = (ms: number): Promise<Standing> =>
    requests.leave({ ...which, session: session.name, waitMs: Math.max(LEAST_WAIT_MS, ms) });
  const first = await leave(Math.ceil(waitMs));
  const { workflowId } = requests;
  const end = await waitedFor(
    {
      temporal,
      workflowId,
      session,
      request: leaveOf(request),
      deadline,
      look: () => requests.standing(which, 'leave'),
      again: leave,
      // it has left: that it waits no longer holds up nobody
      giveUp: () => requests.standing(which, 'leave'),
    },
    first,
  );
  return released(end, workflowId);
}

function insideOf(parts: Parts, entry: Entered): Inside {
  const { participant, session, generation } = entry;
  return {
    generation,
    participant,
    session,
    inDoubt: session.inDoubt,
    check: () => {
      session.check();
    },
    leave: ({ waitMs = WAIT_MS } = {}) => left(parts, entry, waitMs),
  };
}

function partyOf(parts: Parts, participant: string, session: OwnSession): Party {
  const { requests, spec } = parts;
  const request = (): string => globalThis.crypto.randomUUID();
  return {
    participant,
    session,
    arrive: async () => {
      session.check();
      const args = { ...spec, participant, request: request(), session: session.name };
      const standing = await requests.enter(args);
      const { generation } = standing as Passed;
      return {
        generation,
        advanced: ({ waitMs = WAIT_MS } = {}) =>
          passed(parts, { participant, request: request(), session, generation }, waitMs),
      };
    },
    arriveAndWait: async ({ waitMs = WAIT_MS } = {}) => {
      session.check();
      return passed(parts, { participant, request: request(), session }, waitMs);
    },
    deregister: async () => {
      await requests.deregister(participant).catch((error: unknown) => {
        const isGone = isPlatformError(error) && (error.code === 'not-a-party' || error.code === 'barrier-not-found');
        if (!isGone) throw error;
      });
    },
  };
}

/** The barriers of a space. */
export function createBarriers(temporal: Temporal, sessions: Sessions, reads: ReadModels | undefined): Barriers {
  const turns = createTurns();
  const requestsOf = (name: string, lookMs?: number): BarrierRequests =>
    barrierRequests(
      { temporal, turns },
      nameOf('barrier', name),
      (session, to) => sessions.attach(session, to),
      lookMs === undefined ? {} : { lookMs },
    );
  const partsOf = (form: BarrierSpec['form'], name: string, options: Partial<BarrierOptions>): Parts => {
    const { lookMs, ...rest } = options;
    return { temporal, sessions, requests: requestsOf(name, lookMs), spec: { form, ...rest } };
  };
  const lookOf = ({ requests }: Parts): BarrierLook => ({
    name: requests.name,
    workflowId: requests.workflowId,
    view: () => requests.view(),
    break: (reason, how) => requests.break(reason, how),
  });
  return {
    at: (name, options) => {
      const parts = partsOf('cyclic', name, options);
      const enter = async (how: EnterOptions = {}): Promise<Passed> => {
        const { generation } = await entered(parts, how);
        return { generation };
      };
      return { ...lookOf(parts), enter };
    },
    double: (name, options) => {
      const parts = partsOf('double', name, options);
      const enter = async (how: EnterOptions = {}): Promise<Inside> => insideOf(parts, await entered(parts, how));
      return {
        ...lookOf(parts),
        enter,
        with: async (act, how = {}) => {
          const inside = await enter(how);
          let isDone = false;
          try {
            const done = await act(inside);
            isDone = true;
            return done;
          } finally {
            // an act that failed has its own say; one that is done must learn that the leaving broke
            await inside.leave({ waitMs: MAX_BARRIER_WAIT_MS }).catch((error: unknown) => {
              if (isDone) throw error;
            });
          }
        },
      };
    },
    phaser: (name, options = {}) => {
      const parts = partsOf('phaser', name, options);
      return {
        ...lookOf(parts),
        register: async (how = {}) => {
          const session = (how.session ?? (await sessions.own())) as OwnSession;
          session.check();
          const { participant = session.name } = how;
          await parts.requests.register({ ...parts.spec, participant, session: session.name });
          return partyOf(parts, participant, session);
        },
      };
    },
    requests: (name) => requestsOf(name),
    list: async (options = {}) => readerOf(reads).list({ ...options, space: temporal.space, kind: 'barrier' }),
  };
}
