import { refuse, type Refusal } from '../../contracts/errors';
import { show } from '../../contracts/ids';
import type { Condition, Configuration, Dimension, SearchSpace } from '../../contracts/optimisation/search-space';
import { MAX_VARIABLES, type Value, type Values, type VariableSpec } from '../../contracts/variable';
import { checkValue, holds, variableProblems } from '../variable';
import { conditionProblems } from '../variable-set-definition';
import { valueFrom, type Draw } from './dimension';
import { isRecord } from '../record';

const KINDS = ['float', 'int', 'categorical', 'ordinal', 'boolean', 'module'];

/** The variable that has the values of a dimension. */
export function variableOf(dimension: Dimension): VariableSpec {
  const first = 'low' in dimension ? dimension.low : 'choices' in dimension ? (dimension.choices[0] ?? '') : false;
  return { ...dimension, default: first, policy: 'free' };
}

function dimensionOf(variable: VariableSpec, when: Condition | undefined): Dimension | undefined {
  if (variable.kind === 'text') return undefined;
  const { default: _default, policy: _policy, when: _when, ...dimension } = variable;
  return when === undefined ? dimension : { ...dimension, when };
}

/**
 * The space of a set: its variables but texts and locked ones, and but what `only` leaves out. What is left out keeps its
 * value, so a condition on it holds or can never hold: what could never be active is left out, too, to any depth.
 *
 * @param values the values of the set
 * @param only names of the variables that are sought; default all
 */
export function spaceOf(
  variables: Readonly<Record<string, VariableSpec>>,
  values: Values,
  only?: readonly string[],
): SearchSpace {
  const dimensions: Record<string, Dimension> = {};
  for (const [name, variable] of Object.entries(variables)) {
    const isSought = variable.policy !== 'locked' && (only === undefined || only.includes(name));
    const conditions = Object.entries(variable.when ?? {});
    const open = conditions.filter(([on]) => Object.hasOwn(dimensions, on));
    const canHold = conditions.every(([on, value]) => Object.hasOwn(dimensions, on) || values[on] === value);
    const dimension = dimensionOf(variable, open.length === 0 ? undefined : Object.fromEntries(open));
    if (isSought && canHold && dimension !== undefined) dimensions[name] = dimension;
  }
  return { dimensions };
}

/**
 * What is wrong with a space, in sentences that name the dimension and why; empty when nothing is. Conditions name earlier
 * dimensions only, so they cannot form a circle, and chains of them may have any depth.
 */
export function spaceProblems({ dimensions }: SearchSpace): readonly string[] {
  const count = Object.keys(dimensions).length;
  const variables = Object.fromEntries(Object.entries(dimensions).map(([name, each]) => [name, variableOf(each)]));
  const problems = Object.entries(variables).flatMap(([name, variable]) => variableProblems(name, variable));
  if (count === 0 || count > MAX_VARIABLES)
    problems.unshift(`a space has 1 to ${String(MAX_VARIABLES)} dimensions; got ${String(count)}`);
  return [...problems, ...conditionProblems({ variables })];
}

const isValue = (value: unknown): value is Value =>
  typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number';

function dimensionProblem(name: string, value: unknown): string | undefined {
  if (!isRecord(value)) return `${show(name)}: a dimension is an object; got ${show(value)}`;
  const { kind, low, high, log, step, choices, when } = value;
  if (typeof kind !== 'string' || !KINDS.includes(kind))
    return `${show(name)}: the kind is one of ${KINDS.join(', ')}; got ${show(kind)}`;
  const isNumeric = kind === 'float' || kind === 'int';
  if (isNumeric && !(typeof low === 'number' && typeof high === 'number'))
    return `${name}: low and high are numbers; got ${show(low)} and ${show(high)}`;
  if (isNumeric && typeof log !== 'boolean') return `${name}: log is true or false; got ${show(log)}`;
  if (isNumeric && typeof step !== 'number' && (kind === 'int' || step !== undefined))
    return `${name}: the step is a number; got ${show(step)}`;
  const hasChoices = kind === 'categorical' || kind === 'ordinal' || kind === 'module';
  const isChoice = kind === 'module' ? (each: unknown): boolean => typeof each === 'string' : isValue;
  if (hasChoices && !(Array.isArray(choices) && choices.every(isChoice)))
    return `${name}: the choices are values; got ${show(choices)}`;
  if (when !== undefined && !(isRecord(when) && Object.values(when).every(isValue)))
    return `${name}: the condition has values by name; got ${show(when)}`;
  return undefined;
}

/** Parses the JSON form of a space. @returns the space, or `invalid-space` with every problem and its dimension */
export function parseSpace(value: unknown): SearchSpace | Refusal {
  const no = (problems: readonly string[]): Refusal =>
    refuse('invalid-space', `the search space: ${problems.slice(0, 20).join('; ')}`, { details: { problems } });
  if (!isRecord(value) || !isRecord(value['dimensions']))
    return no([`expected dimensions by name; got ${show(value)}`]);
  const odd = Object.entries(value['dimensions']).flatMap(([name, each]) => dimensionProblem(name, each) ?? []);
  if (odd.length > 0) return no(odd);
  const space = value as unknown as SearchSpace;
  const problems = spaceProblems(space);
  return problems.length === 0 ? space : no(problems);
}

/**
 * A configuration with a value for each dimension that is active, in the order of the space: conditions are looked at as
 * values come, so each dimension is asked only when it is active.
 *
 * @param fixed values that are given: those dimensions are not asked
 */
export function configure(
  { dimensions }: SearchSpace,
  drawFor: (dimension: number, name: string) => Draw,
  fixed: Configuration = {},
): Configuration {
  const values: Record<string, Value> = {};
  Object.entries(dimensions).forEach(([name, dimension], at) => {
    if (holds(dimension.when, values)) values[name] = fixed[name] ?? valueFrom(dimension, drawFor(at, name));
  });
  return values;
}

/** What a configuration names and the space does not have. */
function strangerIn(dimensions: SearchSpace['dimensions'], configuration: Configuration): Refusal | undefined {
  const stranger = Object.keys(configuration).find((name) => !Object.hasOwn(dimensions, name));
  return stranger === undefined
    ? undefined
    : refuse('unknown-variable', `the space has no dimension ${show(stranger)}`);
}

/** Why a configuration does not fit a space; nothing when it does: active dimensions have a value in range, others none. */
export function configurationProblem({ dimensions }: SearchSpace, configuration: Configuration): Refusal | undefined {
  const stranger = strangerIn(dimensions, configuration);
  if (stranger !== undefined) return stranger;
  for (const [name, dimension] of Object.entries(dimensions)) {
    const value = configuration[name];
    const isActive = holds(dimension.when, configuration);
    if (!isActive && value !== undefined)
      return refuse('inactive-variable', `${name} is active only when ${show(dimension.when)}; got ${show(value)}`);
    const unfit = isActive ? checkValue(name, variableOf(dimension), value) : undefined;
    if (unfit !== undefined) return unfit;
  }
  return undefined;
}

/**
 * Why a configuration that may leave dimensions open does not fit a space; nothing when it does. A value on a condition needs
 * what the condition is on, or nobody knows whether it will be active.
 */
export function fixedProblem({ dimensions }: SearchSpace, fixed: Configuration): Refusal | undefined {
  const stranger = strangerIn(dimensions, fixed);
  if (stranger !== undefined) return stranger;
  for (const [name, value] of Object.entries(fixed)) {
    const dimension = dimensions[name] as Dimension;
    if (!holds(dimension.when, fixed))
      return refuse('inactive-variable', `${name} is active only when ${show(dimension.when)}; give that, too`);
    const unfit = checkValue(name, variableOf(dimension), value);
    if (unfit !== undefined) return unfit;
  }
  return undefined;
}
