import { MAX_DEADLINE_MS } from '../contracts/coordination/ballot';
import type { VariableSetSpec } from '../contracts/variable-set';
import { MAX_VARIABLES, type VariableSpec } from '../contracts/variable';
import { parseName, show } from '../contracts/ids';
import { hashOf } from './canonical-json';
import { electorateProblems } from './coordination/electorate';
import { misfits, ruleProblems, takesOf } from './coordination/rule';
import { standingProblems } from './coordination/standing-vote';
import { checkValue, variableProblems } from './variable';
import { brokenConstraints, defaultValues, type Constraints } from './variable-set';

/** Names the declarative part of a definition; the order of variables counts, because conditions and reads follow it. */
export function definitionHash(spec: VariableSetSpec): string {
  return hashOf({ ...spec, order: Object.keys(spec.variables) });
}

/**
 * Everything that is wrong with a definition, in sentences; empty when nothing is (VAR-6). Runs when the definition is
 * written, so that a bad one is refused before anything starts. Pure, except for what a constraint function does.
 */
export function setProblems(spec: VariableSetSpec, constraints: Constraints): readonly string[] {
  const names = Object.keys(spec.variables);
  const problems = Object.entries(spec.variables).flatMap(([name, variable]) => variableProblems(name, variable));
  const name = parseName('variables', spec.name);
  if (typeof name !== 'string') problems.unshift(name.message);
  if (names.length === 0 || names.length > MAX_VARIABLES)
    problems.push(`a set has 1 to ${String(MAX_VARIABLES)} variables; got ${String(names.length)}`);
  problems.push(...conditionProblems(spec), ...decisionProblems(spec));
  for (const constraint of spec.constraints) {
    const unknown = constraint.on.filter((each) => !names.includes(each));
    if (unknown.length > 0) problems.push(`the constraint ${constraint.name} names no variable ${show(unknown[0])}`);
    if (constraint.on.length === 0) problems.push(`the constraint ${constraint.name} names the variables it reads`);
  }
  if (problems.length > 0) return problems;
  return brokenConstraints(spec, constraints, defaultValues(spec)).map(
    (each) => `the defaults break a constraint: ${each.message}`,
  );
}

/** What is wrong with the conditions of variables: each names an earlier one that has choices, and a value it can have. */
export function conditionProblems(spec: Pick<VariableSetSpec, 'variables'>): string[] {
  const earlier = new Set<string>();
  return Object.entries(spec.variables).flatMap(([name, variable]) => {
    const problems = Object.entries(variable.when ?? {}).flatMap(([on, value]): string[] => {
      const other = spec.variables[on];
      if (other === undefined) return [`the condition of ${name} names no variable ${show(on)}`];
      if (!earlier.has(on)) return [`the condition of ${name} names ${on}, which does not stand before it`];
      if (other.kind === 'float' || other.kind === 'int' || other.kind === 'text')
        return [`the condition of ${name} names ${on}, which has no choices but is of kind ${other.kind}`];
      const unfit = checkValue(on, other, value);
      return unfit === undefined ? [] : [`the condition of ${name} can never hold: ${unfit.message}`];
    });
    earlier.add(name);
    return problems;
  });
}

/** The median decides on a number that is always there. */
function medianProblems([name, variable]: [string, VariableSpec]): string[] {
  if (variable.policy !== 'consensus') return [];
  const { kind, when } = variable;
  return [
    ...(kind === 'float' || kind === 'int' ? [] : [`the median decides on numbers, and ${name} is of kind ${kind}`]),
    ...(when === undefined ? [] : [`the median decides on what is always there, and ${name} has a condition`]),
  ];
}

function decisionProblems(spec: VariableSetSpec): string[] {
  const { rule, electorate } = spec;
  const problems = [...electorateProblems(electorate), ...ruleProblems(rule, electorate.length)];
  problems.push(...misfits(rule, electorate));
  if (takesOf(rule) === 'ranking')
    problems.push(`${rule.threshold.kind} chooses one of several options: open a ballot of its own for that`);
  if (takesOf(rule) === 'number') problems.push(...Object.entries(spec.variables).flatMap(medianProblems));
  const governed = Object.entries(spec.variables).find(([, variable]) => variable.policy === 'consensus');
  if (governed !== undefined && spec.electorate.length === 0)
    problems.push(`${governed[0]} needs consensus, and nobody may vote: name an electorate`);
  for (const [what, ms] of [
    ['deadline', spec.deadlineMs],
    ['announcement', spec.announceMs],
  ] as const) {
    if (!Number.isInteger(ms) || ms < 1 || ms > MAX_DEADLINE_MS)
      problems.push(`the ${what} lasts 1 ms to 366 days; got ${show(ms)}`);
  }
  for (const voter of spec.electorate) {
    const known = parseName('agent', voter.id);
    if (typeof known !== 'string') problems.push(known.message);
    if (voter.standing !== undefined)
      problems.push(...standingProblems(voter.id, voter.standing, Object.keys(spec.variables)));
  }
  return problems;
}
