/** How one thing stands to another: a partial order. */
export type Order = 'before' | 'after' | 'equal' | 'concurrent';

/** So many events of each actor are known; an actor that is not named has none. Counts are whole numbers from 1. */
export type VectorClock = Readonly<Record<string, number>>;

/** One event: the `count`th of its actor. */
export interface Dot {
  readonly actor: string;
  readonly count: number;
}

/**
 * An actor that is dead, and whose last event every live actor knows. `mark` is an event of a live actor that knew both: a
 * clock that knows the mark knows the last event, too.
 */
export interface Departed {
  readonly last: number;
  readonly mark: Dot;
}

/** One value of a key that nobody has overwritten, and the dot of the write that made it. */
export interface Sibling<T> {
  readonly dot: Dot;
  readonly value: T;
}

/** The values of one key at one replica. More than one sibling: writers did not know of each other. Plain JSON. */
export interface Versions<T> {
  /** All writes that this replica knows, those that were overwritten included. */
  readonly context: VectorClock;
  readonly siblings: readonly Sibling<T>[];
}

/** A time of a hybrid clock: milliseconds that are never behind the events that it knows, and a number within them. */
export interface HybridTime {
  readonly ms: number;
  readonly counter: number;
}

/** What a message carries of the knowledge of its sender. */
export interface Stamp {
  /** Hybrid time and node: `<ms, 15 digits>.<counter, 6 digits>@<workflow id>`. */
  readonly hlc: string;
  /** The last event of the sender, and the last ones that it has heard of since: `<stream>/<number>`. */
  readonly follows: readonly string[];
}

/** A stamp that is ahead of the receiver's clock by more than this is refused, `clock-drift`. */
export const MAX_DRIFT_MS = 60_000;
/** An entity that has heard of more events than these since its last own one says `entity.heard`: none is forgotten. */
export const MAX_HEARD = 64;
/** A stamp names at most so many events: what may be heard, and the last own one. */
export const MAX_FOLLOWED = MAX_HEARD + 1;
/** So many events of the log one query looks at. */
export const MAX_SEARCHED_EVENTS = 20_000;
/** A path that is longer loses its middle, and says how many events were left out. */
export const MAX_PATH_EVENTS = 100;

/** One event of an answer. */
export interface CausalEvent {
  /** `<space>:<kind>:<name>~<generation>/<number>`. */
  readonly id: string;
  readonly position: number;
  readonly type: string;
  readonly source: string;
  readonly time: string;
  /** Hybrid time and node; absent of an event that was recorded without. */
  readonly hlc?: string;
}

/** One event of a path, and how it follows the one before: in the same entity, or by a message (a reply or a start, too). */
export interface PathEvent extends CausalEvent {
  readonly via?: 'entity' | 'message';
}

/** The answer to "did A happen before B?" */
export interface Causality {
  readonly a: CausalEvent;
  readonly b: CausalEvent;
  /** How A stands to B. `before`: A may have been a cause of B. */
  readonly order: Order;
  /** From the earlier to the later one, both included, with the fewest messages; empty when neither is. */
  readonly path: readonly PathEvent[];
  /** Events in the middle of the path that were left out. */
  readonly omitted: number;
  /** False: an order may have been missed, see `because`. `before`, `after` and `equal` are always certain. */
  readonly certain: boolean;
  readonly because?: string;
  /** Events that were looked at. */
  readonly searched: number;
}
