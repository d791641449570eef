/** One operation on one name, with the moments of its call and its return. Owners are told apart by a text. */
export interface Operation {
  readonly called: number;
  readonly returned: number;
  readonly what:
    | { readonly kind: 'registered'; readonly owner: string }
    /** Refused, because the name was taken. */
    | { readonly kind: 'taken' }
    /** `owner` gave the name back. */
    | { readonly kind: 'left'; readonly owner: string }
    | { readonly kind: 'seen'; readonly owner: string | undefined };
}

/** The register of one name: applies an operation to the owner so far. `null` when it cannot have happened then. */
function apply(owner: string | undefined, { what }: Operation): { readonly owner: string | undefined } | null {
  switch (what.kind) {
    case 'registered':
      return owner === undefined ? { owner: what.owner } : null;
    case 'taken':
      return owner === undefined ? null : { owner };
    case 'left':
      return owner === what.owner ? { owner: undefined } : null;
    case 'seen':
      return owner === what.owner ? { owner } : null;
  }
}

/**
 * Whether there is an order of the operations that fits each one's time and the register of one name.
 *
 * @see Wing & Gong 1993, "Testing and Verifying Concurrent Objects", with Lowe's memory of states that were seen
 */
export function isLinearizable(history: readonly Operation[]): boolean {
  const seen = new Set<string>();
  const search = (left: readonly Operation[], owner: string | undefined): boolean => {
    if (left.length === 0) return true;
    const state = `${left.map((each) => history.indexOf(each)).join()}|${owner ?? ''}`;
    if (seen.has(state)) return false;
    seen.add(state);
    const firstReturn = Math.min(...left.map((each) => each.returned));
    return left.some((each) => {
      if (each.called > firstReturn) return false;
      const next = apply(owner, each);
      return (
        next !== null &&
        search(
          left.filter((other) => other !== each),
          next.owner,
        )
      );
    });
  };
  return search(history, undefined);
}
