import { beginningOf, inWords, type History, type Operation } from './history';
import type { Model } from './model';
import { search, type Found, type Limits } from './search';

/** Enough for thousands of operations on a key by ten clients; some seconds, and some hundred megabytes, at most. */
export const LIMITS: Limits = { steps: 3_000_000, remembered: 1_000_000 };

type Unexplained<S, I, O> = Extract<Found<S, I, O>, { readonly kind: 'none' }>;

/** Longest tail of an order that is told in words. */
const TAIL = 6;

/** What is found of a history. `words` are lines for people. */
export type Verdict<I, O> =
  /** With an order for each key: who doubts it can go through it. */
  | { readonly kind: 'linearizable'; readonly orders: ReadonlyMap<string, History<I, O>> }
  /** `beginning` is the shortest beginning of the key's history that no order explains. */
  | {
      readonly kind: 'not-linearizable';
      readonly key: string;
      readonly beginning: History<I, O>;
      readonly words: readonly string[];
    }
  /** The search of this key was given up at the limits, and no other key is at fault: neither verdict. */
  | { readonly kind: 'unknown'; readonly key: string; readonly words: readonly string[] };

/**
 * Judges a recorded history: is there, for each key, an order of its operations in which each one takes effect between its call and
 * its return, and answers what the model answers? Pure: the same history gives the same verdict.
 *
 * @param limits of the search of each key; past them the verdict is `unknown`, never a wrong one
 */
export function check<S, I, O>(model: Model<S, I, O>, history: History<I, O>, limits: Limits = LIMITS): Verdict<I, O> {
  const orders = new Map<string, History<I, O>>();
  let given: Extract<Verdict<I, O>, { readonly kind: 'unknown' }> | undefined;
  for (const [key, operations] of byKey(history)) {
    const found = search(model, operations, limits);
    switch (found.kind) {
      case 'order':
        orders.set(key, found.order);
        break;
      case 'none':
        return {
          kind: 'not-linearizable',
          key,
          ...counterExample(model, operations, found, limits),
        };
      case 'bounded':
        given ??= { kind: 'unknown', key, words: givenUp(key, operations.length, found) };
    }
  }
  return given ?? { kind: 'linearizable', orders };
}

function byKey<I, O>(history: History<I, O>): ReadonlyMap<string, History<I, O>> {
  const keys = new Map<string, Operation<I, O>[]>();
  for (const each of history) {
    const known = keys.get(each.key);
    if (known === undefined) keys.set(each.key, [each]);
    else known.push(each);
  }
  return keys;
}

function givenUp(
  key: string,
  operations: number,
  { steps, remembered }: Extract<Found<never, never, never>, { readonly kind: 'bounded' }>,
): readonly string[] {
  const size = `${String(steps)} steps with ${String(remembered)} configurations remembered`;
  return [`the search of ${String(operations)} operations on ${key} was given up after ${size}`];
}

/**
 * A beginning of a linearizable history is linearizable, so the shortest one that is not is found by halving, from what the search
 * has reached on.
 */
function counterExample<S, I, O>(
  model: Model<S, I, O>,
  history: History<I, O>,
  whole: Unexplained<S, I, O>,
  limits: Limits,
): { readonly beginning: History<I, O>; readonly words: readonly string[] } {
  const returns = history.flatMap(({ outcome }) => (outcome.kind === 'returned' ? [outcome.at] : []));
  returns.sort((one, other) => one - other);
  const until = (index: number): History<I, O> => beginningOf(history, returns[index] ?? Infinity);
  let [low, high] = [Math.max(0, returns.indexOf(whole.reached)), returns.length - 1];
  let shortest = whole;
  for (let probe = low; low < high; probe = Math.floor((low + high) / 2)) {
    const found = search(model, until(probe), limits);
    if (found.kind === 'none') [high, shortest] = [probe, found];
    else low = probe + 1;
  }
  const beginning = until(high);
  return { beginning, words: told(model, beginning, shortest) };
}

function told<S, I, O>(model: Model<S, I, O>, beginning: History<I, O>, found: Found<S, I, O>): readonly string[] {
  if (found.kind !== 'none') return ['the counter-example could not be shortened within the limits'];
  const { longest, state, refused } = found;
  const returned = beginning.filter(({ outcome }) => outcome.kind === 'returned').length;
  const fitting = longest.filter(({ outcome }) => outcome.kind === 'returned').length;
  const left = Math.max(0, longest.length - TAIL);
  return [
    `no order of these ${String(returned)} operations on ${beginning[0]?.key ?? ''} is one of a ${model.name}`,
    `the longest order that fits has ${String(fitting)} of them:`,
    ...(left === 0 ? [] : [`  ${String(left)} before`]),
    ...longest.slice(left).map((each) => `  ${lineOf(each)}`),
    `it leaves ${model.textOf(state)}, in which none of these can come next:`,
    ...refused.map((each) => `  ${lineOf(each)}`),
    'and every other one was called after one of these had returned',
  ];
}

function lineOf({ client, input, called, outcome }: Operation<unknown, unknown>): string {
  const answer = outcome.kind === 'returned' ? inWords(outcome.output) : 'nobody knows';
  const end = outcome.kind === 'returned' ? String(outcome.at) : '';
  return `${client} ${inWords(input)} → ${answer} [${String(called)}, ${end}]`;
}
