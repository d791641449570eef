/** One value that a program wants to be told: its default, and how what a layer says becomes its value. */
export interface Field<T> {
  readonly fallback: T;
  /** Says what is expected, for messages. */
  readonly expected: string;
  /** From JSON of a file or a live source. `undefined`: that is not one. */
  parse(given: unknown): T | undefined;
  /** From the text of an environment variable. */
  parseText(text: string): T | undefined;
}

/** The fields of a configuration by name. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** The type of the values of fields. */
export type ValuesOf<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

function numeric(fallback: number, { min = -Infinity, max = Infinity }: Bounds, isWhole: boolean): Field<number> {
  const parse = (given: unknown): number | undefined => {
    const isNumber = typeof given === 'number' && Number.isFinite(given) && given >= min && given <= max;
    return isNumber && (!isWhole || Number.isInteger(given)) ? given : undefined;
  };
  return {
    fallback,
    expected: `${isWhole ? 'a whole number' : 'a number'} in [${String(min)}, ${String(max)}]`,
    parse,
    parseText: (text) => (text.trim() === '' ? undefined : parse(Number(text))),
  };
}

const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, '1': true, false: false, '0': false };

/** The kinds of fields. Each takes its default first; a default needs not obey the bounds, so that it can mean "off". */
export const field = {
  number: (fallback: number, bounds: Bounds = {}): Field<number> => numeric(fallback, bounds, false),
  whole: (fallback: number, bounds: Bounds = {}): Field<number> => numeric(fallback, bounds, true),
  text: (fallback: string): Field<string> => ({
    fallback,
    expected: 'a text',
    parse: (given) => (typeof given === 'string' ? given : undefined),
    parseText: (text) => text,
  }),
  flag: (fallback: boolean): Field<boolean> => ({
    fallback,
    expected: 'true or false',
    parse: (given) => (typeof given === 'boolean' ? given : undefined),
    parseText: (text) => BOOLEANS[text],
  }),
  choice: <const T extends string>(fallback: T, ...others: readonly T[]): Field<T> => {
    const all = [fallback, ...others];
    const parse = (given: unknown): T | undefined => all.find((each) => each === given);
    return { fallback, expected: `one of ${all.join(', ')}`, parse, parseText: parse };
  },
} as const;
