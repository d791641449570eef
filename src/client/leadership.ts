import { electionQuery, type ElectionView } from '../contracts/coordination/election';
import { isPlatformError, PlatformError, refuse } from '../contracts/errors';
import type { Name, WorkflowId } from '../contracts/ids';
import { glance } from './glance';
import type { Session } from './sessions';
import type { CallOptions, Temporal } from './temporal';

/** Longest that a look at the election may take: one that is not answered says nothing. */
const LOOK_MS = 3_000;
/** How often a leader and an observer look, unless they say otherwise. */
export const WATCH_MS = 1_000;

/** Why a leader leads no more: its session expired, an operator took it, or the election knows another term, or none. */
export type LostBecause = 'lease' | 'revoked' | 'superseded';

/** The lead in one term, as far as this process can know. */
export interface Leadership {
  readonly election: Name;
  /** The fencing token of all that is done as the leader: send it along, and let whoever saw a newer one refuse. */
  readonly term: number;
  readonly session: Session;
  /** False past the session's own deadline, also when the process was frozen until now; and never true again. */
  readonly isLeader: boolean;
  /**
   * Aborted when the lead is over or in doubt; its reason is a PlatformError, `not-leader` or `session-in-doubt`. What was in doubt is read
   * again by `resume`.
   */
  readonly signal: AbortSignal;
  /** @throws PlatformError `session-in-doubt`, `not-leader` */
  check(): void;
  /** Says something new: any JSON of at most MAX_SAID_BYTES. @throws PlatformError `not-leader`, `message-too-large` */
  proclaim(value: unknown, how?: CallOptions): Promise<{ readonly revision: number }>;
  /** Gives up the lead: who is next gets it at once. @throws PlatformError `not-leader` when it was lost meanwhile */
  resign(how?: CallOptions): Promise<void>;
}

/** Looks at an election once, and not for long. */
export function lookAt(temporal: Temporal, workflowId: WorkflowId): Promise<ElectionView> {
  return glance(temporal.client, workflowId, electionQuery, LOOK_MS);
}

/** Why a term is over, of an election that does not know it as the current one. */
export function overBecause({ revoked }: Pick<ElectionView, 'revoked'>, term: number): LostBecause {
  return revoked?.term === term ? 'revoked' : 'superseded';
}

/** How somebody is told that it does not lead. */
export function notLeader(workflowId: string, term: number, because: LostBecause | 'resigned'): PlatformError {
  return new PlatformError(
    refuse('not-leader', `term ${String(term)} of ${workflowId} is over: ${because}`, { details: { because } }),
  );
}

/** Why a lead is over; `doubt` when the session may have expired. */
export function whyOver({
  session,
  signal,
}: Pick<Leadership, 'session' | 'signal'>): LostBecause | 'resigned' | 'doubt' {
  const { reason } = signal as { readonly reason: unknown };
  if (isPlatformError(reason) && reason.code === 'not-leader') {
    return reason.details['because'] as LostBecause | 'resigned';
  }
  return session.standing === 'ended' ? 'lease' : 'doubt';
}

/** What a lead is made of. */
export interface Led {
  readonly temporal: Temporal;
  readonly workflowId: WorkflowId;
  readonly name: Name;
  readonly session: Session;
  readonly term: number;
  readonly everyMs: number;
  proclaim(value: unknown, how?: CallOptions): Promise<{ readonly revision: number }>;
  resign(how?: CallOptions): Promise<unknown>;
}

/** Watches a lead: by its session, which knows its own deadline, and by looks at the election, until it is over or in doubt (ELE-3). */
export function watchedLead(led: Led): Leadership {
  const { temporal, workflowId, session, term, everyMs } = led;
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const end = (why: unknown): void => {
    clearTimeout(timer);
    forget();
    if (!over.signal.aborted) over.abort(why);
  };
  const checkSession = (): void => {
    try {
      session.check();
    } catch (error) {
      end(error);
    }
  };
  const forget = session.onChange(checkSession);
  const look = async (): Promise<void> => {
    try {
      const view = await lookAt(temporal, workflowId);
      if (view.leader?.term !== term) end(notLeader(workflowId, term, overBecause(view, term)));
    } catch (error) {
      // one that is out of reach says nothing: the session knows how long that may last
      const isNobody = isPlatformError(error) && (error.code === 'election-not-found' || error.code === 'stopped');
      if (isNobody) end(notLeader(workflowId, term, 'superseded'));
    }
    again();
  };
  const again = (): void => {
    clearTimeout(timer);
    if (over.signal.aborted) return;
    timer = setTimeout(() => void look(), everyMs);
    timer.unref();
  };
  /** Whoever was told that it does not lead finds out why. */
  const orLook = async <T>(told: Promise<T>): Promise<T> => {
    try {
      return await told;
    } catch (error) {
      if (isPlatformError(error) && error.code === 'not-leader') await look();
      throw error;
    }
  };
  again();
  checkSession();
  return {
    election: led.name,
    term,
    session,
    get isLeader() {
      checkSession();
      return !over.signal.aborted;
    },
    signal: over.signal,
    check: () => {
      checkSession();
      over.signal.throwIfAborted();
    },
    proclaim: (value, how) => orLook(led.proclaim(value, how)),
    resign: async (how) => {
      await orLook(led.resign(how));
      end(notLeader(workflowId, term, 'resigned'));
    },
  };
}
