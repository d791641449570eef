import { ApplicationFailure } from '@temporalio/common';
import type { Rule, Voter } from '../src/contracts/coordination/ballot';
import { refuse } from '../src/contracts/errors';
import { show } from '../src/contracts/ids';
import type { Condition, Policy, Value, VariableSpec } from '../src/contracts/variable';
import type { ConstraintFunction, VariableSetDefinition, VariableSetSpec } from '../src/contracts/variable-set';
import { durationMs } from '../src/domain/duration';
import { definitionHash, setProblems } from '../src/domain/variable-set-definition';
import { majority, voter } from './rules-door';

/** A variable under construction. `T` is the type of its value; `C` says whether it is conditional, so perhaps absent. */
export interface Variable<T extends Value = Value, C extends boolean = boolean> {
  readonly spec: VariableSpec;
  /** Value of a new set, and of the variable when its condition begins to hold. */
  default(value: T): Variable<T, C>;
  /** Who may change it: anyone (`free`), the electorate (`consensus`), nobody (`locked`). Default `free`. */
  policy(policy: Policy): Variable<T, C>;
  /** Active only while the named variables, which stand before it, have these values. */
  when(condition: Condition): Variable<T, true>;
  /** Never there at run time. */
  readonly type?: readonly [T, C];
}

/** A number under construction. */
export interface NumberVariable<C extends boolean = boolean> extends Variable<number, C> {
  /** Sought on a logarithmic scale; the range lies above 0. */
  log(): NumberVariable<C>;
  /** Values lie on `low + k * step`. */
  step(step: number): NumberVariable<C>;
  default(value: number): NumberVariable<C>;
  policy(policy: Policy): NumberVariable<C>;
  when(condition: Condition): NumberVariable<true>;
}

type Fields = Readonly<Record<string, unknown>>;

function build(spec: VariableSpec): NumberVariable {
  const change = (fields: Fields): NumberVariable => build({ ...spec, ...fields });
  return {
    spec,
    default: (value) => change({ default: value }),
    policy: (policy) => change({ policy }),
    when: (when) => change({ when }) as NumberVariable<true>,
    log: () => change({ log: true }),
    step: (step) => change({ step }),
  };
}

/** A real number in [low, high]. Default: low. */
export function float(low: number, high: number): NumberVariable<false> {
  return build({ kind: 'float', low, high, log: false, default: low, policy: 'free' }) as NumberVariable<false>;
}

/** A whole number in [low, high]. Default: low. */
export function int(low: number, high: number): NumberVariable<false> {
  return build({ kind: 'int', low, high, log: false, step: 1, default: low, policy: 'free' }) as NumberVariable<false>;
}

/** One of some values without an order. Default: the first. */
export function categorical<const T extends readonly Value[]>(...choices: T): Variable<T[number], false> {
  return build({ kind: 'categorical', choices, default: choices[0] ?? '', policy: 'free' }) as unknown as Variable<
    T[number],
    false
  >;
}

/** One of some values in rising order. Default: the first. */
export function ordinal<const T extends readonly Value[]>(...choices: T): Variable<T[number], false> {
  return build({ kind: 'ordinal', choices, default: choices[0] ?? '', policy: 'free' }) as unknown as Variable<
    T[number],
    false
  >;
}

/** True or false. Default: false. */
export function boolean(): Variable<boolean, false> {
  return build({ kind: 'boolean', default: false, policy: 'free' }) as unknown as Variable<boolean, false>;
}

/** A text of at most that many characters. Default: empty. */
export function text(maxLength = 1_000): Variable<string, false> {
  return build({ kind: 'text', maxLength, default: '', policy: 'free' }) as unknown as Variable<string, false>;
}

/** Which implementation runs: one of some names. Default: the first. */
export function module<const T extends readonly string[]>(...choices: T): Variable<T[number], false> {
  return build({ kind: 'module', choices, default: choices[0] ?? '', policy: 'free' }) as unknown as Variable<
    T[number],
    false
  >;
}

type Variables = Readonly<Record<string, Variable>>;
type TypeOf<V> = V extends { readonly type?: readonly [infer T, boolean] } ? T : never;
type Conditional<V> = V extends { readonly type?: readonly [Value, infer C] } ? (C extends true ? true : false) : false;

/** The values that a set's variables have; those of conditional variables may be absent. */
export type ValuesOf<V extends Variables> = {
  readonly [K in keyof V as Conditional<V[K]> extends true ? never : K]: TypeOf<V[K]>;
} & { readonly [K in keyof V as Conditional<V[K]> extends true ? K : never]?: TypeOf<V[K]> };

/** A joint constraint: which variables it reads, and whether they may stand together. Its name is its key. */
export interface Constraint<V> {
  readonly on: readonly string[];
  readonly holds: (values: V) => boolean;
}

/** A constraint on the named variables. The function is pure; a conditional variable that is inactive is absent. */
export function on<V, const K extends keyof V & string>(
  names: readonly K[],
  holds: (values: Pick<V, K>) => boolean,
): Constraint<V> {
  return { on: names, holds };
}

/** How the variables of a set depend on one another and who decides on them. */
export interface SetOptions<V> {
  readonly constraints?: Readonly<Record<string, Constraint<V>>>;
  /** Names of agents, or voters. Needed as soon as a variable has the policy `consensus`. */
  readonly electorate?: readonly (string | Voter)[];
  /** Default: majority. */
  readonly rule?: Rule;
  /** How long a ballot may last, such as `'1m'` or milliseconds. Default one minute. */
  readonly deadline?: string | number;
  /** How long agents may take to acknowledge a version. Default ten seconds. */
  readonly announce?: string | number;
}

const DEFAULT_DEADLINE_MS = 60_000;
const DEFAULT_ANNOUNCE_MS = 10_000;

/**
 * Defines a set of variables: a name, its variables in order, and how it decides. Everything that contradicts itself is
 * refused here, before anything starts.
 *
 * @throws ApplicationFailure `invalid-definition` that lists every problem
 */
export function defineVariables<const V extends Variables>(
  name: string,
  variables: V,
  options: SetOptions<ValuesOf<V>> = {},
): VariableSetDefinition<ValuesOf<V>> {
  const { constraints = {}, electorate = [], rule = majority(), deadline, announce } = options;
  const spec: VariableSetSpec = {
    name,
    variables: Object.fromEntries(Object.entries(variables).map(([key, variable]) => [key, variable.spec])),
    constraints: Object.entries(constraints).map(([key, constraint]) => ({ name: key, on: constraint.on })),
    electorate: electorate.map((each) => (typeof each === 'string' ? voter(each) : each)),
    rule,
    deadlineMs: msOf(deadline, DEFAULT_DEADLINE_MS),
    announceMs: msOf(announce, DEFAULT_ANNOUNCE_MS),
  };
  const functions = Object.fromEntries(
    Object.entries(constraints).map(([key, constraint]) => [key, constraint.holds as unknown as ConstraintFunction]),
  );
  const problems = setProblems(spec, functions);
  if (problems.length > 0) {
    const refusal = refuse('invalid-definition', `variables ${show(name)}: ${problems.join('; ')}`, {
      details: { definition: name, problems },
    });
    throw ApplicationFailure.nonRetryable(refusal.message, refusal.code, refusal);
  }
  let hash: string | undefined;
  return {
    kind: 'variables',
    name,
    // Every workflow loads every definition, and few ask for its hash.
    get hash() {
      hash ??= definitionHash(spec);
      return hash;
    },
    spec,
    constraints: functions,
  };
}

function msOf(duration: string | number | undefined, otherwise: number): number {
  return duration === undefined ? otherwise : (durationMs(duration) ?? NaN);
}
