import {
  IDS_AHEAD_MS_MAX,
  IDS_PER_MS,
  MAX_COUNT,
  MAX_RANGE,
  MAX_STRIPES,
  type Counted,
  type CounterSpec,
  type CounterView,
  type IdRange,
} from '../../contracts/coordination/counter';
import { refuse, type Refusal } from '../../contracts/errors';
import { show } from '../../contracts/ids';
import { isRecord } from '../record';
import { isWhole } from '../whole';
import type { Ending } from './ending';

/** A counter as it stands. Times are workflow milliseconds. */
export interface CounterState extends Ending {
  readonly spec: CounterSpec;
  readonly value: number;
  /** Changes so far. */
  readonly revision: number;
  /** The first id that this incarnation has not handed out; 0 before the first range. */
  readonly next: number;
  readonly allocated: number;
  readonly newest?: IdRange;
  readonly changedAt: number;
}

function wholeRefusal(name: string, value: unknown): Refusal | undefined {
  if (isWhole(value)) return undefined;
  const rule = `a whole number of at most ${String(MAX_COUNT)}, positive or negative`;
  return refuse('invalid-message', `${name} is ${rule}; got ${show(value)}`);
}

/** Reads what a counter is to be. @returns the parts that were given, or `invalid-definition`. Throws nothing. */
export function parseCounterSpec(given: unknown): CounterSpec | Refusal {
  if (!isRecord(given)) {
    return refuse('invalid-definition', `a counter has start, min, max or stripes; got ${show(given)}`);
  }
  const { start, min, max, stripes, ...more } = given;
  const [unknown] = Object.keys(more);
  if (unknown !== undefined) return refuse('invalid-definition', `a counter has no ${show(unknown)}`);
  for (const [name, value] of Object.entries({ start, min, max })) {
    if (value !== undefined && !isWhole(value)) {
      return refuse('invalid-definition', `${name} of a counter is a whole number; got ${show(value)}`);
    }
  }
  const spec = { start, min, max, stripes } as CounterSpec;
  const [low, high] = [spec.min ?? -MAX_COUNT, spec.max ?? MAX_COUNT];
  const from = spec.start ?? 0;
  if (low > from || from > high) {
    return refuse('invalid-definition', `a counter starts within its bounds; ${rangeOf(spec)}, start ${String(from)}`);
  }
  return stripesRefusal(spec) ?? (JSON.parse(JSON.stringify(spec)) as CounterSpec);
}

function stripesRefusal({ stripes, min, max, start }: CounterSpec): Refusal | undefined {
  if (stripes === undefined) return undefined;
  if (!isWhole(stripes, 1, MAX_STRIPES)) {
    return refuse('invalid-definition', `a counter has 1 to ${String(MAX_STRIPES)} stripes; got ${show(stripes)}`);
  }
  if (min === undefined && max === undefined && start === undefined) return undefined;
  return refuse('invalid-definition', 'a counter with stripes has no bound and starts at 0: no stripe knows the sum');
}

function rangeOf({ min, max }: CounterSpec): string {
  if (min === undefined && max === undefined) return 'without bounds';
  if (min === undefined) return `at most ${String(max)}`;
  return max === undefined ? `at least ${String(min)}` : `from ${String(min)} to ${String(max)}`;
}

/** The first state. Pure. */
export function openCounter(spec: CounterSpec, now: number): CounterState {
  const value = spec.start ?? 0;
  return { spec, value, revision: 0, next: 0, allocated: 0, changedAt: now };
}

/** Whether a caller takes the counter for another one than it is. @returns `definition-mismatch`, or nothing */
export function specRefusal({ spec }: CounterState, expected: CounterSpec | undefined): Refusal | undefined {
  if (expected === undefined) return undefined;
  const isSame = (['start', 'min', 'max', 'stripes'] as const).every((part) => {
    const usual = part === 'start' ? 0 : undefined;
    return (expected[part] ?? usual) === (spec[part] ?? usual);
  });
  if (isSame) return undefined;
  const [is, taken] = [JSON.stringify(spec), JSON.stringify(expected)];
  return refuse('definition-mismatch', `the counter was begun with ${is}; it was taken for ${taken}`, {
    details: { current: spec, given: expected },
  });
}

/**
 * Whether the counter may take that step (CNT-2). @returns `invalid-message` for what is no whole number, `bound-reached` with
 * `value`, `min` and `max` when it would leave its bounds, or nothing.
 */
export function stepRefusal({ spec, value }: CounterState, by: number): Refusal | undefined {
  return wholeRefusal('by', by) ?? placeRefusal(spec, value, value + by, `${String(value)} and ${String(by)}`);
}

function placeRefusal(spec: CounterSpec, value: number, to: number, what: string): Refusal | undefined {
  const [min, max] = [spec.min ?? -MAX_COUNT, spec.max ?? MAX_COUNT];
  if (min <= to && to <= max) return undefined;
  const text = `the counter goes from ${String(min)} to ${String(max)}; got ${what}`;
  return refuse('bound-reached', text, { details: { value, min, max } });
}

/** Takes a step that `stepRefusal` lets pass: the sum of all steps is the value (CNT-1). */
export function stepped(state: CounterState, by: number, now: number): CounterState {
  return { ...state, value: state.value + by, revision: state.revision + 1, changedAt: now };
}

/** Whether the counter may be set to that number; `undefined` is its start. */
export function resetRefusal({ spec, value }: CounterState, to: number | undefined): Refusal | undefined {
  if (to === undefined) return undefined;
  return wholeRefusal('to', to) ?? placeRefusal(spec, value, to, String(to));
}

/** Sets the counter to a number that `resetRefusal` lets pass. */
export function resetTo(state: CounterState, to: number | undefined, now: number): CounterState {
  return { ...state, value: to ?? state.spec.start ?? 0, revision: state.revision + 1, changedAt: now };
}

/** What a change says to who asked for it. */
export function countedFrom(before: CounterState, after: CounterState): Counted {
  return { before: before.value, value: after.value, revision: after.revision };
}

/** Whether so many ids make one range. @returns `invalid-message`, or nothing */
export function rangeRefusal(count: unknown): Refusal | undefined {
  if (isWhole(count, 1, MAX_RANGE)) return undefined;
  return refuse('invalid-message', `a range has 1 to ${String(MAX_RANGE)} ids; got ${show(count)}`);
}

/**
 * Hands out a range that no incarnation of the name has handed out (CNT-5): it begins at max(first id that is free here, workflow
 * time in microseconds), which grows over renewal, deletion, terminate and reset without a mark outside the run. Ids run ahead of
 * the clock for IDS_AHEAD_MS_MAX at most: a counter that is deleted ends when the clock has passed them (`overAt`), one that was
 * terminated goes on where it ended, and a reset is promised nothing within that time of the last range. Nor is anything promised
 * when the server's clock steps back by more than what lies between two incarnations.
 *
 * @returns the range and the state after it, or `limit-reached` with the milliseconds after which there are ids again
 */
export function allocated(
  state: CounterState,
  count: number,
  now: number,
): { readonly state: CounterState; readonly range: IdRange } | Refusal {
  const from = Math.max(state.next, now * IDS_PER_MS);
  const to = from + count;
  const aheadMs = to / IDS_PER_MS - now;
  if (aheadMs > IDS_AHEAD_MS_MAX) {
    const rule = `a name hands out ${String(IDS_PER_MS)} ids a millisecond, and ${String(IDS_AHEAD_MS_MAX)} ms of them ahead`;
    return refuse('limit-reached', rule, { retryAfterMs: Math.ceil(aheadMs - IDS_AHEAD_MS_MAX) });
  }
  const range = { from, to };
  const next: CounterState = {
    ...state,
    next: to,
    allocated: state.allocated + count,
    newest: range,
    revision: state.revision + 1,
    changedAt: now,
  };
  return { state: next, range };
}

/** When a counter that is deleted may end: then no id that it has handed out lies ahead of the clock. */
export function overAt({ next, deletedAt }: CounterState): number | undefined {
  return deletedAt === undefined ? undefined : Math.max(deletedAt, Math.ceil(next / IDS_PER_MS));
}

/** What a looker-on sees. */
export function counterView(state: CounterState): CounterView {
  const { value, revision, spec, allocated: handedOut, newest, changedAt } = state;
  return {
    value,
    revision,
    spec,
    allocated: handedOut,
    ...(newest === undefined ? {} : { newest }),
    changedAt: new Date(changedAt).toISOString(),
  };
}

/** A counter in one line: `42, at most 100`. */
export function counterLine({ value, spec, allocated: ids }: CounterState): string {
  const stripes = spec.stripes === undefined ? rangeOf(spec) : `one of ${String(spec.stripes)} stripes`;
  return `${String(value)}, ${stripes}${ids === 0 ? '' : `, ${String(ids)} ids handed out`}`;
}
