/** The share of trials, from the best, that earns anything. */
const TOP = 0.25;

/**
 * What a trial earns by its rank among all so far: 1 for the best, falling to 0 at the end of the best quarter. Losses have no
 * size here, so shrinking improvements earn what early ones do, and who is drawn blindly earns the same in the mean at any
 * time, about TOP / 2: the baseline. Only the top pays, because the best is sought, not the mean.
 *
 * A trial that equals an earlier one in its loss stands behind it.
 *
 * @param earlier losses of feasible trials that had ended; NaN for others
 * @returns 0 to 1
 * @see Fialho et al. 2010 and Ansel et al. 2014 (OpenTuner) on credit by rank; Cicirello & Smith 2005 on the max-k-armed bandit
 */
export function creditOf(earlier: Iterable<number>, loss: number): number {
  let [before, count] = [0, 1];
  for (const other of earlier) {
    if (Number.isNaN(other)) continue;
    count += 1;
    if (other <= loss) before += 1;
  }
  return byQuantile((before + 0.5) / count);
}

/** The same by the share of trials that are better. */
export function byQuantile(quantile: number): number {
  return Math.max(0, 1 - quantile / TOP);
}
