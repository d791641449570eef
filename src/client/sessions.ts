import {
  attachUpdate,
  notesUpdate,
  SESSION_TTL_MS,
  sessionQuery,
  type SessionInit,
  type SessionNote,
  type SessionView,
} from '../contracts/coordination/session';
import { isPlatformError, PlatformError, refuse } from '../contracts/errors';
import { workflowId, type Name, type WorkflowId } from '../contracts/ids';
import type { Page, PageRequest, ReadModels, Row } from '../contracts/read-models';
import { nameOf, stopInOrder } from './handles';
import { beat, keepAlive, type SessionStanding } from './keep-alive';
import { readerOf } from './reader';
import type { CallOptions, Temporal } from './temporal';
import { pause } from './waiting';

const OPEN_MS = 15_000;
const LISTEN_MS = 20_000;
const AGAIN_MS = 500;
const AGAIN_SOON_MS = 20;

/** How a session is opened. */
export interface SessionOptions {
  /** Without a keep-alive for so long it expires: never earlier (SES-1). Default 15,000; at least 1,000. */
  readonly ttlMs?: number;
  /** Who holds it, for people. Default: the process. */
  readonly label?: string;
}

/** A session of this process: as long as it lives, what it holds is held. Keep-alives are sent by themselves. */
export interface Session {
  readonly name: Name;
  readonly workflowId: WorkflowId;
  readonly ttlMs: number;
  /** `doubtful` when the last accepted keep-alive is too old: the session may have expired, and nothing may be done in its name. */
  readonly standing: SessionStanding;
  /** Aborted as soon as the session is doubtful or has ended. A later keep-alive does not take that back. */
  readonly inDoubt: AbortSignal;
  /** Aborted at the end. */
  readonly ended: AbortSignal;
  /** @throws PlatformError `session-in-doubt` past its own deadline, also when the process was frozen until now */
  check(): void;
  /** Calls with each change of the standing, until the end. @returns what takes the listener away */
  onChange(listener: (standing: SessionStanding) => void): () => void;
  /** Ends it in order: all that it holds is released at once. Safe to repeat. */
  close(): Promise<void>;
}

/** A session as locks need it. */
export interface OwnSession extends Session {
  /** Makes it known to a lock. @returns false when the lock is not there */
  attach(to: WorkflowId, how?: CallOptions): Promise<boolean>;
  /**
   * Resolves with the token when the lock offers itself to the request; with none when that was heard while the request was asked: ask again.
   * @throws PlatformError when the session ends before
   */
  turn(from: WorkflowId, request: string, signal: AbortSignal): Promise<number | undefined>;
  /** One more call asks by a request. @returns what ends that, and says whether no other call of this process asks by it */
  asking(from: WorkflowId, request: string): () => boolean;
  /** Calls when it is asked to give back what it holds for a request. @returns what ends that */
  onAsked(from: WorkflowId, request: string, asked: (reason: string) => void): () => void;
}

/** The sessions of a space. */
export interface Sessions {
  /**
   * Opens a session and keeps it alive until it is closed, or the process ends.
   * @throws PlatformError `no-worker`; `session-in-doubt` when it has expired before this process came to keep it alive
   */
  open(options?: SessionOptions): Promise<OwnSession>;
  /**
   * Goes on with an open session of this program, such as before its restart: what it holds it still holds. Nobody else must keep it alive.
   * @throws PlatformError `session-not-found` when it has ended
   */
  resume(name: string): Promise<OwnSession>;
  /** The session of this process, opened when it is first needed, and closed with the space. */
  own(): Promise<OwnSession>;
  /** How a session stands. @throws PlatformError `session-not-found` */
  view(name: string): Promise<SessionView>;
  /** One keep-alive of a session that somebody else opened, such as over HTTP. @throws PlatformError `session-not-found` */
  keepAlive(name: string): Promise<void>;
  /** Opens a session that its caller keeps alive. */
  start(options: SessionOptions, how?: CallOptions): Promise<{ readonly name: Name; readonly ttlMs: number }>;
  /** Makes a session known to a lock. @returns false when the lock is not there @throws PlatformError `session-not-found` */
  attach(name: string, to: WorkflowId): Promise<boolean>;
  /** Ends a session in order. Safe to repeat. */
  close(name: string, how?: CallOptions): Promise<void>;
  list(options?: Omit<PageRequest, 'space'>): Promise<Page<Row>>;
}

const idOf = (temporal: Temporal, name: Name): WorkflowId => workflowId(temporal.space, 'session', name);

async function startSession(
  temporal: Temporal,
  { ttlMs = SESSION_TTL_MS.usual, label = `process ${String(process.pid)}` }: SessionOptions,
  how: CallOptions = {},
): Promise<{ readonly name: Name; readonly ttlMs: number }> {
  const name = nameOf('session', (how.requestId ?? globalThis.crypto.randomUUID()).toLowerCase());
  const init: SessionInit = { ttlMs, label };
  await temporal.start({
    workflowType: 'sessionWorkflow',
    kind: 'session',
    name,
    init,
    summary: `session of ${label}`,
    taken: 'use',
    ...(how.requestId === undefined ? {} : { requestId: how.requestId, once: true }),
  });
  await leased(temporal, name, ttlMs);
  return { name, ttlMs };
}

/** Resolves when the lease of a session is there: a worker has to take it up. @throws PlatformError `no-worker` */
async function leased(temporal: Temporal, name: Name, ttlMs: number): Promise<void> {
  const deadline = Date.now() + OPEN_MS;
  for (;;) {
    try {
      await beat(temporal, idOf(temporal, name), ttlMs);
      return;
    } catch (error) {
      if (!isPlatformError(error) || error.code !== 'session-not-found') throw error;
    }
    if (Date.now() > deadline) {
      throw new PlatformError(refuse('no-worker', `nobody took up the session ${name} within ${String(OPEN_MS)} ms`));
    }
    await pause(AGAIN_SOON_MS);
  }
}

/** One wait for the turn of a request: the same request may wait more than once. */
interface Awaiting {
  readonly key: string;
  hear(token: number): void;
}

/** Fetches the notes of a session while somebody waits for one. */
class Turns {
  readonly #temporal: Temporal;
  readonly #workflowId: WorkflowId;
  readonly #waiting = new Set<Awaiting>();
  readonly #asking = new Set<Pick<Awaiting, 'key'>>();
  /** Of these an offer was heard before the answer that they are queued. */
  readonly #early = new Set<string>();
  readonly #askable = new Map<string, (reason: string) => void>();
  #after = 0;
  #isListening = false;

  constructor(temporal: Temporal, id: WorkflowId) {
    this.#temporal = temporal;
    this.#workflowId = id;
  }

  wait(from: string, request: string, signal: AbortSignal, whyNot: () => PlatformError): Promise<number | undefined> {
    const key = `${from} ${request}`;
    if (this.#early.delete(key)) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      const over = (): void => {
        this.#waiting.delete(own);
        reject(whyNot());
      };
      const own: Awaiting = {
        key,
        hear: (token) => {
          signal.removeEventListener('abort', over);
          this.#waiting.delete(own);
          resolve(token);
        },
      };
      if (signal.aborted) {
        over();
        return;
      }
      signal.addEventListener('abort', over, { once: true });
      this.#waiting.add(own);
      void this.#listen();
    });
  }

  asking(from: string, request: string): () => boolean {
    const own = { key: `${from} ${request}` };
    this.#asking.add(own);
    return () => {
      this.#asking.delete(own);
      const isLast = !this.#isAsking(own.key);
      if (isLast) this.#early.delete(own.key);
      return isLast;
    };
  }

  onAsked(from: string, request: string, asked: (reason: string) => void): () => void {
    const key = `${from} ${request}`;
    this.#askable.set(key, asked);
    void this.#listen();
    return () => this.#askable.delete(key);
  }

  /** Nobody waits for notes any more. */
  end(): void {
    this.#askable.clear();
  }

  #hear({ number, from, request, token, revoke }: SessionNote): void {
    this.#after = Math.max(this.#after, number);
    const key = `${from} ${request}`;
    if (revoke !== undefined) {
      this.#askable.get(key)?.(revoke);
      return;
    }
    const heard = [...this.#waiting].filter((each) => each.key === key);
    for (const each of heard) each.hear(token);
    if (heard.length === 0 && this.#isAsking(key)) this.#early.add(key);
  }

  #isAsking(wanted: string): boolean {
    return [...this.#asking].some(({ key }) => key === wanted);
  }

  async #listen(): Promise<void> {
    if (this.#isListening) return;
    this.#isListening = true;
    while (this.#waiting.size + this.#askable.size > 0) {
      try {
        const args = { after: this.#after, waitMs: LISTEN_MS };
        const { value } = await this.#temporal.call(this.#workflowId, notesUpdate, args);
        for (const note of value) this.#hear(note);
      } catch {
        // the session is out of reach, or over: its keep-alive finds out
        await pause(AGAIN_MS);
      }
    }
    this.#isListening = false;
  }
}

async function keptSession(
  temporal: Temporal,
  { name, ttlMs }: { readonly name: Name; readonly ttlMs: number },
): Promise<OwnSession> {
  const id = idOf(temporal, name);
  const doubt = new AbortController();
  const end = new AbortController();
  const listeners = new Set<(standing: SessionStanding) => void>();
  const alive = keepAlive(temporal, { workflowId: id, ttlMs }, (standing) => {
    if (standing !== 'alive') doubt.abort();
    if (standing === 'ended') end.abort();
    for (const listener of listeners) listener(standing);
  });
  await alive.opened;
  const turns = new Turns(temporal, id);
  end.signal.addEventListener('abort', () => {
    turns.end();
  });
  const whyNot = (): PlatformError => {
    const text = alive.standing === 'ended' ? 'has ended' : 'was not kept alive in time, and may have expired';
    return new PlatformError(
      refuse('session-in-doubt', `the session ${name} ${text}: nothing may be done in its name`),
    );
  };
  return {
    name,
    workflowId: id,
    ttlMs,
    get standing() {
      return alive.standing;
    },
    inDoubt: doubt.signal,
    ended: end.signal,
    check: () => {
      if (alive.standing !== 'alive') throw whyNot();
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    close: async () => {
      alive.stop();
      await stopInOrder(temporal, id, 'closed').catch((error: unknown) => {
        if (!isPlatformError(error) || error.code !== 'session-not-found') throw error;
      });
    },
    attach: async (to, how = {}) => (await temporal.call(id, attachUpdate, { to }, how)).value.attached,
    onAsked: (from, request, asked) => turns.onAsked(from, request, asked),
    asking: (from, request) => turns.asking(from, request),
    turn: (from, request, signal) =>
      turns.wait(from, request, AbortSignal.any([signal, end.signal]), () =>
        end.signal.aborted ? whyNot() : new PlatformError(refuse('timeout', `${request} waits no longer`)),
      ),
  };
}

/** Waits while a session is in doubt, until the signal at most. */
export function settled(session: Session, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      forget();
      signal.removeEventListener('abort', over);
      resolve();
    };
    const forget = session.onChange((standing) => {
      if (standing !== 'doubtful') over();
    });
    signal.addEventListener('abort', over, { once: true });
    if (signal.aborted || session.standing !== 'doubtful') over();
  });
}

/** The sessions of a space. */
export function createSessions(
  temporal: Temporal,
  reads: ReadModels | undefined,
): Sessions & { /** Closes what was opened here. */ readonly dispose: () => Promise<void> } {
  let own: Promise<OwnSession> | undefined;
  const opened = new Set<OwnSession>();
  const keep = async (of: { readonly name: Name; readonly ttlMs: number }): Promise<OwnSession> => {
    const session = await keptSession(temporal, of);
    opened.add(session);
    session.ended.addEventListener('abort', () => opened.delete(session), { once: true });
    return session;
  };
  const open = async (options: SessionOptions): Promise<OwnSession> => keep(await startSession(temporal, options));
  return {
    open: (options = {}) => open(options),
    resume: async (text) => {
      const name = nameOf('session', text);
      const { ttlMs } = await temporal.look(idOf(temporal, name), sessionQuery);
      await beat(temporal, idOf(temporal, name), OPEN_MS);
      return keep({ name, ttlMs });
    },
    own: async () => {
      const before = await own?.catch(() => undefined);
      if (before === undefined || before.standing === 'ended') own = open({});
      return own as Promise<OwnSession>;
    },
    view: (name) => temporal.look(idOf(temporal, nameOf('session', name)), sessionQuery),
    keepAlive: (name) => beat(temporal, idOf(temporal, nameOf('session', name)), OPEN_MS),
    attach: async (name, to) =>
      (await temporal.call(idOf(temporal, nameOf('session', name)), attachUpdate, { to })).value.attached,
    start: (options, how) => startSession(temporal, options, how),
    close: async (name, how) => {
      await stopInOrder(temporal, idOf(temporal, nameOf('session', name)), 'closed', how);
    },
    list: async (options = {}) => readerOf(reads).list({ ...options, space: temporal.space, kind: 'session' }),
    dispose: async () => {
      await own?.catch(() => undefined);
      await Promise.allSettled([...opened].map((session) => session.close()));
    },
  };
}
