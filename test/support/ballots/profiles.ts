import fc from 'fast-check';
import type { OptionMethod, Profile, RankedBallot } from '../../../src/domain/coordination/options/profile';

/** Ballots as one writes them: `2: a>b>c`, several with commas between. Options are letters; those left out are last. */
export function profileOf(text: string, size: number): Profile {
  const ballots = text.split(',').map((each): RankedBallot => {
    const [weight = '', order = ''] = each.split(':');
    return {
      weight: Number(weight),
      order: [...order.replace(/[^a-z]/g, '')].map((letter) => letter.charCodeAt(0) - 97),
    };
  });
  return { size, ballots };
}

/** Winners as letters. */
export const winnersOf = (method: OptionMethod, profile: Profile): string =>
  method(profile)
    .winners.map((option) => String.fromCharCode(97 + option))
    .join('');

/** Any order of some of the options, or of all. */
export const orders = (size: number, isComplete = false): fc.Arbitrary<number[]> =>
  fc.shuffledSubarray(
    Array.from({ length: size }, (_each, at) => at),
    { minLength: isComplete ? size : 1 },
  );

/** At most five options and nine voters. */
export const profiles = (isComplete = false, most = 5): fc.Arbitrary<Profile> =>
  fc.integer({ min: 2, max: most }).chain((size) =>
    fc.record({
      size: fc.constant(size),
      ballots: fc.array(fc.record({ order: orders(size, isComplete), weight: fc.integer({ min: 1, max: 3 }) }), {
        minLength: 1,
        maxLength: 9,
      }),
    }),
  );

/** Where an option stands on a ballot; those left out share the last place. */
export const placeOf = ({ order }: RankedBallot, option: number): number => {
  const place = order.indexOf(option);
  return place < 0 ? order.length : place;
};

/** Weight of those who put one option above another, counted again from the ballots. */
export const above = ({ ballots }: Profile, a: number, b: number): number =>
  ballots.filter((ballot) => placeOf(ballot, a) < placeOf(ballot, b)).reduce((sum, { weight }) => sum + weight, 0);

const others = (size: number, option: number): number[] =>
  Array.from({ length: size }, (_each, at) => at).filter((at) => at !== option);

/** The option that beats every other one, two by two. */
export const condorcetWinner = (profile: Profile): number | undefined =>
  others(profile.size, -1).find((a) =>
    others(profile.size, a).every((b) => above(profile, a, b) > above(profile, b, a)),
  );

/** The option that loses against every other one. */
export const condorcetLoser = (profile: Profile): number | undefined =>
  others(profile.size, -1).find((a) =>
    others(profile.size, a).every((b) => above(profile, a, b) < above(profile, b, a)),
  );

/** The option that more than half of the weight puts first. */
export const majorityWinner = ({ size, ballots }: Profile): number | undefined => {
  const whole = ballots.reduce((sum, { weight }) => sum + weight, 0);
  const firsts = (option: number): number =>
    ballots.reduce((sum, { order, weight }) => (order[0] === option ? sum + weight : sum), 0);
  return others(size, -1).find((option) => firsts(option) * 2 > whole);
};
