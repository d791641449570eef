import {
  leaveOf,
  MAX_BARRIER_WAIT_MS,
  MAX_ENTRIES,
  MAX_PARTIES,
  type BarrierInit,
  type BarrierSpec,
  type BreakReason,
  type EnterArgs,
  type LeaveArgs,
  type Participation,
  type Standing,
} from '../../contracts/coordination/barrier';
import { LOOK_MS } from '../../contracts/coordination/lock';
import type { SessionEnd } from '../../contracts/coordination/session';
import { isRefusal, refuse, type Refusal } from '../../contracts/errors';
import { show } from '../../contracts/ids';
import { isWhole } from '../whole';
import {
  endGeneration,
  endRound,
  isEmpty,
  isSame,
  participants,
  partiesOf,
  pastOf,
  present,
  standing,
  stepOf,
  withdrawn,
  withEntries,
  type BarrierState,
  type BarrierStep,
  type Caller,
  type Entry,
} from './barrier-state';
import { withSession } from './known-sessions';

/** A step that answers, or is refused and leaves all as it was. */
export type Answered<R> = BarrierStep & { readonly reply?: R; readonly refusal?: Refusal };

/** The specification in what was sent, with its defaults. */
export function specOf({ form, parties, onDeath = 'leave', deadlineMs }: BarrierSpec): BarrierSpec {
  return {
    form,
    ...(parties === undefined ? {} : { parties }),
    onDeath,
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  };
}

/** Why a barrier cannot be so. */
export function barrierProblem({ form, parties, deadlineMs, lookMs }: BarrierInit): Refusal | undefined {
  const no = (what: string, expected: string, got: unknown): Refusal =>
    refuse('invalid-definition', `${what}: expected ${expected}; got ${show(got)}`);
  if (form === 'phaser' && parties !== undefined)
    return no('parties', 'none: those of a phaser are registered', parties);
  if (form !== 'phaser' && !isWhole(parties, 1, MAX_PARTIES))
    return no('parties', `1 to ${String(MAX_PARTIES)}`, parties);
  if (deadlineMs !== undefined && !isWhole(deadlineMs, 1, MAX_BARRIER_WAIT_MS)) {
    return no('deadlineMs', `1 to ${String(MAX_BARRIER_WAIT_MS)}`, deadlineMs);
  }
  if (lookMs === undefined || isWhole(lookMs, LOOK_MS.least, LOOK_MS.most)) return undefined;
  return no('lookMs', `${String(LOOK_MS.least)} to ${String(LOOK_MS.most)}`, lookMs);
}

/** Why a specification does not fit the barrier as it is: while others are in it, it is what it is. */
export function specRefusal(state: BarrierState, args: BarrierSpec): Refusal | undefined {
  const wanted = specOf(args);
  const problem = barrierProblem(wanted);
  if (problem !== undefined || isEmpty(state)) return problem;
  const known = JSON.stringify(specOf(state.spec));
  if (known === JSON.stringify(wanted)) return undefined;
  return refuse('definition-mismatch', `others are in the barrier as ${known}; got ${JSON.stringify(wanted)}`, {
    details: { spec: state.spec },
  });
}

/** Refuses who is not in it. */
export const notAParty = (text: string): Refusal => refuse('not-a-party', text);

/** Refuses a session that the barrier does not know. */
export function unknownSession({ sessions }: BarrierState, session: string): Refusal | undefined {
  if (sessions.includes(session)) return undefined;
  return refuse('session-not-found', `the barrier knows no session ${session}`, { details: { session } });
}

/** Those inside who may be asked for, so that who enters again goes on with its entry. */
function isInside({ inside }: BarrierState, { participant, generation }: EnterArgs): boolean {
  if (inside === null || (generation !== undefined && generation !== inside.generation)) return false;
  return present(inside).includes(participant);
}

/** How the generation that is named ended, for a participant of it. */
function endOf({ past }: BarrierState, { participant, generation }: EnterArgs): Standing | undefined {
  const named = past.findLast(({ end }) => end.generation === generation);
  return named?.callers.some((each) => each.participant === participant) === true ? named.end : undefined;
}

/** Why an entry is not taken. Leaves no trace. */
export function enterRefusal(state: BarrierState, args: EnterArgs): Refusal | undefined {
  const { participant, session, waitMs, generation, form } = args;
  if (standing(state, args, 'entry').kind !== 'none' || endOf(state, args) !== undefined) return undefined;
  const refusal = specRefusal(state, args) ?? unknownSession(state, session);
  if (refusal !== undefined) return refusal;
  if (isInside(state, args)) return fullRefusal(state.inside?.members ?? []);
  if (generation !== undefined && generation !== state.generation) {
    const now = `it is at ${String(state.generation)}`;
    return notAParty(`${participant} is not in generation ${String(generation)} of the barrier: ${now}`);
  }
  if (form === 'phaser' && !state.registered.some((each) => each.participant === participant)) {
    return notAParty(`${participant} is not registered with the phaser`);
  }
  if (form !== 'phaser' && waitMs === undefined) {
    return refuse('invalid-message', 'who enters a barrier waits: expected waitMs');
  }
  return fullRefusal(state.entries);
}

function fullRefusal(list: readonly unknown[]): Refusal | undefined {
  if (list.length < MAX_ENTRIES) return undefined;
  return refuse('queue-full', `at most ${String(MAX_ENTRIES)} requests are in one barrier`, { retryAfterMs: 1_000 });
}

/**
 * Takes a participant into the present generation, which goes on when it was the last that was missing (BAR-1). The same request has the
 * same answer; another one of the same participant joins its entry, also when that is inside already (BAR-2).
 */
export function enter(before: BarrierState, args: EnterArgs, now: number): Answered<Standing> {
  const first = settle(stepOf(before), now);
  const refusal = enterRefusal(first.state, args);
  if (refusal !== undefined) return { ...stepOf(before), refusal };
  const known = standing(first.state, args, 'entry');
  if (known.kind !== 'none') return { ...first, reply: known };
  const { participant, request, session, waitMs } = args;
  const caller: Caller = { participant, request, session };
  if (isInside(first.state, args)) return joined(first, caller);
  const end = endOf(first.state, args);
  if (end !== undefined) return { ...first, reply: end };
  const state = isEmpty(first.state) ? { ...first.state, spec: specOf(args) } : first.state;
  const entry: Entry = { ...caller, since: now, ...(waitMs === undefined ? {} : { until: now + waitMs }) };
  const { deadlineMs } = state.spec;
  const breaksAt = state.breaksAt ?? (deadlineMs === undefined ? null : now + deadlineMs);
  const step = settle({ ...first, state: { ...state, entries: [...state.entries, entry], breaksAt } }, now);
  // it is told by the answer
  const told = step.told.filter((each) => each.request !== request || each.session !== session);
  return { ...step, told, reply: standing(step.state, args, 'entry') };
}

/** Another request of a participant that is inside: as one that was begun again after it had gone on. */
function joined(step: BarrierStep, caller: Caller): Answered<Standing> {
  const { state } = step;
  const { inside } = state;
  if (inside === null) return step;
  const past = state.past.map((each) =>
    each.end.generation === inside.generation ? { ...each, callers: [...each.callers, caller] } : each,
  );
  const next = { ...state, past, inside: { ...inside, members: [...inside.members, caller] } };
  return { ...step, state: next, reply: { kind: 'released', generation: inside.generation } };
}

/** Why a leave is not taken: who has not entered cannot leave. */
export function leaveRefusal(state: BarrierState, args: LeaveArgs): Refusal | undefined {
  const past = pastOf(state, args);
  const isIn = past !== undefined && (past.leave !== undefined || past.end.generation === state.inside?.generation);
  return isIn ? undefined : notAParty(`${args.participant} is not inside the barrier`);
}

/** Leaves. It holds up nobody from then on; whoever waits is told when all have left or died (BAR-1). */
export function leave(before: BarrierState, args: LeaveArgs, now: number): Answered<Standing> {
  const first = settle(stepOf(before), now);
  const { state } = first;
  const refusal = leaveRefusal(state, args);
  if (refusal !== undefined) return { ...stepOf(before), refusal };
  const { participant, request, session, waitMs } = args;
  const { inside } = state;
  if (inside === null || pastOf(state, args)?.leave !== undefined) {
    return { ...first, reply: standing(state, args, 'leave') };
  }
  const others = inside.leaving.filter((each) => !isSame(each, args));
  const { deadlineMs } = state.spec;
  const round = {
    ...inside,
    left: [...new Set([...inside.left, participant])],
    leaving: [...others, { participant, request, session, until: now + waitMs }],
    breaksAt: inside.breaksAt ?? (deadlineMs === undefined ? null : now + deadlineMs),
  };
  const step = settle({ ...first, state: { ...state, inside: round } }, now);
  const own = leaveOf(request);
  const told = step.told.filter((each) => each.request !== own || each.session !== session);
  return { ...step, told, reply: standing(step.state, args, 'leave') };
}

/** Everybody that the present generation waits for is there. */
function isFull(state: BarrierState): boolean {
  if (state.inside !== null) return false;
  const { spec, registered, entries } = state;
  if (spec.form !== 'phaser') return participants(entries).length >= partiesOf(state);
  const arrived = new Set(participants(entries));
  return registered.length > 0 && registered.every(({ participant }) => arrived.has(participant));
}

/** Lets the first that are enough go on together (BAR-1). */
function release(step: BarrierStep, now: number): BarrierStep {
  const { spec, generation, entries } = step.state;
  const first = new Set(participants(entries).slice(0, partiesOf(step.state)));
  const going = entries.filter(({ participant }) => first.has(participant));
  const next = endGeneration(step, { kind: 'released', generation }, going, now);
  if (spec.form !== 'double') return next;
  const members = going.map(({ participant, request, session }): Caller => ({ participant, request, session }));
  const inside = { generation, members, left: [], leaving: [], breaksAt: null };
  return { ...next, state: { ...next.state, inside } };
}

/** Breaks the present generation for all who wait in it, if somebody does (BAR-3). */
function breakEntries(step: BarrierStep, reason: BreakReason, now: number, because?: string): BarrierStep {
  const { generation, entries } = step.state;
  if (entries.length === 0) return step;
  const end = { kind: 'broken' as const, generation, reason, ...(because === undefined ? {} : { because }) };
  return endGeneration(step, end, entries, now);
}

/** Withdraws who has waited long enough, and breaks what is over its deadline (BAR-5, BAR-3): what was due first comes first. */
function lapse(before: BarrierStep, now: number): BarrierStep {
  const { entries, breaksAt } = before.state;
  const isOver = (at: number | null): at is number => at !== null && at <= now;
  const lapsed = isOver(breaksAt) ? breaksAt : now;
  const kept = entries.filter(({ until = Infinity }) => until > lapsed);
  let step = kept.length === entries.length ? before : withEntries(before, kept, 'waited');
  if (isOver(breaksAt)) step = breakEntries(step, 'deadline', now);
  const { inside } = step.state;
  if (inside === null) return step;
  if (isOver(inside.breaksAt)) {
    return endRound(step, inside, { kind: 'broken', generation: inside.generation, reason: 'deadline' });
  }
  const leaving = inside.leaving.filter(({ until }) => until > now);
  if (leaving.length === inside.leaving.length) return step;
  return { ...step, state: { ...step.state, inside: { ...inside, leaving } } };
}

/** Brings about all that follows from a change, or from the time. */
export function settle(before: BarrierStep, now: number): BarrierStep {
  let step = lapse(before, now);
  for (;;) {
    const { inside } = step.state;
    if (inside !== null && present(inside).length === 0) {
      step = endRound(step, inside, { kind: 'released', generation: inside.generation });
    } else if (isFull(step.state)) {
      step = release(step, now);
    } else {
      return step;
    }
  }
}

/** Ends the wait of a request. A participant without another one is withdrawn at once (BAR-5). @returns how it stands with it then */
export function withdraw(state: BarrierState, which: Participation, now: number): Answered<Standing> {
  const kept = state.entries.filter((each) => !isSame(each, which));
  const step = kept.length === state.entries.length ? stepOf(state) : withEntries(stepOf(state), kept, 'asked');
  return { ...settle(step, now), reply: standing(step.state, which, 'entry') };
}

/** A session makes itself known to the barrier. */
export function attach(state: BarrierState, session: string): BarrierState | Refusal {
  const sessions = withSession(state.sessions, session, () => sessionsIn(state));
  return isRefusal(sessions) ? sessions : { ...state, sessions };
}

/** The sessions that somebody is in the barrier by. */
export function sessionsIn({ entries, registered, inside }: BarrierState): readonly string[] {
  return [...new Set([...entries, ...registered, ...(inside?.members ?? [])].map(({ session }) => session))];
}

/**
 * The end of a session: whoever has no other one leaves. Before the release its place has to be filled again, or the barrier breaks; after
 * it, the others do not wait for it (BAR-4).
 */
export function endSession(state: BarrierState, session: string, end: SessionEnd, now: number): BarrierStep {
  const isOthers = (each: { readonly session: string }): boolean => each.session !== session;
  const registered = state.registered.filter(isOthers);
  const deregistered = participants(state.registered).filter(
    (each) => !registered.some(({ participant }) => participant === each),
  );
  const entries = state.entries.filter((each) => isOthers(each) && !deregistered.includes(each.participant));
  const still = new Set(participants(entries));
  const dead = [...new Set([...deregistered, ...participants(state.entries).filter((each) => !still.has(each))])];
  const events = deregistered
    .filter((each) => !state.entries.some(({ participant }) => participant === each))
    .map((participant) => withdrawn(state.generation, participant, end));
  const sessions = state.sessions.filter((each) => each !== session);
  let step = withEntries({ ...stepOf({ ...state, registered, sessions }), events }, entries, end);
  if (dead.length > 0 && state.spec.onDeath === 'break') {
    step = breakEntries(step, 'death', now, `${dead.slice(0, 3).join(', ')}: the session has ${end}`);
  }
  return settle(withoutMember(step, session, end), now);
}

/** Who is inside by a session that has ended is not waited for. */
function withoutMember(step: BarrierStep, session: string, end: SessionEnd): BarrierStep {
  const { inside } = step.state;
  if (inside === null) return step;
  const members = inside.members.filter((each) => each.session !== session);
  const round = { ...inside, members, leaving: inside.leaving.filter((each) => each.session !== session) };
  const lost = present(inside).filter((each) => !members.some(({ participant }) => participant === each));
  const events = lost.map((participant) => withdrawn(inside.generation, participant, end));
  return { ...step, state: { ...step.state, inside: round }, events: [...step.events, ...events] };
}

/** Breaks what waits, and the round inside, for all. @returns how many were in it */
export function breakBarrier(state: BarrierState, reason: string, now: number): Answered<{ readonly broken: number }> {
  const { inside } = state;
  const broken = participants([...state.entries, ...(inside?.members ?? [])]).length;
  let step = breakEntries(stepOf(state), 'cancelled', now, reason);
  if (inside !== null) {
    const { generation } = inside;
    step = endRound(step, inside, { kind: 'broken', generation, reason: 'cancelled', because: reason });
  }
  return { ...settle(step, now), reply: { broken } };
}

/** When something happens by itself next. */
export function nextAt({ entries, breaksAt, inside }: BarrierState): number | undefined {
  const untils = [...entries, ...(inside?.leaving ?? [])].flatMap(({ until }) => until ?? []);
  const times = [...untils, breaksAt ?? [], inside?.breaksAt ?? []].flat();
  return times.length === 0 ? undefined : Math.min(...times);
}
