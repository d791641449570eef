import {
  agentOf,
  LOCK_DELAY_MS,
  LOOK_MS,
  MAX_PERMITS,
  MAX_WAITING,
  OFFER_MS,
  type AcquireArgs,
  type Acquired,
  type Grant,
  type LockInit,
  type LockMode,
} from '../../contracts/coordination/lock';
import type { SessionEnd } from '../../contracts/coordination/session';
import type { NewEvent } from '../../contracts/envelope';
import { isRefusal, refuse, type Refusal } from '../../contracts/errors';
import { withSession } from './known-sessions';
import { isWhole } from '../whole';

/** What a claim says beside, in an election. */
export interface Candidacy {
  readonly value: unknown;
  /** Who has a higher one comes before. */
  readonly score: number;
  /** How often the value was replaced. */
  readonly revision: number;
}

/** What every claim says of itself: who, and how much of the capacity. */
interface Claim {
  readonly request: string;
  readonly session: string;
  readonly mode: LockMode;
  /** Units of the capacity: of a lock all for a writer, one for a reader. */
  readonly units: number;
  readonly owner?: string;
  readonly lockDelayMs: number;
  readonly revocable?: true;
  /** How long it may be held until an event says that it still is. */
  readonly holdMs?: number;
  /** Of an agent: how long it lasts without a word. */
  readonly ttlMs?: number;
  readonly since: number;
  readonly candidacy?: Candidacy;
}

/** Who holds. */
export interface Holding extends Claim {
  readonly token: number;
  readonly count: number;
  /** It was asked to give it back, then. */
  readonly asked?: { readonly reason: string; readonly at: number };
  /** It expires then, unless its agent says that it holds it still. */
  readonly until?: number;
  /** It should be given back by then. */
  readonly deadline?: number;
  /** That it was not has been told. */
  readonly overdue?: true;
}

/** Who waits. Whoever has an offer counts as a holder until it accepts, or the offer passes on. */
export interface Wait extends Claim {
  readonly until: number;
  /** An agent has no end of it: it cannot be asked while its workers are away, and its life is the lease. */
  readonly offer?: { readonly token: number; readonly until?: number };
}

/** A lock as it stands. Times are workflow milliseconds. */
export interface LockState {
  /** Of a semaphore. */
  readonly permits?: number;
  /** The newest token (LCK-2). */
  readonly token: number;
  readonly holders: readonly Holding[];
  /** In the order of arrival (LCK-4). */
  readonly queue: readonly Wait[];
  /** Sessions that tell this lock of their end. */
  readonly sessions: readonly string[];
  readonly delayedUntil?: number;
}

/** What a change of a lock leaves: its offers are told to the sessions. */
export interface LockStep {
  readonly state: LockState;
  readonly events: readonly NewEvent[];
  readonly offers: readonly Wait[];
}

/** Units of a lock: more readers than can wait. */
const UNITS = 1_000_000;
const unitsOf = ({ permits }: Pick<LockState, 'permits'>): number => permits ?? UNITS;

/** A lock that nobody holds, or a semaphore with its permits. Pure. */
export function openLock({ permits }: LockInit): LockState {
  const none = { token: 0, holders: [], queue: [], sessions: [] };
  return permits === undefined ? none : { ...none, permits };
}

/** Why the settings of a lock cannot be. */
export function lockProblem({ permits = 1, lookMs = LOOK_MS.usual }: LockInit): Refusal | undefined {
  if (!isWhole(permits, 1, MAX_PERMITS)) {
    return refuse('invalid-message', `permits: expected 1 to ${String(MAX_PERMITS)}; got ${String(permits)}`);
  }
  if (isWhole(lookMs, LOOK_MS.least, LOOK_MS.most)) return undefined;
  const range = `${String(LOOK_MS.least)} to ${String(LOOK_MS.most)}`;
  return refuse('invalid-message', `lookMs: expected ${range}; got ${String(lookMs)}`);
}

function free(state: LockState): number {
  const offered = state.queue.filter(({ offer }) => offer !== undefined);
  return [...state.holders, ...offered].reduce((left, { units }) => left - units, unitsOf(state));
}

const isDelayed = ({ delayedUntil }: LockState, now: number): boolean =>
  delayedUntil !== undefined && now < delayedUntil;
const waits = ({ queue }: LockState): readonly Wait[] => queue.filter(({ offer }) => offer === undefined);
const mayTake = (state: LockState, units: number, now: number): boolean =>
  !isDelayed(state, now) && waits(state).length === 0 && units <= free(state);

/**
 * The next token: above all before it, also over deletion and reset, where the counter is lost but the clock has gone on
 * (LCK-2). A grant of several permits takes one for each; its token is the first.
 */
const nextToken = ({ token }: Pick<LockState, 'token'>, now: number): number => Math.max(token + 1, now);
const tokensOf = (state: LockState, units: number): number => (state.permits === undefined ? 1 : units);

function unitsWanted(state: LockState, { mode, permits = 1 }: Pick<AcquireArgs, 'mode' | 'permits'>): number {
  if (state.permits !== undefined) return permits;
  return mode === 'shared' ? 1 : UNITS;
}

/** A grant as it is answered. */
export function grantOf(state: Pick<LockState, 'permits'>, { token, request, mode, units, count }: Holding): Grant {
  return { token, request, mode, permits: state.permits === undefined ? 1 : units, count };
}

const held = (state: LockState, holding: Holding): Acquired => ({ kind: 'held', ...grantOf(state, holding) });

const isSame = (claim: Claim, { request, session }: { readonly request: string; readonly session: string }): boolean =>
  claim.request === request && claim.session === session;

const isOwn = (holding: Holding, { owner, session }: AcquireArgs): boolean =>
  owner !== undefined && holding.owner === owner && holding.session === session;

/** Why a request is not taken, whatever the others do. Leaves no trace. */
export function acquireRefusal(state: LockState, args: AcquireArgs, now: number): Refusal | undefined {
  const { session, permits = 1, mode, waitMs } = args;
  if (state.holders.some((each) => isSame(each, args) || isOwn(each, args))) return undefined;
  if (agentOf(session) === undefined && !state.sessions.includes(session)) {
    return refuse('session-not-found', `the lock knows no session ${session}`, { details: { session } });
  }
  if (state.permits !== undefined && mode === 'shared') {
    return refuse('invalid-message', 'a semaphore has no shared mode: ask for permits');
  }
  if (state.permits === undefined && permits !== 1) {
    return refuse('invalid-message', `a lock has no permits; got ${String(permits)}`);
  }
  if (permits > unitsOf(state)) {
    return refuse('limit-reached', `there are ${String(state.permits)} permits; got ${String(permits)}`);
  }
  if (state.queue.some((each) => isSame(each, args))) return undefined;
  if (waitMs === 0 && !mayTake(state, unitsWanted(state, args), now)) return heldBy(state);
  if (waitMs > 0 && state.queue.length >= MAX_WAITING) {
    return refuse('queue-full', `at most ${String(MAX_WAITING)} wait for one lock`, { retryAfterMs: 1_000 });
  }
  return undefined;
}

function heldBy({ holders, delayedUntil }: LockState): Refusal {
  const [first] = holders;
  const who =
    first !== undefined
      ? `held by the session ${first.session} since ${new Date(first.since).toISOString()}`
      : delayedUntil === undefined
        ? 'others wait for it'
        : `free at ${new Date(delayedUntil).toISOString()}: the session of its last holder has expired`;
  return refuse(
    'lock-held',
    who,
    first === undefined ? {} : { details: { session: first.session, token: first.token } },
  );
}

/** Gives the lock to a request, or a place in the queue (LCK-4, LCK-5). Who asks again when it has an offer takes it up. */
export function acquire(
  state: LockState,
  args: AcquireArgs & { readonly candidacy?: Candidacy },
  now: number,
): LockStep & { readonly reply?: Acquired; readonly refusal?: Refusal } {
  const none = { state, events: [], offers: [] };
  const refusal = acquireRefusal(state, args, now);
  if (refusal !== undefined) return { ...none, refusal };
  const same = state.holders.find((each) => isSame(each, args));
  if (same !== undefined) return { ...none, reply: held(state, same) };
  const own = state.holders.find((each) => isOwn(each, args));
  if (own !== undefined) {
    const more = { ...own, count: own.count + 1 };
    const holders = state.holders.map((each) => (each === own ? more : each));
    return { ...none, state: { ...state, holders }, reply: held(state, more) };
  }
  const place = state.queue.findIndex((each) => isSame(each, args));
  const waiting = state.queue[place];
  if (waiting?.offer !== undefined) return accept(state, { ...args, token: waiting.offer.token }, now);
  if (waiting !== undefined) return { ...none, reply: queued(place, waiting) };
  const claim: Claim = {
    request: args.request,
    session: args.session,
    mode: state.permits === undefined ? (args.mode ?? 'exclusive') : 'shared',
    units: unitsWanted(state, args),
    ...(args.owner === undefined ? {} : { owner: args.owner }),
    lockDelayMs: args.lockDelayMs ?? LOCK_DELAY_MS,
    ...(args.revocable === true ? { revocable: true } : {}),
    ...(args.ttlMs === undefined ? {} : { ttlMs: args.ttlMs }),
    ...(args.holdMs === undefined ? {} : { holdMs: args.holdMs }),
    since: now,
    ...(args.candidacy === undefined ? {} : { candidacy: args.candidacy }),
  };
  if (mayTake(state, claim.units, now)) {
    const given = give(state, claim, nextToken(state, now));
    return { ...given, reply: held(state, given.holding) };
  }
  const wait = { ...claim, until: now + args.waitMs };
  const at = placeIn(state.queue, claim);
  const next = { ...state, queue: [...state.queue.slice(0, at), wait, ...state.queue.slice(at)] };
  return { ...settle(next, now), reply: queued(at, wait) };
}

/** Where who comes now waits: behind all others, or before those of a lower score whose turn has not come. */
function placeIn(queue: readonly Wait[], { candidacy }: Claim): number {
  if (candidacy === undefined) return queue.length;
  const at = queue.findIndex((each) => each.offer === undefined && (each.candidacy?.score ?? 0) < candidacy.score);
  return at < 0 ? queue.length : at;
}

function queued(at: number, { until }: Wait): Acquired {
  return { kind: 'queued', place: at + 1, until: new Date(until).toISOString() };
}

function give(state: LockState, claim: Claim, token: number): LockStep & { readonly holding: Holding } {
  const { ttlMs, holdMs, since } = claim;
  const holding: Holding = {
    ...claim,
    token,
    count: 1,
    ...(ttlMs === undefined ? {} : { until: since + ttlMs }),
    ...(holdMs === undefined ? {} : { deadline: since + holdMs }),
  };
  const last = token + tokensOf(state, claim.units) - 1;
  const data = { session: claim.session, ...grantOf(state, holding) };
  return {
    state: { ...state, token: Math.max(state.token, last), holders: [...state.holders, holding] },
    events: [{ type: 'lock.granted', data }],
    offers: [],
    holding,
  };
}

/** Tells once of each holding that its deadline is over. Nothing is taken. */
function remind(state: LockState, now: number): { readonly state: LockState; readonly events: readonly NewEvent[] } {
  const late = state.holders.filter((each) => dueAt(each) <= now);
  if (late.length === 0) return { state, events: [] };
  const holders = state.holders.map((each) => (late.includes(each) ? { ...each, overdue: true as const } : each));
  const events = late.map(({ token, session, request, deadline = now }) => {
    const data = { token, session, request, deadline: new Date(deadline).toISOString() };
    return { type: 'lock.overdue', data };
  });
  return { state: { ...state, holders }, events };
}

/** When its deadline has to be told. */
const dueAt = ({ deadline = Infinity, overdue }: Holding): number => (overdue === true ? Infinity : deadline);

/**
 * Offers the lock to who is first, as long as it can have it: a large request at the head is not overtaken (LCK-8), readers next to each
 * other get it together. Drops who has waited long enough, and passes on what nobody accepted: its token is burnt.
 */
export function settle(given: LockState, now: number, told: readonly NewEvent[] = []): LockStep {
  const over = given.holders.filter(({ until = Infinity }) => until <= now);
  const { state: stillHeld, events: expired } = lose(given, over, 'expired', now);
  const { state: before, events: overdue } = remind(stillHeld, now);
  const events = [...told, ...expired, ...overdue];
  const { delayedUntil, ...rest } = before;
  const kept = before.queue.filter((wait) => waitsUntil(wait) > now);
  const state: LockState = delayedUntil !== undefined && now < delayedUntil ? before : rest;
  let left = free({ ...state, queue: kept });
  let { token } = state;
  let isShut = isDelayed(state, now);
  const offers: Wait[] = [];
  const queue = kept.map((wait) => {
    if (wait.offer !== undefined) return wait;
    isShut ||= wait.units > left;
    if (isShut) return wait;
    const first = nextToken({ token }, now);
    const lastsMs = agentOf(wait.session) === undefined ? OFFER_MS : wait.ttlMs;
    const offer = { token: first, ...(lastsMs === undefined ? {} : { until: now + lastsMs }) };
    const offered: Wait = { ...wait, offer };
    token = first + tokensOf(state, wait.units) - 1;
    left -= wait.units;
    offers.push(offered);
    return offered;
  });
  return { state: { ...state, token, queue }, events, offers };
}

/** How long a place in the queue is kept. */
const waitsUntil = ({ until, offer }: Wait): number => (offer === undefined ? until : (offer.until ?? Infinity));

const notHolder = (text: string): Refusal => refuse('not-holder', text);

/** Whoever has an offer takes it up, and holds from then on. */
export function accept(
  state: LockState,
  args: { readonly request: string; readonly session: string; readonly token: number },
  now: number,
): LockStep & { readonly reply?: Acquired; readonly refusal?: Refusal } {
  const none = { state, events: [], offers: [] };
  const { request, session, token } = args;
  const same = state.holders.find((each) => each.token === token && isSame(each, args));
  if (same !== undefined) return { ...none, reply: held(state, same) };
  const wait = state.queue.find((each) => each.request === request && each.offer?.token === token);
  if (wait?.session !== session || waitsUntil(wait) <= now) {
    return { ...none, refusal: notHolder(`the offer ${String(token)} to ${request} has passed on`) };
  }
  const { offer: _taken, until: _until, ...claim } = wait;
  const given = give({ ...state, queue: state.queue.filter((each) => each !== wait) }, { ...claim, since: now }, token);
  return { ...given, reply: held(state, given.holding) };
}

/** The holder of a token. @returns why it is none (LCK-7) */
export function holderOf(
  { holders }: LockState,
  { token, session }: { readonly token: number; readonly session: string },
): Holding | Refusal {
  const holding = holders.find((each) => each.token === token);
  if (holding?.session === session) return holding;
  const [first] = holders;
  const now =
    first === undefined ? 'nobody holds it' : `it is held by ${first.session} with the token ${String(first.token)}`;
  return notHolder(`${session} does not hold it with the token ${String(token)}: ${now}`);
}

/** Gives a holding back: once for each time that it was acquired. No delay follows (LCK-6). */
export function release(state: LockState, holding: Holding, now: number): LockStep & { readonly left: number } {
  const left = holding.count - 1;
  const { token, session, request } = holding;
  if (left > 0) {
    const holders = state.holders.map((each) => (each.token === token ? { ...each, count: left } : each));
    return { state: { ...state, holders }, events: [], offers: [], left };
  }
  const next = { ...state, holders: state.holders.filter((each) => each.token !== token) };
  return { ...settle(next, now, [{ type: 'lock.released', data: { token, session, request } }]), left };
}

/** A writer goes on as a reader, and readers that wait next join it. @returns the same holding for a reader */
export function downgrade(state: LockState, holding: Holding, now: number): LockStep & { readonly reply: Acquired } {
  const reader: Holding = { ...holding, mode: 'shared', units: state.permits === undefined ? 1 : holding.units };
  const next = { ...state, holders: state.holders.map((each) => (each === holding ? reader : each)) };
  return { ...settle(next, now), reply: held(state, reader) };
}

/** Who waits, waits no longer; what it has got already it gives back. */
export function withdraw(
  state: LockState,
  args: { readonly request: string; readonly session: string },
  now: number,
): LockStep & { readonly withdrawn: boolean } {
  const holding = state.holders.find((each) => isSame(each, args));
  if (holding !== undefined) return { ...release(state, { ...holding, count: 1 }, now), withdrawn: true };
  const queue = state.queue.filter((each) => !isSame(each, args));
  return { ...settle({ ...state, queue }, now), withdrawn: queue.length < state.queue.length };
}

/** A session makes itself known to the lock. */
export function attach(state: LockState, session: string): LockState | Refusal {
  const busy = (): readonly string[] => [...state.holders, ...state.queue].map((each) => each.session);
  const sessions = withSession(state.sessions, session, busy);
  return isRefusal(sessions) ? sessions : { ...state, sessions };
}

/**
 * All that a session holds and waits for ends together (SES-3). After an expiry nobody gets the lock for the holder's delay, so that it can
 * notice (LCK-6); after a close there is none.
 */
export function endSession(state: LockState, session: string, end: SessionEnd, now: number): LockStep {
  const isOthers = (each: { readonly session: string }): boolean => each.session !== session;
  const lost = state.holders.filter((each) => !isOthers(each));
  const left = lose(state, lost, end, now);
  const next: LockState = {
    ...left.state,
    sessions: state.sessions.filter((each) => each !== session),
    queue: state.queue.filter(isOthers),
  };
  return settle(next, now, left.events);
}

/** Takes from holders what they hold. */
function lose(
  state: LockState,
  lost: readonly Holding[],
  end: SessionEnd,
  now: number,
): { readonly state: LockState; readonly events: readonly NewEvent[] } {
  if (lost.length === 0) return { state, events: [] };
  const next = { ...state, holders: state.holders.filter((each) => !lost.includes(each)) };
  const delay = end === 'expired' ? Math.max(0, ...lost.map(({ lockDelayMs }) => lockDelayMs)) : 0;
  const until = Math.max(now + delay, state.delayedUntil ?? 0);
  const events = lost.map(({ token, session, request }) => {
    const data = { token, session, request };
    return end === 'expired' ? { type: 'lock.expired', data } : { type: 'lock.released', data };
  });
  return { state: delay > 0 ? { ...next, delayedUntil: until } : next, events };
}

/** An agent holds it still: its time to live begins anew. */
export function heldStill(state: LockState, holding: Holding, now: number): LockState {
  const { ttlMs } = holding;
  if (ttlMs === undefined) return state;
  const longer = { ...holding, until: now + ttlMs };
  return { ...state, holders: state.holders.map((each) => (each.token === holding.token ? longer : each)) };
}

/** Takes the lock from whoever holds it, and lets who is next have it at once: also during a delay (LCK-7). An offer to an agent counts as held. */
export function breakLock(state: LockState, reason: string, now: number): LockStep & { readonly broken: number } {
  const { delayedUntil: _over, ...rest } = state;
  const isReserved = ({ session, offer }: Wait): boolean => offer !== undefined && agentOf(session) !== undefined;
  const reserved = state.queue.filter(isReserved).map(({ session, offer }) => ({ token: offer?.token ?? 0, session }));
  const holders = [...state.holders.map(({ token, session }) => ({ token, session })), ...reserved];
  const queue = state.queue.filter((wait) => !isReserved(wait));
  const next: LockState = { ...rest, holders: [], queue, token: nextToken(state, now) };
  const events = [{ type: 'lock.broken', data: { reason, holders, token: next.token } }];
  return { ...settle(next, now, events), broken: holders.length };
}

/** Nobody holds it and nobody waits. */
export const isFree = ({ holders, queue }: LockState): boolean => holders.length === 0 && queue.length === 0;

/** When something happens by itself next. */
export function nextAt({ holders, queue, delayedUntil }: LockState): number | undefined {
  const ofHolders = holders.flatMap((each) => [each.until ?? Infinity, dueAt(each)]);
  const times = [...queue.map(waitsUntil), ...ofHolders].filter(Number.isFinite);
  if (delayedUntil !== undefined) times.push(delayedUntil);
  return times.length === 0 ? undefined : Math.min(...times);
}
