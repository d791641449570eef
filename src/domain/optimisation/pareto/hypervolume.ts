import { lexically, onFront, type Losses } from './dominance';

/** The volume between one point and the reference. */
export function boxOf(point: Losses, reference: Losses): number {
  let volume = 1;
  for (let at = 0; at < reference.length; at++) volume *= (reference[at] ?? 0) - (point[at] ?? 0);
  return volume;
}

/** The worst of two points in each objective: the corner of what both dominate. */
export function cornerOf(a: Losses, b: Losses): Losses {
  return a.map((value, at) => Math.max(value, b[at] ?? value));
}

/** Sorted, without what others dominate and without repetitions. */
function cleaned(points: readonly Losses[]): readonly Losses[] {
  const sorted = points.toSorted(lexically);
  const isOn = onFront(sorted);
  return sorted.filter((point, at) => isOn[at] === true && (at === 0 || lexically(sorted[at - 1] ?? [], point) !== 0));
}

/** Of two objectives: the sum of slices from left to right. */
function ofTwo(front: readonly Losses[], reference: Losses): number {
  let above = reference[1] ?? 0;
  let volume = 0;
  for (const [x = 0, y = 0] of front) {
    volume += ((reference[0] ?? 0) - x) * (above - y);
    above = y;
  }
  return volume;
}

/** The volume that a front dominates: what each member alone adds to those behind it (WFG). */
function ofFront(front: readonly Losses[], reference: Losses): number {
  const [first, second] = front;
  if (first === undefined) return 0;
  if (second === undefined) return boxOf(first, reference);
  if (reference.length === 2) return ofTwo(front, reference);
  if (front.length === 2)
    return boxOf(first, reference) + boxOf(second, reference) - boxOf(cornerOf(first, second), reference);
  let volume = 0;
  for (const [at, member] of front.entries()) {
    const corners = front.slice(at + 1).map((other) => cornerOf(member, other));
    volume += boxOf(member, reference) - ofFront(cleaned(corners), reference);
  }
  return volume;
}

/**
 * The volume that some points dominate up to a reference. Exact for any number of objectives; O(n log n) for two, for more it
 * grows with their number (While, Bradstreet, Barone 2012, "A Fast Way of Calculating Exact Hypervolumes").
 *
 * @param reference worse than what counts: points that are not better in each objective add nothing
 */
export function hypervolume(points: readonly Losses[], reference: Losses): number {
  const inside = points.filter((point) => point.every((value, at) => value < (reference[at] ?? 0)));
  return ofFront(cleaned(inside), reference);
}
