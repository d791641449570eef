import type { CampaignArgs } from '../contracts/coordination/election';
import { MAX_LOCK_WAIT_MS } from '../contracts/coordination/lock';
import { ERRORS, isPlatformError } from '../contracts/errors';
import type { ElectionHandle, Observed } from './election-handle';
import { whyOver, type Leadership, type LostBecause } from './leadership';
import { settled, type Session, type Sessions } from './sessions';
import { pauseOr } from './waiting';

const AGAIN_MS = 200;

/** How somebody leads whenever it can. */
export interface CandidacyOptions extends Pick<CampaignArgs, 'value' | 'score' | 'lockDelayMs'> {
  /** Default: the session of this process, and a new one when that has ended. One that is given ends the candidacy with it. */
  readonly session?: Session;
  /** How often it looks at the election. Default 1,000. */
  readonly everyMs?: number;
}

/** What becomes of a candidate (ELE-4). */
export type ElectionEvent =
  /** Once more with the same term after a doubt that was none. */
  | { readonly kind: 'elected'; readonly term: number; readonly leadership: Leadership }
  /** Its session may have expired: it must not act as the leader (ELE-3). */
  | { readonly kind: 'doubtful'; readonly term: number }
  | { readonly kind: 'resigned'; readonly term: number }
  | { readonly kind: 'lost'; readonly term: number; readonly because: LostBecause }
  /** Who leads now, also when it is the candidate itself. Terms may be skipped, and never go back. */
  | ({ readonly kind: 'observed' } & Observed);

interface Candidacy extends CandidacyOptions {
  readonly election: ElectionHandle;
  readonly sessions: Sessions;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Resolves as soon as one of these is aborted. */
function firstOf(...signals: readonly AbortSignal[]): Promise<void> {
  const any = AbortSignal.any([...signals]);
  return new Promise((resolve) => {
    if (any.aborted) resolve();
    else any.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Whether it may go otherwise the next time. */
function mayPass(error: unknown): boolean {
  return (
    isPlatformError(error) &&
    // it was too slow to take up its turn
    (ERRORS[error.code].retryable || error.code === 'stopped' || error.code === 'not-leader')
  );
}

/** Campaigns with one session until it leads. The request stays the same: what was won while nobody heard of it is not lost. */
async function elected(
  { election, signal, sessions: _sessions, ...options }: Candidacy,
  session: Session,
): Promise<Leadership | undefined> {
  const requestId = globalThis.crypto.randomUUID();
  const isOver = (): boolean => signal.aborted || session.standing === 'ended';
  while (!isOver()) {
    try {
      return await election.campaign({ ...options, session, requestId, waitMs: MAX_LOCK_WAIT_MS, signal });
    } catch (error) {
      if (isPlatformError(error) && error.code === 'session-in-doubt') await settled(session, signal);
      else if (mayPass(error)) await pauseOr(AGAIN_MS, signal);
      else if (!isOver()) throw error;
    }
  }
  if (session.standing !== 'ended')
    await election.withdraw({ session: session.name, request: requestId }).catch(() => undefined);
  return undefined;
}

/** After a doubt: reads again who leads, as often as nobody answers. @returns why it leads no more */
async function resumed(
  { election, signal, everyMs }: Candidacy,
  { session, term }: Leadership,
): Promise<Leadership | LostBecause | undefined> {
  for (;;) {
    await settled(session, signal);
    if (signal.aborted) return undefined;
    if (session.standing === 'ended') return 'lease';
    try {
      return await election.resume({ session, term, ...(everyMs === undefined ? {} : { everyMs }) });
    } catch (error) {
      const isOver = isPlatformError(error) && error.code === 'not-leader';
      if (isOver) return error.details['because'] as LostBecause;
      await pauseOr(AGAIN_MS, signal);
    }
  }
}

/** One lead, over doubts that were none. */
async function* leading(candidate: Candidacy, first: Leadership): AsyncGenerator<ElectionEvent> {
  const { signal } = candidate;
  const { term } = first;
  for (let leadership = first; ;) {
    yield { kind: 'elected', term, leadership };
    await firstOf(leadership.signal, signal);
    if (!leadership.signal.aborted) {
      await leadership.resign().catch(() => undefined);
      yield { kind: 'resigned', term };
      return;
    }
    const why = whyOver(leadership);
    if (why !== 'doubt') {
      yield why === 'resigned' ? { kind: 'resigned', term } : { kind: 'lost', term, because: why };
      return;
    }
    yield { kind: 'doubtful', term };
    const after = await resumed(candidate, leadership);
    if (after === undefined) return;
    if (typeof after === 'string') {
      yield { kind: 'lost', term, because: after };
      return;
    }
    leadership = after;
  }
}

/**
 * Leads whenever it can until the signal, and says what becomes of it; then it resigns. What comes after an `elected` is asked for when the
 * lead may go on: who acts meanwhile asks when it has acted.
 *
 * @throws PlatformError what no other try would change, such as `message-too-large`, `already-candidate`
 */
export async function* candidacy(candidate: Candidacy): AsyncGenerator<ElectionEvent> {
  const { sessions, signal, session: given } = candidate;
  while (!signal.aborted) {
    const session = given ?? (await opened(sessions));
    if (session === undefined) {
      await pauseOr(AGAIN_MS, signal);
      continue;
    }
    const leadership = await elected(candidate, session);
    if (leadership !== undefined) yield* leading(candidate, leadership);
    if (given?.standing === 'ended') return;
  }
}

async function opened(sessions: Sessions): Promise<Session | undefined> {
  try {
    return await sessions.own();
  } catch (error) {
    if (mayPass(error)) return undefined;
    throw error;
  }
}
