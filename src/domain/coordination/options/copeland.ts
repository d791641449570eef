import { highest, optionsOf, preferences, type OptionMethod } from './profile';

/**
 * The option that beats most others, two by two: two points for each that it beats, one for each that it ties with.
 *
 * @see Copeland 1951; with one half for a tie, here in whole numbers.
 */
export const copeland: OptionMethod = (profile) => {
  const above = preferences(profile);
  const against = (a: number, b: number): number => (above[a]?.[b] ?? 0) - (above[b]?.[a] ?? 0);
  const options = optionsOf(profile);
  const points = (a: number): number =>
    options.reduce((sum, b) => (a === b ? sum : sum + 1 + Math.sign(against(a, b))), 0);
  return highest(options.map(points));
};
