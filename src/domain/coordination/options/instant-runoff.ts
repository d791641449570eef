import { optionsOf, summed, type OptionMethod, type Profile, type RankedBallot } from './profile';

/** Weight of each option that is left, on the ballots whose first option left it is. */
function firsts(profile: Profile, left: ReadonlySet<number>): readonly number[] {
  const first = new Map(profile.ballots.map((ballot) => [ballot, ballot.order.find((option) => left.has(option))]));
  return summed(profile, (ballot: RankedBallot, option) => (first.get(ballot) === option ? 1 : 0));
}

/** Ballots that say the same are one: the rounds are then as long as there are opinions, not voters. */
function merged({ size, ballots }: Profile): Profile {
  const weights = new Map<string, RankedBallot>();
  for (const { order, weight } of ballots) {
    const key = order.join();
    weights.set(key, { order, weight: weight + (weights.get(key)?.weight ?? 0) });
  }
  return { size, ballots: [...weights.values()] };
}

/**
 * The option that is left when the one with the fewest first places is struck out again and again.
 *
 * Where several have fewest, each may be the one that is struck out: all options that could win so are the winners, so that no
 * order of options decides. Options that are first of nobody are struck out at once. At most 2^options rounds, and one for each
 * option without ties. The scores are the first places at the beginning.
 *
 * @see Hare 1873; ties by parallel universes as in Conitzer, Rognlie and Xia 2009, "Preference functions that score rankings".
 */
export const instantRunoff: OptionMethod = (profile) => {
  const opinions = merged(profile);
  const all = optionsOf(profile);
  const winners = new Set<number>();
  const seen = new Set<string>();
  const waiting: (readonly number[])[] = [all];
  for (let left = waiting.pop(); left !== undefined; left = waiting.pop()) {
    const key = left.join();
    if (seen.has(key)) continue;
    seen.add(key);
    const counts = firsts(opinions, new Set(left));
    const least = Math.min(...left.map((option) => counts[option] ?? 0));
    const last = left.filter((option) => counts[option] === least);
    if (last.length === left.length && (least === 0 || left.length === 1))
      for (const option of left) winners.add(option);
    else if (least === 0) waiting.push(left.filter((option) => !last.includes(option)));
    else for (const out of last) waiting.push(left.filter((option) => option !== out));
  }
  return { winners: [...winners].sort((a, b) => a - b), scores: firsts(opinions, new Set(all)) };
};
