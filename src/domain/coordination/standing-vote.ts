import type { Choice, StandingVote } from '../../contracts/coordination/ballot';
import { show } from '../../contracts/ids';

type Values = Readonly<Record<string, string | number | boolean>>;

/**
 * Evaluates a standing vote on the values as they would be after the commit (BAL-8).
 *
 * Every condition on a variable that is there must hold for a yes; a variable that is absent or not named is accepted.
 * Pure: the same vote on the same values gives the same ballot and the same reason.
 */
export function standingBallot(
  vote: StandingVote,
  values: Values,
): { readonly choice: Choice; readonly reason: string } {
  const names = Object.keys(vote).sort();
  const broken = names.flatMap((name) => objections(name, vote[name]?.accept ?? {}, values[name]));
  return broken.length === 0
    ? { choice: 'yes', reason: `accepts ${names.join(', ') || 'everything'}` }
    : { choice: 'no', reason: broken.join('; ') };
}

function objections(name: string, accept: StandingVote[string]['accept'], value: Values[string] | undefined): string[] {
  if (value === undefined) return [];
  const { atMost, atLeast, oneOf } = accept;
  const found: string[] = [];
  if (atMost !== undefined && !(typeof value === 'number' && value <= atMost))
    found.push(`${name} must be at most ${String(atMost)}; would be ${show(value)}`);
  if (atLeast !== undefined && !(typeof value === 'number' && value >= atLeast))
    found.push(`${name} must be at least ${String(atLeast)}; would be ${show(value)}`);
  if (oneOf !== undefined && !oneOf.includes(value))
    found.push(`${name} must be one of ${show(oneOf)}; would be ${show(value)}`);
  return found;
}

/** What is wrong with a standing vote among these variables, in sentences; empty when nothing is. */
export function standingProblems(voter: string, vote: StandingVote, variables: readonly string[]): string[] {
  return Object.entries(vote).flatMap(([name, { accept }]) => {
    const problems: string[] = [];
    if (!variables.includes(name)) problems.push(`the standing vote of ${voter} names no variable ${show(name)}`);
    if (accept.atMost === undefined && accept.atLeast === undefined && accept.oneOf === undefined)
      problems.push(`the standing vote of ${voter} on ${name} accepts nothing: give atMost, atLeast or oneOf`);
    return problems;
  });
}
