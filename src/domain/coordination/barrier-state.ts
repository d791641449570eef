import {
  KEPT_ENTRIES,
  leaveOf,
  type BarrierSpec,
  type GenerationEnd,
  type Participation,
  type Standing,
} from '../../contracts/coordination/barrier';
import type { NewEvent } from '../../contracts/envelope';

/** A request of a participant, and the session that it lives by. */
export interface Caller extends Participation {
  readonly session: string;
}

/** A request that waits to go on. A participant may have several: it is in the barrier as long as one of them waits. */
export interface Entry extends Caller {
  readonly since: number;
  /** It is withdrawn then; without it, it stays until its generation is over. */
  readonly until?: number;
}

/** Those who went on through a double barrier, until all of them have left or died. */
export interface Round {
  readonly generation: number;
  readonly members: readonly Caller[];
  /** Participants that have left. */
  readonly left: readonly string[];
  /** Those of them that want to be told of the end. */
  readonly leaving: readonly (Caller & { readonly until: number })[];
  readonly breaksAt: number | null;
}

/** A generation that is over, and of a double barrier its leaving, too. */
export interface Past {
  readonly end: GenerationEnd;
  readonly at: number;
  readonly callers: readonly Participation[];
  readonly leave?: GenerationEnd;
}

/** A barrier as it stands. Times are workflow milliseconds. */
export interface BarrierState {
  readonly spec: BarrierSpec;
  /** The one that can be entered. */
  readonly generation: number;
  /** In the order of arrival. */
  readonly entries: readonly Entry[];
  readonly breaksAt: number | null;
  /** Of a phaser; a participant may be registered by several sessions. */
  readonly registered: readonly { readonly participant: string; readonly session: string }[];
  readonly inside: Round | null;
  /** The newest last. */
  readonly past: readonly Past[];
  /** Sessions that tell this barrier of their end. */
  readonly sessions: readonly string[];
}

/** Whose session is to be told that a generation, or its leaving, is over. */
export interface Told {
  readonly session: string;
  readonly request: string;
  readonly generation: number;
}

/** What a change of a barrier leaves. */
export interface BarrierStep {
  readonly state: BarrierState;
  readonly events: readonly NewEvent[];
  readonly told: readonly Told[];
}

/** So many names stand in an event; the rest are counted. */
const NAMED = 50;

/** A barrier that nobody is in. Pure. */
export function openBarrier(spec: BarrierSpec): BarrierState {
  return { spec, generation: 1, entries: [], breaksAt: null, registered: [], inside: null, past: [], sessions: [] };
}

/** A state, of which nothing was said yet. */
export const stepOf = (state: BarrierState): BarrierStep => ({ state, events: [], told: [] });

/** Participants, each once, in order (BAR-2). */
export function participants(list: readonly { readonly participant: string }[]): readonly string[] {
  return [...new Set(list.map(({ participant }) => participant))];
}

/** How many the present generation takes. */
export function partiesOf({ spec, registered }: Pick<BarrierState, 'spec' | 'registered'>): number {
  return spec.form === 'phaser' ? participants(registered).length : (spec.parties ?? 1);
}

/** Nobody is in it. */
export function isEmpty({ entries, inside, registered }: BarrierState): boolean {
  return entries.length === 0 && inside === null && registered.length === 0;
}

/** Those inside who have not left. */
export function present({ members, left }: Round): readonly string[] {
  return participants(members).filter((each) => !left.includes(each));
}

/** The same participant by the same request. */
export const isSame = (one: Participation, other: Participation): boolean =>
  one.participant === other.participant && one.request === other.request;

/** The generation that a request was in, if that is over and remembered. */
export function pastOf({ past }: BarrierState, which: Participation): Past | undefined {
  return past.findLast(({ callers }) => callers.some((each) => isSame(each, which)));
}

function waiting(state: BarrierState, participant: string): Standing {
  const entered = participants(state.entries);
  const parties = partiesOf(state);
  // of a double barrier more may wait than go on together next
  const later = state.spec.form === 'phaser' ? 0 : Math.floor(entered.indexOf(participant) / parties);
  const there = Math.min(entered.length - later * parties, parties);
  return { kind: 'waiting', generation: state.generation + later, entered: there, parties };
}

/** How it stands with an entry, or the leave that belongs to it. */
export function standing(state: BarrierState, which: Participation, of: 'entry' | 'leave'): Standing {
  if (of === 'entry' && state.entries.some((each) => isSame(each, which))) return waiting(state, which.participant);
  const past = pastOf(state, which);
  if (past === undefined) return { kind: 'none' };
  if (of === 'entry') return past.end;
  if (past.leave !== undefined) return past.leave;
  const { inside } = state;
  const { generation } = past.end;
  if (inside?.generation !== generation || !inside.left.includes(which.participant)) return { kind: 'none' };
  const parties = participants([...inside.members, ...inside.leaving]).length;
  return { kind: 'waiting', generation, entered: parties - present(inside).length, parties };
}

/** The same with other entries. Who has no request left in it is withdrawn, which is said with `why`. */
export function withEntries({ state, events, told }: BarrierStep, entries: readonly Entry[], why: string): BarrierStep {
  const still = new Set(participants(entries));
  const gone = participants(state.entries).filter((each) => !still.has(each));
  return {
    state: { ...state, entries, breaksAt: entries.length === 0 ? null : state.breaksAt },
    events: [...events, ...gone.map((participant) => withdrawn(state.generation, participant, why))],
    told,
  };
}

/** The event of who is in the barrier no more: `waited` long enough, `asked`, `left` the phaser, or its session `closed` or `expired`. */
export function withdrawn(generation: number, participant: string, why: string): NewEvent {
  return { type: 'barrier.withdrawn', data: { generation, participant, why } };
}

function named(list: readonly { readonly participant: string }[]) {
  const all = participants(list);
  return { count: all.length, participants: all.slice(0, NAMED) };
}

/** The generations that are over with one more. The oldest are forgotten; what is inside must find how it ended. */
function remembered({ past, inside }: BarrierState, newest: Past): readonly Past[] {
  let room = KEPT_ENTRIES - newest.callers.length;
  const older = past.toReversed().filter(({ end, callers }) => {
    room -= callers.length;
    return room >= 0 || end.generation === inside?.generation;
  });
  return [...older.toReversed(), newest];
}

/** Those who wait to be told are told that it is over. */
function toldOf(generation: number, list: readonly (Caller & { readonly until?: number })[]): readonly Told[] {
  return list.flatMap(({ session, request, until }) => (until === undefined ? [] : [{ session, request, generation }]));
}

/** Ends the present generation for all of these entries; the next one begins with the others (BAR-2, BAR-3). */
export function endGeneration(
  { state, events, told }: BarrierStep,
  end: GenerationEnd,
  going: readonly Entry[],
  now: number,
): BarrierStep {
  const { generation, spec } = state;
  const rest = state.entries.filter((each) => !going.includes(each));
  const callers = going.map(({ participant, request }) => ({ participant, request }));
  const { kind: _kind, ...how } = end;
  const data = { ...how, ...named(going) };
  const event: NewEvent =
    end.kind === 'released' ? { type: 'barrier.released', data } : { type: 'barrier.broken', data };
  return {
    state: {
      ...state,
      generation: generation + 1,
      entries: rest,
      breaksAt: rest.length === 0 || spec.deadlineMs === undefined ? null : now + spec.deadlineMs,
      past: remembered(state, { end, at: now, callers }),
    },
    events: [...events, event],
    told: [...told, ...toldOf(generation, going)],
  };
}

/** Ends the round inside for all who were in it. */
export function endRound({ state, events, told }: BarrierStep, round: Round, end: GenerationEnd): BarrierStep {
  const past = state.past.map((each) => (each.end.generation === round.generation ? { ...each, leave: end } : each));
  const { kind: _kind, ...how } = end;
  const data = { ...how, ...named([...round.members, ...round.leaving]) };
  const event: NewEvent =
    end.kind === 'released'
      ? { type: 'barrier.left', data }
      : { type: 'barrier.broken', data: { ...data, leaving: true } };
  const waiting = round.leaving.map((each) => ({ ...each, request: leaveOf(each.request) }));
  return {
    state: { ...state, inside: null, past },
    events: [...events, event],
    told: [...told, ...toldOf(round.generation, waiting)],
  };
}
