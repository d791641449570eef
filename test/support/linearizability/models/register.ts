import { answering, type Answering, type Model } from '../model';

/** What one does to a cell that holds a value, as the literature has it. */
export type RegisterInput =
  | { readonly kind: 'read' }
  | { readonly kind: 'write'; readonly value: number }
  | { readonly kind: 'swap'; readonly from: number; readonly to: number };
/** `swapped` and `kept`: whether the value was the one that was to be swapped. */
export type RegisterOutput =
  { readonly kind: 'value'; readonly value: number | null } | { readonly kind: 'written' | 'swapped' | 'kept' };

/** A cell with compare-and-set: what published histories are held against. */
export function register(
  initial: number | null = null,
): Model<Answering<number | null>, RegisterInput, RegisterOutput> {
  return answering<number | null, RegisterInput, RegisterOutput>({
    name: 'register',
    initial,
    endings: (state, input) => {
      switch (input.kind) {
        case 'read':
          return [{ state, output: { kind: 'value', value: state } }];
        case 'write':
          return [{ state: input.value, output: { kind: 'written' } }];
        case 'swap':
          return state === input.from
            ? [{ state: input.to, output: { kind: 'swapped' } }]
            : [{ state, output: { kind: 'kept' } }];
      }
    },
  });
}
