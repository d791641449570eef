import { optionsOf, preferences, type OptionMethod } from './profile';

/**
 * The options that no other one beats by a stronger path. A path is as strong as its weakest victory; a victory is as strong as
 * the weight of those who put its winner first of the two (winning votes). O(options³).
 *
 * The scores are how many others an option beats so; those that win need not beat all.
 *
 * @see Schulze 2011, "A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent single-winner election
 *   method", with the strength "winning votes". We differ: a tie is left a tie, where the paper draws lots.
 */
export const schulze: OptionMethod = (profile) => {
  const above = preferences(profile);
  const options = optionsOf(profile);
  const strengths = options.map((a) =>
    options.map((b) => {
      const [won = 0, lost = 0] = [above[a]?.[b], above[b]?.[a]];
      return won > lost ? won : 0;
    }),
  );
  const strength = (a: number, b: number): number => strengths[a]?.[b] ?? 0;
  const widen = (a: number, row: number[], via: number): void => {
    for (const b of options)
      if (a !== b) row[b] = Math.max(strength(a, b), Math.min(strength(a, via), strength(via, b)));
  };
  for (const via of options) for (const [a, row] of strengths.entries()) widen(a, row, via);
  const beats = (a: number, b: number): boolean => strength(a, b) > strength(b, a);
  return {
    winners: options.filter((a) => !options.some((b) => beats(b, a))),
    scores: options.map((a) => options.filter((b) => beats(a, b)).length),
  };
};
