/**
 * One operation as it was seen from outside: what a client wanted of the thing `key`, and what it knows of the outcome.
 *
 * Places (`called`, `at`) are numbers in one order of all calls and returns of a history. Plain JSON, so that a history that was
 * kept can be judged again.
 */
export interface Operation<I, O> {
  readonly client: string;
  /** Which thing. Operations on different keys know nothing of each other: each key is judged by itself. */
  readonly key: string;
  readonly input: I;
  readonly called: number;
  readonly outcome: Outcome<O>;
}

/**
 * `unknown`: no answer came, or the test ended before. Such an operation may take effect at any time after its call, or never.
 * One that certainly had no effect does not belong into a history.
 */
export type Outcome<O> =
  { readonly kind: 'returned'; readonly at: number; readonly output: O } | { readonly kind: 'unknown' };

/** Operations in any order. A client may have several open ones. */
export type History<I, O> = readonly Operation<I, O>[];

/** A value in a line of words: the kind of an object first, then its fields. */
export function inWords(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(inWords).join(', ')}]`;
  const { kind, ...fields } = value as Readonly<Record<string, unknown>>;
  const said = Object.entries(fields).map(([name, field]) => `${name} ${inWords(field)}`);
  return [...(typeof kind === 'string' ? [kind] : []), ...said].join(' ');
}

/** The part of a history that had happened at a place: what returned later is still open there. */
export function beginningOf<I, O>(history: History<I, O>, place: number): History<I, O> {
  return history
    .filter(({ called }) => called <= place)
    .map((each) =>
      each.outcome.kind === 'returned' && each.outcome.at > place ? { ...each, outcome: { kind: 'unknown' } } : each,
    );
}
