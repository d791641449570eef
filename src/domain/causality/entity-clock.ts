import { MAX_FOLLOWED, MAX_HEARD, type HybridTime, type Stamp } from '../../contracts/causality';
import { refuse, type Refusal } from '../../contracts/errors';
import { show } from '../../contracts/ids';
import { eventIdText, isWithinEntity, parseEventId, type EventId } from './event-id';
import { driftOf, mergeTimes, NO_TIME, parseTime, tickTime, timeText } from './hybrid-clock';

/** The ids of our events are shorter: what travels with a message must not grow by them. */
const MAX_ID_LENGTH = 300;

/** What an entity knows of the events of others, beside what its own events say already. Plain JSON. */
export interface EntityClock {
  readonly time: HybridTime;
  /** The last event of each other entity that it has heard of since its own last event. */
  readonly heard: readonly string[];
}

/** An entity that has heard of nothing. */
export const NEW_CLOCK: EntityClock = { time: NO_TIME, heard: [] };

/** The attributes of an event in order of its happening. */
export interface Stamped {
  readonly hlc: string;
  readonly follows?: readonly string[];
}

/**
 * What a message says of its sender's knowledge (CAU-4): no event of the sender, and none that it has heard of, is later.
 * @param last the last event that it has said; its `sequence` is 0 when it has said none
 */
export function stampOf({ time, heard }: EntityClock, last: EventId): Stamp {
  const own = last.sequence === 0 ? [] : [eventIdText(last)];
  return { hlc: timeText(time, last.entity), follows: [...own, ...heard] };
}

/** Reads the stamp of a message. @returns `invalid-message` for one of another form, `clock-drift` for one that is too far ahead */
export function stampRefusal(stamp: unknown, nowMs: number): Refusal | undefined {
  if (stamp === undefined) return undefined;
  const { hlc, follows } = (stamp ?? {}) as { readonly hlc?: unknown; readonly follows?: unknown };
  const isShort = (text: unknown): text is string => typeof text === 'string' && text.length <= MAX_ID_LENGTH;
  const time = isShort(hlc) ? parseTime(hlc) : undefined;
  const isList = Array.isArray(follows) && follows.length <= MAX_FOLLOWED;
  const isRead = isList && follows.every((each) => isShort(each) && parseEventId(each) !== undefined);
  if (time === undefined || !isRead) {
    const rule = `a stamp has the text hlc and at most ${String(MAX_FOLLOWED)} ids of events, follows`;
    return refuse('invalid-message', `${rule}; got ${show(stamp)}`);
  }
  return driftOf(time, nowMs);
}

/** The newest event of each entity among these, other than its own: what the others of that entity are behind. */
function newest(ids: readonly string[], self: string): readonly string[] {
  const kept = new Map<string, EventId>();
  for (const text of ids) {
    const id = parseEventId(text);
    if (id === undefined || id.entity === self) continue;
    const known = kept.get(id.entity);
    if (known === undefined || isWithinEntity(known, id)) kept.set(id.entity, id);
  }
  return [...kept.values()].map(eventIdText);
}

/** The clock after it has heard of a stamp. What `stampRefusal` objects to must not come here. Repeating it is safe. */
export function hear(clock: EntityClock, stamp: Stamp, self: string): EntityClock {
  const time = parseTime(stamp.hlc);
  const heard = newest([...clock.heard, ...stamp.follows], self);
  return {
    time: time === undefined ? clock.time : mergeTimes(clock.time, { ms: time.ms, counter: time.counter }),
    heard,
  };
}

/** True when more was heard than one event should name: the entity says so, and forgets nothing. */
export function isFull({ heard }: EntityClock): boolean {
  return heard.length > MAX_HEARD;
}

/**
 * The stamp of the next event of the entity, which follows what was heard, MAX_HEARD at most; and the clock after it. Whoever is full says
 * that first, so that nothing is left over.
 */
export function say(
  clock: EntityClock,
  self: string,
  nowMs: number,
): { readonly clock: EntityClock; readonly stamped: Stamped } {
  const time = tickTime(clock.time, nowMs);
  const follows = clock.heard.slice(0, MAX_HEARD);
  const more = follows.length === 0 ? {} : { follows };
  return { clock: { time, heard: clock.heard.slice(MAX_HEARD) }, stamped: { hlc: timeText(time, self), ...more } };
}

/** What several answers say together: as if they had come one after another. */
export function mergeStamps(stamps: readonly Stamp[]): Stamp | undefined {
  const [first] = stamps;
  if (first === undefined) return undefined;
  const latest = stamps.reduce((one, other) => (other.hlc > one.hlc ? other : one), first);
  return {
    hlc: latest.hlc,
    follows: newest(
      stamps.flatMap((each) => each.follows),
      '',
    ),
  };
}
