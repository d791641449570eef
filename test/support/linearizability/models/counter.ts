import { answering, type Answering, type Model } from '../model';
import { givenTo, granted, learned, type Grants } from './grants';

/** `take`: a range of ids, which are no part of the counter's value. A request names what is sent again. */
export type CounterInput =
  | { readonly kind: 'read' }
  | { readonly kind: 'add'; readonly by: number; readonly request?: string }
  | { readonly kind: 'reset'; readonly to: number; readonly request?: string }
  | { readonly kind: 'take'; readonly count: number; readonly request?: string };
/** `out-of-bounds` tells the value at which the bound was in the way; `reset` the one that it was; `to` is not of the range. */
export type CounterOutput =
  | { readonly kind: 'value' | 'added' | 'out-of-bounds'; readonly value: number }
  | { readonly kind: 'reset'; readonly before: number }
  | { readonly kind: 'range'; readonly from: number; readonly to: number };

/** The sum, with what was answered, and the ranges that were handed out. */
export interface CounterState {
  readonly counted: Answering<number>;
  readonly ranges: Grants;
}

function taken(
  ranges: Grants,
  { count, request }: Extract<CounterInput, { readonly kind: 'take' }>,
  output: CounterOutput | undefined,
): readonly Grants[] {
  if (output !== undefined && (output.kind !== 'range' || output.to - output.from !== count)) return [];
  const from = output === undefined ? null : output.from;
  const [at] = givenTo(ranges, request ?? null);
  if (at !== undefined) return from === null ? [ranges] : learned(ranges, at, from);
  // nothing takes a range back: only its request is remembered
  return granted(ranges, from, request ?? null, { numbers: count }).map((all) =>
    all.map((each) => ({ ...each, isHeld: false })),
  );
}

/** A counter within bounds, both included (CNT-1, CNT-2); ids that it hands out grow, and none comes twice (CNT-5). */
export function counter({ least = 0, most = Infinity, initial = 0 } = {}): Model<
  CounterState,
  CounterInput,
  CounterOutput
> {
  const sum = answering<number, Exclude<CounterInput, { readonly kind: 'take' }>, CounterOutput>({
    name: 'counter',
    initial,
    endings: (value, input) => {
      if (input.kind === 'read') return [{ state: value, output: { kind: 'value', value } }];
      const next = input.kind === 'add' ? value + input.by : input.to;
      // what is refused is not remembered: sent again, it is judged again
      if (next < least || next > most) {
        return [{ state: value, output: { kind: 'out-of-bounds', value }, isForgotten: true }];
      }
      if (input.kind === 'add') return [{ state: next, output: { kind: 'added', value: next } }];
      return [{ state: next, output: { kind: 'reset', before: value } }];
    },
  });
  return {
    name: 'counter',
    initial: { counted: sum.initial, ranges: [] },
    step: (state, input, output) =>
      input.kind === 'take'
        ? taken(state.ranges, input, output).map((ranges) => ({ ...state, ranges }))
        : sum.step(state.counted, input, output).map((counted) => ({ ...state, counted })),
    textOf: ({ counted, ranges }) => `${sum.textOf(counted)} ${JSON.stringify(ranges)}`,
  };
}
