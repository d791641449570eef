import { refuse, type Refusal } from '../contracts/errors';
import { show } from '../contracts/ids';
import type { Policy, Values } from '../contracts/variable';
import type { Change, ConstraintFunction, VariableSetSpec } from '../contracts/variable-set';
import { checkValue, holds } from './variable';

/** Constraint functions by name: they come from the bundle, never from the wire (VAR-6). */
export type Constraints = Readonly<Record<string, ConstraintFunction>>;

/** Complete values or the reasons why there are none. */
type Completed =
  { readonly ok: true; readonly values: Values } | { readonly ok: false; readonly reasons: readonly Refusal[] };

/**
 * The values of every active variable: what is wished, else what was, else the default. An inactive variable is
 * absent, and comes back with its default. Conditions name earlier variables only, so one pass in order suffices.
 *
 * @param wished values by name; a name that is unknown, inactive or unfit is a reason: `unknown-variable`,
 *   `inactive-variable`, `wrong-kind`, `value-out-of-range`.
 */
export function complete(spec: VariableSetSpec, before: Values, wished: Values): Completed {
  const reasons: Refusal[] = Object.keys(wished)
    .filter((name) => !Object.hasOwn(spec.variables, name))
    .map((name) =>
      refuse(
        'unknown-variable',
        `${spec.name} has no variable ${show(name)}; it has ${Object.keys(spec.variables).join(', ')}`,
        {
          details: { variable: name },
        },
      ),
    );
  const values: Record<string, Values[string]> = {};
  for (const [name, variable] of Object.entries(spec.variables)) {
    const isWished = Object.hasOwn(wished, name);
    const value = isWished ? wished[name] : (before[name] ?? variable.default);
    const unfit = checkValue(name, variable, value);
    const isActive = holds(variable.when, values);
    if (isWished && unfit !== undefined) reasons.push(unfit);
    else if (isWished && !isActive) {
      reasons.push(
        refuse('inactive-variable', `${name} is active only when ${show(variable.when)}; got ${show(value)}`, {
          details: { variable: name },
        }),
      );
    } else if (isActive && unfit !== undefined) reasons.push(unfit);
    else if (isActive && value !== undefined) values[name] = value;
  }
  return reasons.length === 0 ? { ok: true, values } : { ok: false, reasons };
}

/** Values of a new set: the defaults of what is active. */
export function defaultValues(spec: VariableSetSpec): Values {
  const completed = complete(spec, {}, {});
  return completed.ok ? completed.values : {};
}

/**
 * The constraints of a set that do not hold, each as `constraint-broken`. One that throws does not hold; one whose
 * variables are all inactive says nothing.
 */
export function brokenConstraints(spec: VariableSetSpec, constraints: Constraints, values: Values): readonly Refusal[] {
  return spec.constraints.flatMap(({ name, on }) => {
    const seen = Object.fromEntries(
      on.flatMap((each): [string, Values[string]][] => {
        const value = values[each];
        return value === undefined ? [] : [[each, value]];
      }),
    );
    if (Object.keys(seen).length === 0) return [];
    const broken = (why: string): Refusal[] => [
      refuse('constraint-broken', `${name} ${why} for ${show(seen)}`, { details: { constraint: name, on } }),
    ];
    const holdsFor = constraints[name];
    if (holdsFor === undefined) return broken('is not known to this worker');
    try {
      const answer: unknown = holdsFor(seen);
      if (typeof answer !== 'boolean') return broken(`answered ${show(answer)} in place of true or false`);
      return answer ? [] : broken('does not hold');
    } catch (error) {
      return broken(`threw ${show(String(error))}`);
    }
  });
}

/** Says what differs between two versions, in the order of the set; what went or came with a condition included. */
export function changesBetween(before: Values, after: Values, order: readonly string[]): readonly Change[] {
  const names = [...order, ...Object.keys(before).filter((name) => !order.includes(name))];
  return names.flatMap((variable): Change[] =>
    before[variable] === after[variable]
      ? []
      : [{ variable, before: before[variable] ?? null, after: after[variable] ?? null }],
  );
}

const STRICTNESS: readonly Policy[] = ['free', 'consensus', 'locked'];

/** The strictest policy of the variables that a proposal touches: those it names and those that change with them (VAR-3). */
export function strictestPolicy(spec: VariableSetSpec, touched: readonly string[]): Policy {
  const found = touched.map((name) => STRICTNESS.indexOf(spec.variables[name]?.policy ?? 'free'));
  return STRICTNESS[Math.max(0, ...found)] ?? 'free';
}
