import type { Model } from '../model';
import { ended, givenTo, grantedOnce, heldOf, holding, type Grants } from './grants';

/** What one does with a name. The owner of a generation gives it back. */
export type RegistryInput =
  | { readonly kind: 'register'; readonly request?: string }
  | { readonly kind: 'unregister'; readonly generation: number }
  | { readonly kind: 'lookup' };
/** `taken`: another one owns the name. */
export type RegistryOutput =
  | { readonly kind: 'registered' | 'found'; readonly generation: number }
  | { readonly kind: 'taken' | 'unregistered' | 'free' };

/** Names with at most one owner each, under generations that only grow; lookups see them (REG-1, REG-2, REG-3). */
export const registry: Model<Grants, RegistryInput, RegistryOutput> = {
  name: 'registry of names',
  initial: [],
  step: (owners, input, output) => {
    const isFree = heldOf(owners) === 0;
    switch (input.kind) {
      case 'register': {
        const request = input.request ?? null;
        const isGranted = givenTo(owners, request).length > 0;
        if (output?.kind === 'taken') return isFree || isGranted ? [] : [owners];
        if (output !== undefined && output.kind !== 'registered') return [];
        return grantedOnce(owners, output?.generation ?? null, { request, hasRoom: isFree });
      }
      case 'unregister':
        return ended(owners, { number: input.generation });
      case 'lookup':
        if (output?.kind === 'found') return holding(owners, { number: output.generation }).map(({ grants }) => grants);
        return output === undefined || isFree ? [owners] : [];
    }
  },
  textOf: (owners) => JSON.stringify(owners),
};
