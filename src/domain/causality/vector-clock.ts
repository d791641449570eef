import type { Departed, Dot, Order, VectorClock } from '../../contracts/causality';

/** How many events of an actor a clock knows. */
export function countOf(clock: VectorClock, actor: string): number {
  return Object.hasOwn(clock, actor) ? (clock[actor] ?? 0) : 0;
}

/** True when the clock knows the event. */
export function covers(clock: VectorClock, { actor, count }: Dot): boolean {
  return countOf(clock, actor) >= count;
}

const isWithin = (one: VectorClock, other: VectorClock): boolean =>
  Object.entries(one).every(([actor, count]) => covers(other, { actor, count }));

/**
 * How one clock stands to another: `before` when the other knows all that it knows, and more (CAU-1). A partial order. O(n).
 *
 * @see Fidge 1988, "Timestamps in message-passing systems that preserve the partial ordering"; Mattern 1989.
 */
export function compareClocks(one: VectorClock, other: VectorClock): Order {
  const isBelow = isWithin(one, other);
  const isAbove = isWithin(other, one);
  if (isBelow && isAbove) return 'equal';
  if (isBelow) return 'before';
  return isAbove ? 'after' : 'concurrent';
}

/** What both know together: commutative, associative, idempotent (CAU-1). */
export function mergeClocks(one: VectorClock, other: VectorClock): VectorClock {
  const more = Object.entries(other).filter(([actor, count]) => count > countOf(one, actor));
  return more.length === 0 ? one : { ...one, ...Object.fromEntries(more) };
}

/** The clock after one more event of the actor; strictly after the clock before (CAU-1). */
export function tickClock(clock: VectorClock, actor: string): VectorClock {
  return { ...clock, [actor]: countOf(clock, actor) + 1 };
}

/**
 * Decides whether the entry of a dead actor may go, and by which mark. The caller knows that it is dead: `last` was its last
 * event. `by` is the live actor that decides, and its next event is the mark: tick its clock when this answers.
 *
 * @param live the clock of every live actor, as it last told
 * @returns `undefined` as long as somebody does not know the last event
 */
export function departure(
  { actor, count: last }: Dot,
  by: string,
  live: Readonly<Record<string, VectorClock>>,
): Departed | undefined {
  const own = Object.hasOwn(live, by) ? live[by] : undefined;
  if (own === undefined || Object.hasOwn(live, actor)) return undefined;
  const isKnown = Object.values(live).every((clock) => covers(clock, { actor, count: last }));
  return isKnown ? { last, mark: { actor: by, count: countOf(own, by) + 1 } } : undefined;
}

/**
 * Takes the entries of departed actors out of a clock that knows their marks (CAU-2). Never by size or age: what is cut so never
 * agrees again. No entry of a live actor goes. Between clocks that were pruned by the same record, and with any that was not,
 * an order is kept or lost to `concurrent`, never turned round; prune both before you ask whether they are equal.
 *
 * Repeating it is safe. The mark makes it so: whatever lacks the entry and knows the mark knew the last event, so a clock that
 * knew less of the actor can never seem to be later.
 *
 * @see Akka distributed data, pruning of removed nodes. We differ: the count is not moved to another actor, the mark stands for it.
 */
export function pruneClock(clock: VectorClock, departed: Readonly<Record<string, Departed>>): VectorClock {
  const kept = Object.entries(clock).filter(([actor, count]) => {
    const gone = Object.hasOwn(departed, actor) ? departed[actor] : undefined;
    if (gone === undefined) return true;
    return count !== gone.last || !covers(clock, gone.mark);
  });
  return Object.fromEntries(kept);
}
