import type { Model } from '../model';
import { ended, givenTo, granted, heldOf, learned, mayBeGone, type Grants, type Named } from './grants';

/** Permits and who holds them. */
export interface SemaphoreState {
  readonly permits: number;
  readonly grants: Grants;
}

/** `count` permits at once, or none of them; each has its own token. */
export type SemaphoreInput =
  | { readonly kind: 'acquire'; readonly count: number; readonly request?: string }
  | { readonly kind: 'release'; readonly token: number }
  | { readonly kind: 'expire'; readonly grant: Named }
  | { readonly kind: 'resize'; readonly permits: number }
  | { readonly kind: 'look' };
/** `free`: permits that one could have now. */
export type SemaphoreOutput =
  | { readonly kind: 'granted'; readonly tokens: readonly number[] }
  | { readonly kind: 'free'; readonly permits: number }
  | { readonly kind: 'taken' | 'withdrawn' | 'released' | 'not-holder' | 'expired' | 'resized' };

/** All ways of one after the other. */
const each = <T>(states: readonly Grants[], of: readonly T[], step: (grants: Grants, one: T) => readonly Grants[]) =>
  of.reduce<readonly Grants[]>((so, one) => so.flatMap((grants) => step(grants, one)), states);

function acquired(
  { permits, grants }: SemaphoreState,
  { count, ...how }: Extract<SemaphoreInput, { readonly kind: 'acquire' }>,
  tokens: readonly number[] | undefined,
): readonly Grants[] {
  if (tokens !== undefined && tokens.length !== count) return [];
  const sorted = [...(tokens ?? [])].sort((one, other) => one - other);
  const request = how.request ?? null;
  const before = givenTo(grants, request);
  if (before.length > 0) {
    if (tokens === undefined) return [grants];
    const pairs = before.map((at, index) => ({ at, token: sorted[index] ?? NaN }));
    return each([grants], pairs, (state, { at, token }) => learned(state, at, token));
  }
  if (heldOf(grants) + count > permits) return [];
  const numbers = tokens === undefined ? Array.from({ length: count }, () => null) : sorted;
  return each<number | null>([grants], numbers, (state, number) => granted(state, number, request));
}

/** A semaphore: at most so many permits are held, lowering them revokes none (LCK-1, LCK-2, LCK-5, LCK-8). */
export const semaphore = (permits: number): Model<SemaphoreState, SemaphoreInput, SemaphoreOutput> => ({
  name: 'semaphore',
  initial: { permits, grants: [] },
  step: (state, input, output) => {
    const { grants } = state;
    const of = (all: readonly Grants[]): readonly SemaphoreState[] => all.map((each) => ({ ...state, grants: each }));
    const free = Math.max(0, state.permits - heldOf(grants));
    switch (input.kind) {
      case 'acquire': {
        if (output?.kind === 'withdrawn') return [state];
        if (output?.kind === 'taken') return free < input.count ? [state] : [];
        if (output !== undefined && output.kind !== 'granted') return [];
        return of(acquired(state, input, output?.tokens));
      }
      case 'release':
        if (output?.kind === 'not-holder') return mayBeGone(grants, { number: input.token }) ? [state] : [];
        return of(ended(grants, { number: input.token }));
      case 'expire':
        return of(ended(grants, input.grant));
      case 'resize':
        return [{ ...state, permits: input.permits }];
      case 'look':
        return output === undefined || (output.kind === 'free' && output.permits === free) ? [state] : [];
    }
  },
  textOf: (state) => JSON.stringify(state),
});
