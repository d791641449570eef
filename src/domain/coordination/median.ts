import type { Cast, Choice, Electorate, Rule } from '../../contracts/coordination/ballot';
import { countedWeights } from './electorate';
import { ballotOf, count, hasQuorum } from './tally';

/** What each voter who has one says of a number: a set, so that no order of arrival can matter (BAL-2). */
export type Numbers = ReadonlyMap<string, number | 'abstain'>;

/** What numbers decide. Without a quorum, or without any number, `value` is the one that is there. */
interface Median {
  readonly value: number;
  /** Counted weight of those who named a number. */
  readonly weight: number;
  readonly isQuorate: boolean;
}

/**
 * The weighted median of votes, as near to the present value as it goes: that value between the lower and the upper median.
 *
 * Half of the weight may leave a choice between two votes; the present value stays if it lies between them. Hence nobody,
 * and no group with at most half of the weight, can move the value out of the range of the other votes; less than half
 * cannot keep it out of that range either. The lower median alone would let one half do so. Pure; O(n log n).
 *
 * @param votes numbers with positive weights, in any order; `Infinity` and `-Infinity` are allowed
 * @param present the value that is there, and the answer where nobody votes
 * @returns one of the votes, or `present`
 */
export function weightedMedian(
  votes: readonly { readonly value: number; readonly weight: number }[],
  present: number,
): number {
  const whole = votes.reduce((sum, { weight }) => sum + weight, 0);
  const ascending = [...votes].sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0));
  let lower: number | undefined;
  let upTo = 0;
  for (const { value, weight } of ascending) {
    upTo += weight;
    if (lower === undefined && upTo * 2 >= whole) lower = value;
    if (lower !== undefined && upTo * 2 > whole) return Math.min(Math.max(present, lower), value);
  }
  return present;
}

/**
 * What these ballots, and nothing more, decide. Weights are counted as everywhere: at most the cap's share (BAL-8). Where some
 * may lie each voter counts once, and more than twice as many must name a number: what is decided lies then within the numbers
 * of the honest, since on either side of it there is one of them.
 */
export function medianOf(
  electorate: Electorate,
  rule: Rule,
  numbers: Numbers,
  lost: ReadonlySet<string>,
  present: number,
): Median {
  const { threshold } = rule;
  const liars = threshold.kind === 'resilient-median' ? threshold.liars : undefined;
  const weights = countedWeights(electorate, rule);
  const votes = electorate.flatMap((voter) => {
    const value = ballotOf(voter, rule, numbers, lost);
    return typeof value === 'number' ? [{ value, weight: liars === undefined ? (weights.get(voter.id) ?? 0) : 1 }] : [];
  });
  const choices = new Map(
    [...numbers].map(([voter, said]): [string, Choice] => [voter, said === 'abstain' ? said : 'value']),
  );
  const counted = count(electorate, rule, choices, lost);
  const isQuorate = votes.length > 2 * (liars ?? 0) && hasQuorum(rule, counted);
  return { value: isQuorate ? weightedMedian(votes, present) : present, weight: counted.named, isQuorate };
}

/**
 * The value that is decided whatever the outstanding voters do (BAL-3): tested at the extremes, all of them below any
 * number, all above, all lost. What lies between them decides between them, since the median rises with each vote.
 * @returns `undefined` while it still depends on them.
 */
export function settledMedian(
  electorate: Electorate,
  rule: Rule,
  numbers: Numbers,
  lost: ReadonlySet<string>,
  present: number,
): number | undefined {
  const outstanding = electorate.flatMap(({ id }) => (numbers.has(id) || lost.has(id) ? [] : [id]));
  const all = (value: number): Numbers => new Map([...numbers, ...outstanding.map((id) => [id, value] as const)]);
  const { value } = medianOf(electorate, rule, numbers, new Set([...lost, ...outstanding]), present);
  const extremes = [-Infinity, Infinity].map((end) => medianOf(electorate, rule, all(end), lost, present).value);
  return extremes.every((each) => each === value) ? value : undefined;
}

/** The numbers that casts name. The first of a voter is final (BAL-5); yes and no name none. */
export function numbersOf(casts: readonly Cast[]): Numbers {
  const numbers = new Map<string, number | 'abstain'>();
  for (const { voter, value = 'abstain' } of casts) if (!numbers.has(voter)) numbers.set(voter, value);
  return numbers;
}
