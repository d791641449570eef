import type { Model } from '../model';
import { ended, givenTo, grantedOnce, heldOf, holding, mayBeGone, type Grants, type Named } from './grants';

/**
 * `expire`: the server's own act, noted by whoever knows when it may have been at the earliest; its outcome is unknown as long as
 * nobody was told.
 */
export type LockInput =
  | { readonly kind: 'acquire'; readonly request?: string }
  | { readonly kind: 'release'; readonly token: number }
  | { readonly kind: 'expire'; readonly grant: Named }
  | { readonly kind: 'look' };
/** `taken`: refused at once. `withdrawn`: the wait had its deadline. */
export type LockOutput =
  | { readonly kind: 'granted' | 'held'; readonly token: number }
  | { readonly kind: 'taken' | 'withdrawn' | 'released' | 'not-holder' | 'expired' | 'free' };

/** A lock with fencing tokens: one holder, tokens only grow, the same request has the same grant (LCK-1, LCK-2, LCK-5, LCK-7). */
export const lock: Model<Grants, LockInput, LockOutput> = {
  name: 'lock',
  initial: [],
  step: (grants, input, output) => {
    const isFree = heldOf(grants) === 0;
    switch (input.kind) {
      case 'acquire': {
        const request = input.request ?? null;
        const isGranted = givenTo(grants, request).length > 0;
        if (output?.kind === 'withdrawn') return [grants];
        if (output?.kind === 'taken') return isFree || isGranted ? [] : [grants];
        if (output !== undefined && output.kind !== 'granted') return [];
        return grantedOnce(grants, output?.token ?? null, { request, hasRoom: isFree });
      }
      case 'release':
        if (output?.kind === 'not-holder') return mayBeGone(grants, { number: input.token }) ? [grants] : [];
        return ended(grants, { number: input.token });
      case 'expire':
        return ended(grants, input.grant);
      case 'look':
        if (output?.kind === 'held') return holding(grants, { number: output.token }).map((each) => each.grants);
        return output === undefined || isFree ? [grants] : [];
    }
  },
  textOf: (grants) => JSON.stringify(grants),
};
