import { answering, type Answering, type Model } from '../model';

/** What one reads. */
export interface Shared {
  readonly value: string;
  readonly version: number;
}

/** `set` with the version that the caller has seen. */
export type SharedValueInput =
  | { readonly kind: 'read' }
  | { readonly kind: 'set'; readonly basedOn: number; readonly value: string; readonly request?: string };
/** A conflict tells what is there (CNT-3). */
export type SharedValueOutput =
  | { readonly kind: 'value' | 'conflict'; readonly value: string; readonly version: number }
  | { readonly kind: 'set'; readonly version: number };

/** A value with compare-and-set by version; versions grow by one (CNT-3). */
export const sharedValue = (initial: Shared): Model<Answering<Shared>, SharedValueInput, SharedValueOutput> =>
  answering<Shared, SharedValueInput, SharedValueOutput>({
    name: 'shared value',
    initial,
    endings: (state, input) => {
      if (input.kind === 'read') return [{ state, output: { kind: 'value', ...state } }];
      if (input.basedOn !== state.version) return [{ state, output: { kind: 'conflict', ...state } }];
      const version = state.version + 1;
      return [{ state: { value: input.value, version }, output: { kind: 'set', version } }];
    },
  });
