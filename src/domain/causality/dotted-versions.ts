import type { Dot, Sibling, VectorClock, Versions } from '../../contracts/causality';
import { countOf, covers, mergeClocks } from './vector-clock';

/** A key that nobody has written. */
export const NO_VERSIONS: Versions<never> = { context: {}, siblings: [] };

/**
 * Takes a write: it overwrites what its writer had read, and stands beside what it had not (CAU-3). `context` is that of the
 * read, `{}` for a writer that has read nothing. `actor` is the replica that takes the write, which must use each of its
 * numbers once; any number of clients may write through it, so the size follows the replicas.
 *
 * @see Preguiça, Baquero, Almeida, Fonte and Gonçalves 2010, "Dotted version vectors: logical clocks for optimistic
 *   replication"; 2012, "Efficient causality tracking in distributed storage systems with dotted version vectors". We differ: a dot for each sibling beside one
 *   context for all of them, as in their later DVV sets.
 */
export function writeVersion<T>(versions: Versions<T>, actor: string, value: T, context: VectorClock): Versions<T> {
  const known = mergeClocks(versions.context, context);
  const dot: Dot = { actor, count: countOf(known, actor) + 1 };
  const siblings = [...discardVersions(versions, context).siblings, { dot, value }];
  return { context: { ...known, [actor]: dot.count }, siblings };
}

/** Takes away what a reader with that context has seen: a deletion, or the end of a conflict. Nothing that it has not seen goes. */
export function discardVersions<T>(versions: Versions<T>, context: VectorClock): Versions<T> {
  const siblings = versions.siblings.filter(({ dot }) => !covers(context, dot));
  return { context: mergeClocks(versions.context, context), siblings };
}

const isIn = (siblings: readonly Sibling<unknown>[], { actor, count }: Dot): boolean =>
  siblings.some(({ dot }) => dot.actor === actor && dot.count === count);

/**
 * What two replicas of a key know together: a sibling that one of them lacks stays only when the other has never seen it.
 * Commutative up to the order of siblings, associative, idempotent. O(n²) in siblings.
 */
export function mergeVersions<T>(one: Versions<T>, other: Versions<T>): Versions<T> {
  const ofOne = one.siblings.filter(({ dot }) => isIn(other.siblings, dot) || !covers(other.context, dot));
  const ofOther = other.siblings.filter(({ dot }) => !covers(one.context, dot));
  return { context: mergeClocks(one.context, other.context), siblings: [...ofOne, ...ofOther] };
}
