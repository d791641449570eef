import { refuse, type Refusal } from '../../contracts/errors';
import { show } from '../../contracts/ids';
import { isRecord } from '../record';
import { isWhole } from '../whole';

/** What a field of a message may be: a test, and the words for it. */
export interface Field {
  readonly expected: string;
  readonly isOptional?: true;
  test(value: unknown): boolean;
}

/** A text of 1 to so many characters. */
export const text = (most = 200): Field => ({
  expected: `a text of 1 to ${String(most)} characters`,
  test: (value) => typeof value === 'string' && value.length >= 1 && value.length <= most,
});

/** A whole number from `least` to `most`, both included. */
export const whole = (least: number, most: number): Field => ({
  expected: `a whole number from ${String(least)} to ${String(most)}`,
  test: (value) => isWhole(value, least, most),
});

/** One of some words. */
export const word = (...words: readonly string[]): Field => ({
  expected: words.join(' or '),
  test: (value) => typeof value === 'string' && words.includes(value),
});

/** Any JSON, also `null`. */
export const anything: Field = { expected: 'any JSON', test: () => true };

/** True or false. */
export const flag: Field = { expected: 'true or false', test: (value) => typeof value === 'boolean' };

/** A field that may be absent. */
export const optional = (field: Field): Field => ({ ...field, isOptional: true });

/**
 * A parser of messages with exactly these fields.
 *
 * @returns the arguments as they came, or `invalid-message`, which names the field and what was expected
 */
export function messageOf<A>(
  what: string,
  fields: Readonly<Record<keyof A & string, Field>>,
): (args: unknown) => { readonly ok: true; readonly args: A } | { readonly ok: false; readonly refusal: Refusal } {
  const no = (message: string) => ({ ok: false as const, refusal: refuse('invalid-message', message) });
  const names = Object.keys(fields);
  return (args) => {
    if (!isRecord(args)) return no(`${what} is an object; got ${show(args)}`);
    const odd = Object.keys(args).find((name) => !names.includes(name));
    if (odd !== undefined) return no(`${what} has ${names.join(', ')}; got ${show(odd)}`);
    for (const [name, { expected, isOptional, test }] of Object.entries<Field>(fields)) {
      const value = args[name];
      if (value === undefined ? isOptional !== true : !test(value)) {
        return no(`${name} of ${what}: expected ${expected}; got ${show(value)}`);
      }
    }
    return { ok: true, args: args as A };
  };
}
