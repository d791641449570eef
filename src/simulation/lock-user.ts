import type { Acquired, LockInit } from '../contracts/coordination/lock';
import type { SessionNote } from '../contracts/coordination/session';
import { callUpdate, idOf, pause, startOf, type Call, type Net, type Outcome } from './client';
import { waitFor, type Act, type Machine } from './process';

/** The part of the time to live that is left to the drift of clocks, and how often it is kept alive: as the client does (SES-4). */
const DRIFT = 0.1;
const OFTEN = 3;
const LISTEN_MS = 5_000;
const TRIES = 8;

/** A session of a machine, kept alive by it. */
export interface OwnSession {
  readonly name: string;
  /** Past it nothing may be done in its name: by the clock of the machine, from before the last keep-alive was sent. */
  deadline: number;
  hasEnded: boolean;
}

/** A lock that somebody holds, and takes itself for its holder as long as the session lives. */
export interface HeldLock {
  readonly lock: string;
  readonly token: number;
  readonly mode: 'exclusive' | 'shared';
  readonly session: OwnSession;
  readonly holder: string;
  isReleased: boolean;
}

/** What everybody takes itself to hold. */
export type Held = Set<HeldLock>;

interface User {
  readonly net: Net;
  readonly machine: Machine;
  nextId(): string;
  beside(act: Act): void;
}

/** The session may still act. */
export const isAlive = (session: OwnSession, now: number): boolean => !session.hasEnded && now < session.deadline;

/** Opens a session and keeps it alive until its machine dies or it has ended. @returns nothing when it ended before it was open */
export function* openSession(user: User, name: string, ttlMs: number): Act<OwnSession | undefined> {
  const { net, machine } = user;
  const id = idOf('session', name);
  net.server.start(startOf(net.chance, 'session', name, 'sessionWorkflow', { ttlMs, label: machine.name }));
  const session: OwnSession = { name, deadline: 0, hasEnded: false };
  while (!(yield* beat(net, session, id, ttlMs, 0))) {
    if (!net.server.isRunning(id)) return undefined;
    yield* pause(net, name, 100);
  }
  user.beside(keepAlive(net, session, id, ttlMs));
  return session;
}

function* beat(net: Net, session: OwnSession, id: string, ttlMs: number, count: number): Act<boolean> {
  const { server, faults } = net;
  const sentAt = server.now;
  const name = `beat ${session.name} ${String(count)} ${String(sentAt)}`;
  const isAccepted = yield* waitFor<boolean>((goOn) => {
    server.at(server.now + ttlMs, `timeout of ${name}`, () => {
      goOn(false);
    });
    if (faults.isLost(name)) return;
    server.at(server.now + faults.latency(name), name, () => {
      const isTaken = server.heartbeat(id, 'lease');
      server.at(server.now + faults.latency(`${name} back`), `${name} back`, () => {
        goOn(isTaken);
      });
    });
  });
  if (isAccepted) session.deadline = Math.max(session.deadline, sentAt + ttlMs * (1 - DRIFT));
  return isAccepted;
}

function* keepAlive(net: Net, session: OwnSession, id: string, ttlMs: number): Act {
  for (let count = 1; !session.hasEnded; count += 1) {
    yield* pause(net, session.name, ttlMs / OFTEN);
    const isAccepted = yield* beat(net, session, id, ttlMs, count);
    if (!isAccepted && !net.server.isRunning(id)) session.hasEnded = true;
  }
}

function callOf({ net, machine, nextId }: User, to: string, id = nextId()): Call {
  return { net, machine, to, id };
}

/** Acquires a lock or a semaphore as the client does: asks, makes the session known, waits for its turn, accepts. */
export function* acquireLock(
  user: User,
  session: OwnSession,
  lock: string,
  {
    waitMs,
    mode = 'exclusive',
    init = {},
  }: { readonly waitMs: number; readonly mode?: 'exclusive' | 'shared'; readonly init?: LockInit },
): Act<Outcome<HeldLock>> {
  const { net, machine } = user;
  const kind = init.permits === undefined ? 'lock' : 'semaphore';
  const to = idOf(kind, lock);
  const start = startOf(net.chance, kind, lock, `${kind}Workflow`, init);
  const request = user.nextId();
  const modes = kind === 'lock' ? { mode } : {};
  const args = {
    request,
    session: session.name,
    waitMs,
    lockDelayMs: net.chance.whole(`delay of ${request}`, 0, 5_000),
    ...modes,
  };
  const until = net.server.now + waitMs;
  let outcome: Outcome<Acquired> = { ok: false, code: 'timeout', message: 'nobody answered' };
  for (let left = TRIES; left > 0; left -= 1) {
    outcome = yield* callUpdate<Acquired>({ ...callOf(user, to), start }, 'acquire', args);
    if (outcome.ok || outcome.code !== 'session-not-found') break;
    const attached = yield* callUpdate<{ readonly attached: boolean }>(
      callOf(user, idOf('session', session.name)),
      'attach',
      { to },
    );
    if (!attached.ok) return attached;
    if (!attached.value.attached) net.server.start(start);
  }
  if (!outcome.ok) return outcome;
  let acquired = outcome.value;
  if (acquired.kind === 'queued') {
    const token = yield* turn(user, session, to, request, until);
    if (token === undefined || !isAlive(session, net.server.now)) {
      if (!session.hasEnded) yield* callUpdate(callOf(user, to), 'withdraw', { request, session: session.name });
      return { ok: false, code: 'timeout', message: 'its turn did not come' };
    }
    const accepted = yield* callUpdate<Acquired>(callOf(user, to), 'accept', { request, session: session.name, token });
    if (!accepted.ok) return accepted;
    acquired = accepted.value;
  }
  if (acquired.kind === 'queued') return { ok: false, code: 'timeout', message: 'queued twice' };
  const { token } = acquired;
  if (!isAlive(session, net.server.now)) return { ok: false, code: 'session-in-doubt', message: 'too late' };
  return { ok: true, value: { lock: to, token, mode, session, holder: machine.name, isReleased: false } };
}

/** Waits for the note that its turn has come. */
function* turn(user: User, session: OwnSession, from: string, request: string, until: number): Act<number | undefined> {
  const { net } = user;
  let after = 0;
  while (net.server.now < until && !session.hasEnded) {
    const notes = yield* callUpdate<readonly SessionNote[]>(callOf(user, idOf('session', session.name)), 'notes', {
      after,
      waitMs: LISTEN_MS,
    });
    if (!notes.ok) return undefined;
    const mine = notes.value.findLast((note) => note.from === from && note.request === request);
    if (mine !== undefined) return mine.token;
    after = Math.max(after, ...notes.value.map(({ number }) => number));
  }
  return undefined;
}

/** Gives a lock back. From now on it does not take itself for its holder. */
export function* releaseLock(user: User, held: HeldLock): Act<Outcome> {
  held.isReleased = true;
  return yield* callUpdate(callOf(user, held.lock), 'release', { session: held.session.name, token: held.token });
}
