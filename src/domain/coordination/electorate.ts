import { MAX_VOTERS, type Electorate, type Fraction, type Rule, type Voter } from '../../contracts/coordination/ballot';
import { show } from '../../contracts/ids';
import { hashOf } from '../canonical-json';
import { delegationProblems } from './delegation';
import { isWhole } from '../whole';

/** Highest weight of one voter and highest number in a fraction: products of them stay exact integers. */
export const MAX_WEIGHT = 1_000_000;

/** `a/b` of `whole` is at most `part`, compared in integers (BAL-6). */
export function reaches(part: number, share: Fraction, whole: number): boolean {
  return part * share.denominator >= share.numerator * whole;
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
  problems.push(...delegationProblems(electorate));
  return problems;
}

/** Names a frozen electorate (BAL-1): the same voters, weights, proxies, delegations and vetoes have the same hash. */
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
