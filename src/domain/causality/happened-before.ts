import {
  MAX_PATH_EVENTS,
  MAX_SEARCHED_EVENTS,
  type CausalEvent,
  type Causality,
  type PathEvent,
  type VectorClock,
} from '../../contracts/causality';
import { eventIdText, isWithinEntity, parseEventId, streamOfId, type EventId } from './event-id';
import { compareTimes, parseTime } from './hybrid-clock';
import { countOf } from './vector-clock';

/** An event as the log has it, with what it follows. */
export interface LoggedEvent extends CausalEvent {
  readonly follows?: readonly string[];
}

/** What the search wants of the log: events `after` < number ≤ `upTo` of a stream, newest first, some at a time; or the last event of the life before. */
export type Wanted =
  | { readonly kind: 'range'; readonly stream: string; readonly after: number; readonly upTo: number }
  | { readonly kind: 'life-before'; readonly entity: string; readonly generation: number };

/** An event whose past is to be looked at, and how the search came to it from the later event. */
interface Reached {
  readonly id: EventId;
  readonly via: PathEvent['via'];
  /** The event that follows it, which is of `of`'s entity. */
  readonly follower: LoggedEvent;
  readonly of: Reached | undefined;
  event?: LoggedEvent | undefined;
}

type Search<T> = Generator<Wanted, T, readonly LoggedEvent[]>;

const idOf = (event: CausalEvent): EventId =>
  parseEventId(event.id) ?? { entity: event.id, generation: 0, sequence: 0 };
const timeOf = ({ hlc }: CausalEvent) => (hlc === undefined ? undefined : parseTime(hlc));

const shown = ({ id, position, type, source, time, hlc }: LoggedEvent): CausalEvent => ({
  id,
  position,
  type,
  source,
  time,
  ...(hlc === undefined ? {} : { hlc }),
});

/** The events of a path, from the earlier to the later one, each once. */
function pathOf(earlier: LoggedEvent, found: Reached): readonly PathEvent[] {
  const path: PathEvent[] = [shown(earlier)];
  const add = (event: LoggedEvent | undefined, via: PathEvent['via']): void => {
    if (event === undefined || via === undefined || event.id === path.at(-1)?.id) return;
    path.push({ ...shown(event), via });
  };
  for (let at: Reached | undefined = found; at !== undefined; at = at.of) {
    add(at.event, 'entity');
    add(at.follower, at.via);
  }
  return path;
}

function bounded(path: readonly PathEvent[]): Pick<Causality, 'path' | 'omitted'> {
  const omitted = Math.max(0, path.length - MAX_PATH_EVENTS);
  const half = MAX_PATH_EVENTS / 2;
  return { path: omitted === 0 ? path : [...path.slice(0, half), ...path.slice(-half)], omitted };
}

/** The past of `later`, widest first, so what is found first has the fewest messages. */
class Past {
  /** Up to which number each stream was looked at: the part of the past that is known. */
  reached: VectorClock = {};
  searched = 0;
  /** Why the past is not known whole. */
  because: string | undefined;
  private readonly queue: Reached[] = [];
  private readonly earlier: LoggedEvent;
  private readonly floor: ReturnType<typeof timeOf>;

  constructor(earlier: LoggedEvent) {
    this.earlier = earlier;
    this.floor = timeOf(earlier);
  }

  *find(later: LoggedEvent): Search<Reached | undefined> {
    this.queue.push({ id: idOf(later), via: 'entity', follower: later, of: undefined, event: later });
    for (let at = this.queue.shift(); at !== undefined; at = this.queue.shift()) {
      if (isWithinEntity(idOf(this.earlier), at.id)) {
        at.event ??= (yield this.range(at.id, at.id.sequence - 1))[0];
        return at;
      }
      yield* this.look(at);
      if (this.searched >= MAX_SEARCHED_EVENTS) {
        this.because = `the search ended after ${String(this.searched)} events`;
        return undefined;
      }
    }
    return undefined;
  }

  private range(id: EventId, after: number): Wanted {
    return { kind: 'range', stream: streamOfId(id), after, upTo: id.sequence };
  }

  /** Looks at what is new in the past of one event within its life: down to what was looked at, or to where all is too early. */
  private *look(at: Reached): Search<void> {
    const stream = streamOfId(at.id);
    const known = countOf(this.reached, stream);
    if (at.id.sequence <= known) return;
    this.reached = { ...this.reached, [stream]: at.id.sequence };
    for (let upTo = at.id.sequence; upTo > known && this.searched < MAX_SEARCHED_EVENTS;) {
      const events = yield this.range({ ...at.id, sequence: upTo }, known);
      const [first] = events;
      if (first === undefined || idOf(first).sequence !== upTo) this.miss(eventIdText({ ...at.id, sequence: upTo }));
      if (first === undefined) return;
      for (const event of events) {
        this.searched += 1;
        at.event ??= event;
        if (this.isTooEarly(event)) return;
        for (const text of event.follows ?? []) this.follow(text, event, at);
      }
      upTo = idOf(events.at(-1) ?? first).sequence - 1;
    }
    if (known === 0) yield* this.lifeBefore(at);
  }

  private follow(text: string, follower: LoggedEvent, of: Reached): void {
    const id = parseEventId(text);
    if (id !== undefined) this.queue.push({ id, via: 'message', follower, of });
  }

  /** The first event of a life follows the last one of the life before. */
  private *lifeBefore(at: Reached): Search<void> {
    const { entity, generation } = at.id;
    const [last] = yield { kind: 'life-before', entity, generation };
    const follower = at.event;
    if (last === undefined || follower === undefined) return;
    this.queue.push({ id: idOf(last), via: 'entity', follower, of: at, event: last });
  }

  private isTooEarly(event: LoggedEvent): boolean {
    const time = timeOf(event);
    if (time === undefined) this.because ??= `${event.id} was recorded without a stamp`;
    return time === undefined || (this.floor !== undefined && compareTimes(time, this.floor) < 0);
  }

  private miss(id: string): void {
    this.because ??= `${id}, which is in the past of the later event, is not in the store`;
  }
}

/**
 * Decides whether one recorded event happened before another (CAU-4): in the same entity in the order of its lives and numbers, over
 * entities by the events that an event follows. The log is asked for what is wanted, a stretch at a time; hybrid times
 * say which of the two can be the earlier one, and below which nothing needs to be looked at.
 *
 * `before`, `after` and `equal` are proved by a path. `concurrent` is certain only when the whole past between both was there.
 *
 * @see Lamport 1978, "Time, clocks, and the ordering of events in a distributed system"; Fowler and Zwaenepoel 1990, "Causal distributed
 *   breakpoints": direct dependencies are recorded, the others are found by a search.
 */
export function* happenedBefore(a: LoggedEvent, b: LoggedEvent): Search<Causality> {
  const ends = { a: shown(a), b: shown(b) };
  const none = { path: [], omitted: 0, searched: 0 };
  if (a.id === b.id) return { ...ends, ...none, order: 'equal', certain: true };
  const [ofA, ofB] = [timeOf(a), timeOf(b)];
  const isSame = idOf(a).entity === idOf(b).entity;
  if (!isSame && (ofA === undefined || ofB === undefined)) {
    const because = `${ofA === undefined ? a.id : b.id} was recorded without a stamp`;
    return { ...ends, ...none, order: 'concurrent', certain: false, because };
  }
  const isAFirst = isSame
    ? isWithinEntity(idOf(a), idOf(b))
    : ofA !== undefined && ofB !== undefined && compareTimes(ofA, ofB) < 0;
  const [earlier, later] = isAFirst ? [a, b] : [b, a];
  const past = new Past(earlier);
  const found = yield* past.find(later);
  const { searched, because } = past;
  if (found === undefined) {
    const doubt = because === undefined ? { certain: true } : { certain: false, because };
    return { ...ends, ...none, order: 'concurrent', searched, ...doubt };
  }
  return { ...ends, ...bounded(pathOf(earlier, found)), order: isAFirst ? 'before' : 'after', certain: true, searched };
}
