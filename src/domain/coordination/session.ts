import {
  MAX_ATTACHED,
  MAX_LABEL,
  MAX_NOTES,
  SESSION_TTL_MS,
  type SessionEnd,
  type SessionInit,
  type SessionNote,
  type SessionView,
} from '../../contracts/coordination/session';
import { refuse, type Refusal } from '../../contracts/errors';
import { show } from '../../contracts/ids';
import { isWhole } from '../whole';

/** A session as it stands. */
export interface SessionState {
  readonly ttlMs: number;
  readonly label: string;
  readonly attached: readonly string[];
  /** What was not fetched yet. */
  readonly notes: readonly SessionNote[];
  /** Number of the last note. */
  readonly noted: number;
  readonly end?: SessionEnd;
}

/** Why a session cannot be opened so. */
export function sessionProblem({ ttlMs, label }: SessionInit): Refusal | undefined {
  const { least, most } = SESSION_TTL_MS;
  if (!isWhole(ttlMs, least, most)) {
    return refuse('invalid-message', `ttlMs: expected ${String(least)} to ${String(most)}; got ${show(ttlMs)}`);
  }
  if (typeof label !== 'string' || label.length > MAX_LABEL) {
    return refuse('invalid-message', `label: expected at most ${String(MAX_LABEL)} characters; got ${show(label)}`);
  }
  return undefined;
}

/** A session that is open. Pure. */
export function openSession({ ttlMs, label }: SessionInit): SessionState {
  return { ttlMs, label, attached: [], notes: [], noted: 0 };
}

/** A lock hears of the end of this session from now on. */
export function attachTo(state: SessionState, to: string): SessionState | Refusal {
  if (state.attached.includes(to)) return state;
  if (state.attached.length >= MAX_ATTACHED) {
    return refuse('limit-reached', `a session is known to at most ${String(MAX_ATTACHED)} locks`);
  }
  return { ...state, attached: [...state.attached, to] };
}

/** Notes that a lock offers itself, or that a barrier lets go on. The same offer is noted once; of too many the oldest are dropped. */
export function note(state: SessionState, offer: Omit<SessionNote, 'number'>): SessionState {
  const { from, request, token, revoke } = offer;
  const isKnown = state.notes.some(
    (each) => each.from === from && each.request === request && each.token === token && each.revoke === revoke,
  );
  if (isKnown) return state;
  const noted = state.noted + 1;
  return { ...state, noted, notes: [...state.notes, { number: noted, ...offer }].slice(-MAX_NOTES) };
}

/** Forgets what was fetched: notes up to a number. */
export function fetched(state: SessionState, after: number): SessionState {
  const notes = state.notes.filter(({ number }) => number > after);
  return notes.length === state.notes.length ? state : { ...state, notes };
}

/** A session as it is shown. */
export function sessionView({ ttlMs, label, attached, end }: SessionState): SessionView {
  return { state: end ?? 'open', ttlMs, label, attached };
}
