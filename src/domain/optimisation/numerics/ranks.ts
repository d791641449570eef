/** The ranks of some numbers, and how far they are tied. */
export interface Ranked {
  /** By size, from 1, equal ones their mean; in the order of the numbers. */
  readonly ranks: readonly number[];
  /** Sum of t³ − t over groups of t equal ones. */
  readonly tied: number;
}

/** Ranks numbers. */
export function ranked(sizes: readonly number[]): Ranked {
  const order = sizes.map((_size, at) => at).sort((a, b) => (sizes[a] ?? 0) - (sizes[b] ?? 0));
  const ranks = sizes.map(() => 0);
  let tied = 0;
  for (let first = 0; first < order.length;) {
    let next = first + 1;
    while (next < order.length && sizes[order[next] ?? 0] === sizes[order[first] ?? 0]) next += 1;
    for (const at of order.slice(first, next)) ranks[at] = (first + 1 + next) / 2;
    const count = next - first;
    tied += count ** 3 - count;
    first = next;
  }
  return { ranks, tied };
}
