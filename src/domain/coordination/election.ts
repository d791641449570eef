import {
  MAX_SAID_BYTES,
  UNSETTLED_MS,
  type CampaignArgs,
  type CandidateView,
  type ElectionView,
  type ProclaimArgs,
} from '../../contracts/coordination/election';
import { agentOf, type Acquired } from '../../contracts/coordination/lock';
import type { NewEvent } from '../../contracts/envelope';
import { isRefusal, refuse, type Refusal } from '../../contracts/errors';
import { show } from '../../contracts/ids';
import { jsonBytes } from '../mailbox';
import { acquire, acquireRefusal, holderOf, type Candidacy, type LockState, type LockStep, type Wait } from './lock';

/*
 * An election is a lock that one at a time may hold, with a value: its leader is the holder, its term the token. Grants, order, offers,
 * ends of sessions and delays are the lock's; here is what a candidate and a leader have beside.
 */

const iso = (ms: number): string => new Date(ms).toISOString();
const NOBODY: Candidacy = { value: null, score: 0, revision: 0 };

/** Whether that can be said by a candidate or leader. @returns `message-too-large`, `invalid-message`, or nothing */
export function saidRefusal(value: unknown): Refusal | undefined {
  const bytes = jsonBytes(value);
  if (bytes === undefined) return refuse('invalid-message', `a value is JSON; got ${show(value)}`);
  if (bytes <= MAX_SAID_BYTES) return undefined;
  const most = `at most ${String(MAX_SAID_BYTES)} bytes`;
  return refuse('message-too-large', `what a leader says has ${most}; got ${String(bytes)}`);
}

/**
 * Why a campaign is not taken: `already-candidate` for a session that has another one (a session is one candidate), or what the lock
 * says. Leaves no trace.
 */
export function campaignRefusal(state: LockState, args: CampaignArgs, now: number): Refusal | undefined {
  const { request, session, value = null } = args;
  if (agentOf(session) !== undefined) {
    return refuse('invalid-message', `an agent needs no election: there is one of its name; got ${session}`);
  }
  const own = [...state.holders, ...state.queue].find((each) => each.session === session);
  if (own === undefined || own.request === request) return saidRefusal(value) ?? acquireRefusal(state, args, now);
  const does = state.holders.some((each) => each === own) ? 'leads' : 'is a candidate';
  const details = { request: own.request };
  return refuse('already-candidate', `the session ${session} ${does} already, by the request ${own.request}`, {
    details,
  });
}

/**
 * Elects at once when nobody leads and nobody waits, else gives a place: before those of a lower score whose turn has not come
 * (ELE-2, ELE-5). The same request has the same answer.
 */
export function campaign(
  state: LockState,
  args: CampaignArgs,
  now: number,
): LockStep & { readonly reply?: Acquired; readonly refusal?: Refusal } {
  const refusal = campaignRefusal(state, args, now);
  if (refusal !== undefined) return { state, events: [], offers: [], refusal };
  const { value = null, score = 0, ...claim } = args;
  return acquire(state, { ...claim, candidacy: { value, score, revision: 0 } }, now);
}

/** The same refusal in the words of an election. */
export function asElection(refusal: Refusal): Refusal {
  return refusal.code === 'not-holder' ? { ...refusal, code: 'not-leader' } : refusal;
}

/** The leader says something new. Refused for whoever does not lead in that term (ELE-2). */
export function proclaim(
  state: LockState,
  { session, term, value }: ProclaimArgs,
): LockStep & { readonly reply?: { readonly revision: number }; readonly refusal?: Refusal } {
  const none = { state, events: [], offers: [] };
  const leader = holderOf(state, { session, token: term });
  const refusal = isRefusal(leader) ? asElection(leader) : saidRefusal(value);
  if (isRefusal(leader) || refusal !== undefined) return { ...none, ...(refusal === undefined ? {} : { refusal }) };
  const { score, revision: before } = leader.candidacy ?? NOBODY;
  const revision = before + 1;
  const holders = state.holders.map((each) =>
    each === leader ? { ...each, candidacy: { value, score, revision } } : each,
  );
  const event = { type: 'election.proclaimed', data: { term, session, value, revision } };
  return { ...none, state: { ...state, holders }, events: [event], reply: { revision } };
}

/** What the lock says of its holders, said of leaders: elected, resigned, lost with its cause (ELE-4). */
export function electionEvents(events: readonly NewEvent[], { holders }: LockState): readonly NewEvent[] {
  return events.flatMap(({ type, data }): NewEvent[] => {
    const { token: term, session, request, reason } = data;
    switch (type) {
      case 'lock.granted': {
        const { value, score } = holders.find(({ token }) => token === term)?.candidacy ?? NOBODY;
        return [{ type: 'election.elected', data: { term, session, request, value, score } }];
      }
      case 'lock.released':
        return [{ type: 'election.resigned', data: { term, session, request } }];
      case 'lock.expired':
        return [{ type: 'election.lost', data: { term, session, request, because: 'lease' } }];
      case 'lock.broken': {
        const revoked = data['holders'] as readonly { readonly token: number; readonly session: string }[];
        return revoked.map((each): NewEvent => ({
          type: 'election.lost',
          data: { term: each.token, session: each.session, because: 'revoked', reason },
        }));
      }
      default:
        return [{ type, data }];
    }
  });
}

/** Nobody leads although somebody would: since when, and whether that was told. */
export interface Vacancy {
  readonly since: number;
  readonly isTold?: true;
}

/** How long nobody leads after a change, or with the time. Says once that it is too long. Pure. */
export function vacancyOf(
  before: Vacancy | undefined,
  { holders, queue }: LockState,
  now: number,
): { readonly vacancy?: Vacancy; readonly events: readonly NewEvent[] } {
  if (holders.length > 0 || queue.length === 0) return { events: [] };
  const vacancy = before ?? { since: now };
  if (vacancy.isTold === true || now - vacancy.since < UNSETTLED_MS) return { vacancy, events: [] };
  const data = { since: iso(vacancy.since), candidates: queue.length };
  return { vacancy: { ...vacancy, isTold: true }, events: [{ type: 'election.unsettled', data }] };
}

/** A place in the order of what an election was seen as. */
export type Seen = Pick<ElectionView, 'term' | 'revision' | 'leader'>;

/** Whether one look at an election is of a later state than another: observers skip, and never go back (ELE-2). */
export function isLater({ term, revision, leader }: Seen, than: Seen | undefined): boolean {
  if (term !== than?.term) return term > (than?.term ?? -1);
  if (than.leader === undefined) return false;
  return leader === undefined || revision > than.revision;
}

function candidateOf({ request, session, since, until, offer, candidacy = NOBODY }: Wait): CandidateView {
  const { value, score } = candidacy;
  return {
    request,
    session,
    value,
    score,
    since: iso(since),
    until: iso(until),
    ...(offer === undefined ? {} : { offered: { term: offer.token, until: iso(offer.until ?? until) } }),
  };
}

/** An election as it is shown. */
export function electionView(state: LockState, revoked?: ElectionView['revoked']): ElectionView {
  const { holders, queue, token, delayedUntil } = state;
  const [holding] = holders;
  const offered = queue.find(({ offer }) => offer !== undefined)?.offer;
  const { value, revision } = holding?.candidacy ?? NOBODY;
  return {
    state: holding !== undefined ? 'led' : delayedUntil === undefined ? 'vacant' : 'delayed',
    // A term that is offered is not over; those before it are.
    term: holding?.token ?? (offered === undefined ? token : offered.token - 1),
    revision,
    ...(holding === undefined
      ? {}
      : { leader: { session: holding.session, term: holding.token, value, since: iso(holding.since) } }),
    candidates: queue.map(candidateOf),
    ...(delayedUntil === undefined ? {} : { delayedUntil: iso(delayedUntil) }),
    ...(revoked === undefined ? {} : { revoked }),
  };
}

/** Who leads and who would, for the Temporal Web UI. */
export function electionText({ leader, candidates, delayedUntil, revoked }: ElectionView): string {
  const title =
    leader === undefined
      ? '**Election** without a leader'
      : `**Election** led by **${leader.session}** in term ${String(leader.term)}`;
  const said = leader === undefined ? [] : ['', `Since ${leader.since}, says \`${show(leader.value)}\``];
  const delay =
    delayedUntil === undefined ? [] : ['', `Nobody leads before ${delayedUntil}: the last leader has expired`];
  const lines = candidates
    .slice(0, 20)
    .map(
      ({ session, score, until, offered }) =>
        `- ${session}, score ${String(score)}${offered === undefined ? `, until ${until}` : ', whose turn it is'}`,
    );
  const waiting = lines.length === 0 ? [] : ['', `${String(candidates.length)} would lead:`, ...lines];
  const taken =
    revoked === undefined ? [] : ['', `Term ${String(revoked.term)} was taken from its leader: ${revoked.reason}`];
  return [title, ...said, ...delay, ...waiting, ...taken].join('\n');
}
