import { answering, type Answering, type Model } from '../model';

/** `take`: a range of ids, from the counter's value on. */
export type CounterInput =
  | { readonly kind: 'read' }
  | { readonly kind: 'add'; readonly by: number; readonly request?: string }
  | { readonly kind: 'take'; readonly count: number; readonly request?: string };
/** `out-of-bounds` tells the value at which the bound was in the way. */
export type CounterOutput =
  | { readonly kind: 'value' | 'added' | 'out-of-bounds'; readonly value: number }
  | { readonly kind: 'range'; readonly from: number; readonly through: number };

/** A counter within bounds, both included (CNT-1, CNT-2); what it gives out as ids it never gives again (CNT-5). */
export function counter({ least = 0, most = Infinity, initial = 0 } = {}): Model<
  Answering<number>,
  CounterInput,
  CounterOutput
> {
  return answering<number, CounterInput, CounterOutput>({
    name: 'counter',
    initial,
    endings: (value, input) => {
      if (input.kind === 'read') return [{ state: value, output: { kind: 'value', value } }];
      const next = value + (input.kind === 'add' ? input.by : input.count);
      if (next < least || next > most) return [{ state: value, output: { kind: 'out-of-bounds', value } }];
      return input.kind === 'add'
        ? [{ state: next, output: { kind: 'added', value: next } }]
        : [{ state: next, output: { kind: 'range', from: value + 1, through: next } }];
    },
  });
}
