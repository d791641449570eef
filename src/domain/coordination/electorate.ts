import { MAX_VOTERS, type Electorate, type Fraction, type Rule, type Voter } from '../../contracts/coordination/ballot';
import { show } from '../../contracts/ids';
import { hashOf } from '../canonical-json';

/** Highest weight of one voter and highest number in a fraction: products of them stay exact integers. */
const MAX_WEIGHT = 1_000_000;

const isWhole = (value: unknown, low: number, high: number): value is number =>
  Number.isInteger(value) && (value as number) >= low && (value as number) <= high;

/** `a/b` of `whole` is at most `part`, compared in integers (BAL-6). */
export function reaches(part: number, share: Fraction, whole: number): boolean {
  return part * share.denominator >= share.numerator * whole;
}

/** What is wrong with a fraction; `undefined` if it is above 0 and at most 1. */
function fractionProblem(what: string, share: Fraction): string | undefined {
  const { numerator, denominator } = share;
  return isWhole(denominator, 1, MAX_WEIGHT) && isWhole(numerator, 1, denominator)
    ? undefined
    : `${what} is a fraction of whole numbers above 0 and at most 1; got ${show(share)}`;
}

/** What is wrong with a rule for that many voters, in sentences; empty when nothing is. Pure. */
export function ruleProblems(rule: Rule, voters: number): string[] {
  const problems: (string | undefined)[] = [];
  const { threshold } = rule;
  if (threshold.kind === 'super-majority') {
    problems.push(fractionProblem('the share of a super-majority', threshold.share));
    if (threshold.share.numerator * 2 < threshold.share.denominator)
      problems.push(`a super-majority is at least one half; got ${show(threshold.share)}`);
  }
  if (threshold.kind === 'k-of-n' && !isWhole(threshold.k, 1, Math.max(voters, 1)))
    problems.push(`k of k-of-n lies in [1, ${String(voters)}], the number of voters; got ${show(threshold.k)}`);
  if (threshold.kind === 'median' && rule.quorum === undefined)
    problems.push('a median needs a quorum: without it one voter would decide for all');
  if (rule.quorum !== undefined) problems.push(fractionProblem('the quorum', rule.quorum));
  if (rule.cap !== undefined) problems.push(fractionProblem('the cap', rule.cap));
  const { standing = 'final' } = rule as { readonly standing?: unknown };
  if (standing !== 'final' && standing !== 'replaceable')
    problems.push(`a standing vote is final or replaceable; got ${show(standing)}`);
  return problems.filter((each) => each !== undefined);
}

/** What is wrong with an electorate, in sentences; empty when nothing is. Pure. */
export function electorateProblems(electorate: Electorate): string[] {
  const problems: string[] = [];
  const ids = new Set(electorate.map((voter) => voter.id));
  if (electorate.length > MAX_VOTERS)
    problems.push(`an electorate has at most ${String(MAX_VOTERS)} voters; got ${String(electorate.length)}`);
  if (ids.size < electorate.length) {
    const twice = electorate.find((voter, at) => electorate.findIndex((each) => each.id === voter.id) < at);
    problems.push(`each voter is named once; ${show(twice?.id)} is named twice`);
  }
  for (const voter of electorate) {
    if (!isWhole(voter.weight, 1, MAX_WEIGHT))
      problems.push(
        `the weight of ${voter.id} is a whole number from 1 to ${String(MAX_WEIGHT)}; got ${show(voter.weight)}`,
      );
    if (voter.proxy !== undefined && (voter.proxy === voter.id || !ids.has(voter.proxy)))
      problems.push(`the proxy of ${voter.id} is another voter; got ${show(voter.proxy)}`);
  }
  return problems;
}

/** What an electorate has that a rule does not know, in sentences: under the median nobody says yes or no. Pure. */
export function misfits(rule: Rule, electorate: Electorate): string[] {
  if (rule.threshold.kind !== 'median') return [];
  return electorate.flatMap(({ id, veto, standing }) => [
    ...(veto ? [`under the median nobody says no, so that ${id} can have no veto`] : []),
    ...(standing === undefined ? [] : [`under the median a vote is a number, so that ${id} can have no standing vote`]),
  ]);
}

/** Names a frozen electorate (BAL-1): the same voters, weights, proxies and vetoes have the same hash. */
export function electorateHash(electorate: Electorate): string {
  return hashOf(electorate);
}

/**
 * What each voter's vote counts for: its weight, at most the cap's share of all weights (rounded down, at least 1).
 * In the order of the electorate.
 */
export function countedWeights(electorate: Electorate, rule: Rule): ReadonlyMap<string, number> {
  const all = electorate.reduce((sum, voter) => sum + voter.weight, 0);
  const most =
    rule.cap === undefined ? all : Math.max(1, Math.floor((all * rule.cap.numerator) / rule.cap.denominator));
  return new Map(electorate.map((voter): [string, number] => [voter.id, Math.min(voter.weight, most)]));
}

/** The voter of that id. */
export function voterOf(electorate: Electorate, id: string): Voter | undefined {
  return electorate.find((voter) => voter.id === id);
}
