import type { Model } from '../model';
import { ended, givenTo, grantedOnce, heldOf, holding, mayBeGone, type Grants, type Named } from './grants';

/** The terms, and what the leader of the newest one says. */
export interface ElectionState {
  readonly terms: Grants;
  readonly candidate: string | null;
  readonly value: string | null;
}

/** `lose`: the server's own act, when the lease of the leader is over; noted as the expiry of a lock is. */
export type ElectionInput =
  | { readonly kind: 'campaign'; readonly candidate: string; readonly value: string; readonly request?: string }
  | { readonly kind: 'proclaim'; readonly candidate?: string; readonly term: number; readonly value: string }
  | { readonly kind: 'resign'; readonly candidate?: string; readonly term: number }
  | { readonly kind: 'lose'; readonly of: Named }
  | { readonly kind: 'observe' };
/** `withdrawn`: the campaign had its deadline. */
export type ElectionOutput =
  | { readonly kind: 'elected'; readonly term: number }
  | { readonly kind: 'leader'; readonly term: number; readonly candidate: string; readonly value: string }
  | { readonly kind: 'withdrawn' | 'proclaimed' | 'resigned' | 'not-leader' | 'lost' | 'no-leader' };

function campaign(
  state: ElectionState,
  { candidate, value, request }: Extract<ElectionInput, { readonly kind: 'campaign' }>,
  term: number | null,
): readonly ElectionState[] {
  const how = { request: request ?? null, hasRoom: heldOf(state.terms) === 0 };
  const isRepeated = givenTo(state.terms, how.request).length > 0;
  const said = isRepeated ? {} : { candidate, value };
  return grantedOnce(state.terms, term, how).map((terms) => ({ ...state, ...said, terms }));
}

/** An election: at most one leader per term, terms only grow, who does not lead proclaims and resigns nothing (ELE-1, ELE-2). */
export const election: Model<ElectionState, ElectionInput, ElectionOutput> = {
  name: 'leadership by election',
  initial: { terms: [], candidate: null, value: null },
  step: (state, input, output) => {
    const { terms } = state;
    const of = (all: readonly Grants[], more = {}): readonly ElectionState[] =>
      all.map((each) => ({ ...state, ...more, terms: each }));
    const over = { candidate: null, value: null };
    const led = (term: number): readonly Grants[] => holding(terms, { number: term }).map(({ grants }) => grants);
    if ('term' in input) {
      // whoever is named may not be who leads
      const isOther = input.candidate !== undefined && input.candidate !== state.candidate;
      if (output?.kind === 'not-leader') return isOther || mayBeGone(terms, { number: input.term }) ? [state] : [];
      if (isOther) return [];
    }
    switch (input.kind) {
      case 'campaign':
        if (output?.kind === 'withdrawn') return [state];
        return output === undefined || output.kind === 'elected' ? campaign(state, input, output?.term ?? null) : [];
      case 'proclaim':
        return of(led(input.term), { value: input.value });
      case 'resign':
        return of(ended(terms, { number: input.term }), over);
      case 'lose':
        return of(ended(terms, input.of), over);
      case 'observe':
        if (output?.kind !== 'leader') return output === undefined || heldOf(terms) === 0 ? [state] : [];
        return output.candidate === state.candidate && output.value === state.value ? of(led(output.term)) : [];
    }
  },
  textOf: (state) => JSON.stringify(state),
};
