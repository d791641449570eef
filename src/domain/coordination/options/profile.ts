/** One voter, or several of one mind: options by their place in the list, the best first. Those left out are below, as equals. */
export interface RankedBallot {
  readonly order: readonly number[];
  /** A positive whole number. */
  readonly weight: number;
}

/** What a rule for options is asked: how many there are, and what voters say, in any order. */
export interface Profile {
  readonly size: number;
  readonly ballots: readonly RankedBallot[];
}

/** What a rule answers. All in whole numbers, so that a tie is a tie everywhere. */
export interface Ranked {
  /** Options that win, in their order; several are a tie. Every option where nobody ranked any. */
  readonly winners: readonly number[];
  /** What the rule counts, by option. */
  readonly scores: readonly number[];
}

/**
 * A rule that chooses among options. Pure and total; the same for voters in any order (anonymous), and it renames its winners as
 * options are renamed (neutral): hence it may answer several, and what becomes of a tie is decided elsewhere.
 */
export type OptionMethod = (profile: Profile) => Ranked;

/** The numbers below `size`. */
export const optionsOf = ({ size }: Pick<Profile, 'size'>): readonly number[] =>
  Array.from({ length: size }, (_each, option) => option);

/** A score for each option: what `points` gives it, summed over the ballots. */
export function summed(profile: Profile, points: (ballot: RankedBallot, option: number) => number): readonly number[] {
  return optionsOf(profile).map((option) =>
    profile.ballots.reduce((sum, ballot) => sum + points(ballot, option) * ballot.weight, 0),
  );
}

/** The options with the highest score. */
export function highest(scores: readonly number[]): Ranked {
  const best = Math.max(...scores);
  return { winners: scores.flatMap((score, option) => (score === best ? [option] : [])), scores };
}

/** Weight of those who put one option above another: `[a][b]`. */
export function preferences({ size, ballots }: Profile): readonly (readonly number[])[] {
  const above = Array.from({ length: size }, () => Array.from({ length: size }, () => 0));
  for (const { order, weight } of ballots) {
    const places = placesOf(order, size);
    const isAbove = (a: number, b: number): boolean => (places[a] ?? 0) < (places[b] ?? 0);
    for (const [a, row] of above.entries())
      for (const [b, sum] of row.entries()) row[b] = isAbove(a, b) ? sum + weight : sum;
  }
  return above;
}

/** The place of each option in a ranking; all that are left out share the last one. */
function placesOf(order: readonly number[], size: number): readonly number[] {
  const places = Array.from({ length: size }, () => order.length);
  for (const [place, option] of order.entries()) places[option] = place;
  return places;
}
