import type { History, Operation } from './history';
import type { Model } from './model';

/** How far a search may go: what stands for its time, and for its memory. */
export interface Limits {
  /** Operations that are tried in a state. */
  readonly steps: number;
  /** Configurations that are remembered. */
  readonly remembered: number;
}

/**
 * Of one key. `refused` stands where the longest order ends: each of its operations was tried there, none fits. What had returned
 * before the place `reached` has an order.
 */
export type Found<S, I, O> =
  | { readonly kind: 'order'; readonly order: readonly Operation<I, O>[] }
  | {
      readonly kind: 'none';
      readonly longest: readonly Operation<I, O>[];
      readonly state: S;
      readonly refused: readonly Operation<I, O>[];
      readonly reached: number;
    }
  | { readonly kind: 'bounded'; readonly steps: number; readonly remembered: number };

const returnOf = ({ outcome }: Operation<unknown, unknown>): number =>
  outcome.kind === 'returned' ? outcome.at : Infinity;
const outputOf = <O>({ outcome }: Operation<unknown, O>): O | undefined =>
  outcome.kind === 'returned' ? outcome.output : undefined;

/** Which operations of a history have their place in the order so far. Those that returned come first, each part by call. */
class Placed<I, O> {
  readonly operations: readonly Operation<I, O>[];
  readonly returned: number;
  /** So many of those that returned have no place yet. */
  left: number;
  readonly #isPlaced: boolean[];
  /** Of those of unknown outcome: the one before that wanted the same. It may do whatever this one may, and goes first. */
  readonly #twins: (number | undefined)[];
  /** Those of unknown outcome that have a place. */
  readonly used = new Set<number>();
  /** The first of those that returned without a place: all before it have one. */
  #first = 0;

  constructor(history: History<I, O>) {
    const byCall = [...history].sort((one, other) => one.called - other.called);
    const ended = byCall.filter(({ outcome }) => outcome.kind === 'returned');
    this.operations = [...ended, ...byCall.filter(({ outcome }) => outcome.kind === 'unknown')];
    this.returned = this.left = ended.length;
    this.#isPlaced = this.operations.map(() => false);
    const wanted = new Map<string, number>();
    this.#twins = this.operations.map(({ input }, at) => {
      if (at < this.returned) return undefined;
      const text = JSON.stringify(input);
      const twin = wanted.get(text);
      wanted.set(text, at);
      return twin;
    });
  }

  put(at: number, isPlaced: boolean): void {
    this.#isPlaced[at] = isPlaced;
    if (at < this.returned) this.left += isPlaced ? -1 : 1;
    else if (isPlaced) this.used.add(at);
    else this.used.delete(at);
    if (!isPlaced && at < this.#first) this.#first = at;
    while (this.#first < this.returned && this.#isPlaced[this.#first] === true) this.#first += 1;
  }

  /** Those that may come next: nothing without a place has returned before they were called. What is unknown comes last. */
  next(): { readonly next: readonly number[]; readonly firstReturn: number } {
    const found: number[] = [];
    let firstReturn = Infinity;
    for (let at = this.#first; at < this.returned; at += 1) {
      const each = this.operations[at];
      if (each === undefined || each.called > firstReturn) break;
      if (this.#isPlaced[at] === true) continue;
      found.push(at);
      firstReturn = Math.min(firstReturn, returnOf(each));
    }
    for (let at = this.returned; at < this.operations.length; at += 1) {
      if ((this.operations[at]?.called ?? Infinity) > firstReturn) break;
      const twin = this.#twins[at];
      const hasTwin = twin !== undefined && this.#isPlaced[twin] !== true;
      if (this.#isPlaced[at] !== true && !hasTwin) found.push(at);
    }
    return { next: found, firstReturn };
  }

  /** The same text for the same returned operations with a place: where they are complete up to, and those beyond. */
  text(): string {
    const beyond: number[] = [];
    const first = this.operations[this.#first];
    const until = this.#first < this.returned && first !== undefined ? returnOf(first) : -Infinity;
    for (let at = this.#first + 1; at < this.returned; at += 1) {
      if ((this.operations[at]?.called ?? Infinity) > until) break;
      if (this.#isPlaced[at] === true) beyond.push(at);
    }
    return `${String(this.#first)}:${beyond.join()}`;
  }
}

/** Configurations that were searched: returned operations with a place and state, as text, and which unknown ones have been used. */
class Seen {
  readonly #used = new Map<string, Set<number>[]>();
  count = 0;

  /** @returns false when one was searched that has the same text and used no more: from there, everything is possible that is here */
  add(text: string, used: ReadonlySet<number>): boolean {
    const known = this.#used.get(text);
    if (known?.some((each) => each.size <= used.size && [...each].every((at) => used.has(at))) === true) return false;
    this.count += 1;
    if (known === undefined) this.#used.set(text, [new Set(used)]);
    else known.push(new Set(used));
    return true;
  }
}

interface Move<S> {
  readonly at: number;
  readonly state: S;
  /** Number of the text of the state. */
  readonly name: number;
}

interface Frame<S> {
  readonly state: S;
  /** What led here; nothing at the beginning. */
  readonly at: number | undefined;
  readonly moves: Iterator<Move<S>>;
}

/**
 * Looks for an order of the operations of one key which fits the place of each and the model. Depth first: an operation is given
 * the next place when no other one without a place has returned before its call and the model allows it in the state so far.
 * Operations of unknown outcome may be given a place or be left out. Deterministic.
 *
 * @see Wing & Gong 1993, "Testing and Verifying Concurrent Objects": the search
 * @see Lowe 2017, "Testing for Linearizability": what was seen (placed operations and state) is not searched twice. We differ: placed
 *   operations are kept as exact text, not as bits (complete up to here, and those beyond, which are no more than what was concurrent);
 *   what used the same operations of unknown outcome and more is not searched either; and of those that want the same the first goes first.
 */
export function search<S, I, O>(model: Model<S, I, O>, history: History<I, O>, limits: Limits): Found<S, I, O> {
  const placed = new Placed(history);
  const seen = new Seen();
  const names = new Map<string, number>();
  let steps = 0;
  let reached = -Infinity;
  const nameOf = (state: S): number => {
    const text = model.textOf(state);
    const known = names.get(text);
    if (known !== undefined) return known;
    names.set(text, names.size);
    return names.size - 1;
  };
  function* movesFrom(state: S, name: number): Generator<Move<S>> {
    const { next, firstReturn } = placed.next();
    reached = Math.max(reached, firstReturn);
    for (const at of next) {
      const operation = placed.operations[at];
      if (operation === undefined) continue;
      steps += 1;
      for (const next of model.step(state, operation.input, outputOf(operation))) {
        // An operation of unknown outcome that changes nothing is as good as none.
        const nameOfNext = nameOf(next);
        if (at < placed.returned || nameOfNext !== name) yield { at, state: next, name: nameOfNext };
      }
    }
  }
  const frames: Frame<S>[] = [
    { state: model.initial, at: undefined, moves: movesFrom(model.initial, nameOf(model.initial)) },
  ];
  const order = (): readonly Operation<I, O>[] =>
    frames.flatMap(({ at }) => (at === undefined ? [] : (placed.operations[at] ?? [])));
  let longest: Found<S, I, O> = { kind: 'none', longest: [], state: model.initial, refused: [], reached };
  let atLongest = { left: Infinity, length: Infinity };
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    if (placed.left === 0) return { kind: 'order', order: order() };
    if (steps > limits.steps || seen.count > limits.remembered) {
      return { kind: 'bounded', steps, remembered: seen.count };
    }
    const move = frame.moves.next();
    if (move.done !== true) {
      placed.put(move.value.at, true);
      const text = `${placed.text()}|${String(move.value.name)}`;
      if (seen.add(text, placed.used))
        frames.push({ ...move.value, moves: movesFrom(move.value.state, move.value.name) });
      else placed.put(move.value.at, false);
      continue;
    }
    // Of orders with as many that returned, the one that needs the fewest of unknown outcome.
    const { left } = placed;
    if (left < atLongest.left || (left === atLongest.left && frames.length < atLongest.length)) {
      atLongest = { left, length: frames.length };
      const refused = placed.next().next.filter((at) => at < placed.returned);
      longest = {
        kind: 'none',
        longest: order(),
        state: frame.state,
        refused: refused.flatMap((at) => placed.operations[at] ?? []),
        reached,
      };
    }
    frames.pop();
    if (frame.at !== undefined) placed.put(frame.at, false);
  }
  return { ...longest, reached };
}
