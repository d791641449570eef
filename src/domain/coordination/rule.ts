import {
  OPTION_RULES,
  type Electorate,
  type Fraction,
  type OptionRule,
  type Rule,
} from '../../contracts/coordination/ballot';
import { show } from '../../contracts/ids';
import { isWhole } from '../whole';
import { MAX_WEIGHT } from './electorate';

type Threshold = Rule['threshold'];

/** Whether a rule chooses one of several options. */
export function isOptionRule(kind: string): kind is OptionRule {
  return OPTION_RULES.some((each) => each === kind);
}

/** What voters say under a rule: yes or no, a number, or names of options. */
export function takesOf({ threshold: { kind } }: Rule): 'answer' | 'number' | 'ranking' {
  if (kind === 'median' || kind === 'resilient-median') return 'number';
  return isOptionRule(kind) ? 'ranking' : 'answer';
}

/** What is wrong with a fraction; `undefined` if it is above 0 and at most 1. */
function fractionProblem(what: string, share: Fraction | undefined): string | undefined {
  const { numerator, denominator } = share ?? {};
  return isWhole(denominator, 1, MAX_WEIGHT) && isWhole(numerator, 1, denominator)
    ? undefined
    : `${what} is a fraction of whole numbers above 0 and at most 1; got ${show(share)}`;
}

/** How many may lie: none that is honest must be missing for a decision, so at most (n - 1) / 3. */
function liarsProblem(liars: number, voters: number): string | undefined {
  if (!isWhole(liars, 1, MAX_WEIGHT)) return `how many may lie is a whole number from 1; got ${show(liars)}`;
  const needed = 3 * liars + 1;
  if (voters >= needed) return undefined;
  return `of ${String(voters)} voters ${String(liars)} cannot lie: at least ${String(needed)} must vote, or the liars decide alone whether anything is adopted`;
}

const isBelowHalf = ({ share }: { readonly share?: Fraction }): boolean =>
  share !== undefined && share.numerator * 2 < share.denominator;

function thresholdProblems(threshold: Threshold, voters: number): (string | undefined)[] {
  switch (threshold.kind) {
    case 'super-majority':
      return [
        fractionProblem('the share of a super-majority', threshold.share),
        isBelowHalf(threshold) ? `a super-majority is at least one half; got ${show(threshold.share)}` : undefined,
      ];
    case 'k-of-n':
      return isWhole(threshold.k, 1, Math.max(voters, 1))
        ? []
        : [`k of k-of-n lies in [1, ${String(voters)}], the number of voters; got ${show(threshold.k)}`];
    case 'resilient':
    case 'resilient-median':
      return [liarsProblem(threshold.liars, voters)];
    default:
      return [];
  }
}

function quorumProblem(rule: Rule): string | undefined {
  if (rule.quorum !== undefined) return fractionProblem('the quorum', rule.quorum);
  if (rule.threshold.kind === 'median') return 'a median needs a quorum: without it one voter would decide for all';
  if (takesOf(rule) === 'ranking')
    return `${rule.threshold.kind} needs a quorum: without it one voter would decide for all`;
  return undefined;
}

/** What is wrong with a rule for that many voters, in sentences; empty when nothing is. Pure. */
export function ruleProblems(rule: Rule, voters: number): string[] {
  const problems = [...thresholdProblems(rule.threshold, voters), quorumProblem(rule)];
  if (rule.cap !== undefined) problems.push(fractionProblem('the cap', rule.cap));
  const { standing = 'final', ties = 'keep' } = rule as { readonly standing?: unknown; readonly ties?: unknown };
  if (standing !== 'final' && standing !== 'replaceable')
    problems.push(`a standing vote is final or replaceable; got ${show(standing)}`);
  if (ties !== 'keep' && ties !== 'listed') problems.push(`ties keep or go to the first listed; got ${show(ties)}`);
  return problems.filter((each) => each !== undefined);
}

/** What an electorate has that a rule does not know, in sentences: where nobody says no there is no veto. Pure. */
export function misfits(rule: Rule, electorate: Electorate): string[] {
  const { kind } = rule.threshold;
  const isResilient = kind === 'resilient' || kind === 'resilient-median';
  const under = kind === 'median' ? 'the median' : kind;
  const said = takesOf(rule) === 'number' ? 'a number' : 'a list of options';
  const problems = electorate.flatMap(({ id, veto, standing, delegate }) => {
    const isAnswer = takesOf(rule) === 'answer';
    return [
      ...(veto && !isAnswer ? [`under ${under} nobody says no, so that ${id} can have no veto`] : []),
      ...(veto && kind === 'resilient'
        ? [`under resilient one liar with a veto would decide, so that ${id} can have none`]
        : []),
      ...(standing !== undefined && !isAnswer
        ? [`under ${under} a vote is ${said}, so that ${id} can have no standing vote`]
        : []),
      ...(delegate !== undefined && isResilient
        ? [`under ${kind} one liar is one voter, so that ${id} cannot delegate its vote`]
        : []),
    ];
  });
  if (isResilient && rule.lost === 'proxy')
    problems.push(
      `under ${kind} one liar is one voter, so that nobody votes for another one: lost is count or exclude`,
    );
  return problems;
}
