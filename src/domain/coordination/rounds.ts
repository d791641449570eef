import type { Cast, Electorate, Feedback, Round, RoundPlan, Rule } from '../../contracts/coordination/ballot';
import { speakersOf } from './delegation';
import { countedWeights } from './electorate';
import { numbersOf } from './median';

/** A number with the weight behind it. */
interface Weighed {
  readonly value: number;
  readonly weight: number;
}

/** The smallest number that at least that many quarters of the weight do not exceed. */
function quartile(ascending: readonly Weighed[], quarters: 1 | 2 | 3): number | undefined {
  const whole = ascending.reduce((sum, { weight }) => sum + weight, 0);
  let upTo = 0;
  for (const { value, weight } of ascending) {
    upTo += weight;
    if (upTo * 4 >= whole * quarters) return value;
  }
  return undefined;
}

/**
 * What voters learn of a round: how many named a number, and the quartiles of what they named, by weight. No names, no order, no
 * reasons. Pure; the order of the casts does not matter.
 * @returns nothing where nobody named a number
 */
export function feedbackOf(
  electorate: Electorate,
  rule: Rule,
  casts: readonly Cast[],
  round: number,
): Feedback | undefined {
  const speakers = speakersOf(electorate);
  const weights = countedWeights(speakers, rule);
  const isByHeads = rule.threshold.kind === 'resilient-median';
  const numbers = numbersOf(casts);
  const named = speakers.flatMap(({ id }): Weighed[] => {
    const value = numbers.get(id);
    return typeof value === 'number' ? [{ value, weight: isByHeads ? 1 : (weights.get(id) ?? 0) }] : [];
  });
  const ascending = named.sort((a, b) => a.value - b.value);
  const [lower, median, upper] = ([1, 2, 3] as const).map((quarters) => quartile(ascending, quarters));
  if (lower === undefined || median === undefined || upper === undefined) return undefined;
  return { round, named: named.length, lower, median, upper };
}

/**
 * Whether a round was the last one: nobody named a number, the middle half of the weight lies within the spread, or there are no
 * more rounds. So it ends after `most` rounds whatever voters do; that they agree then is not promised.
 */
export function isLastRound(plan: RoundPlan, round: number, { feedback }: Pick<Round, 'feedback'>): boolean {
  return round >= plan.most || feedback === undefined || feedback.upper - feedback.lower <= plan.spread;
}
