/** One grant. Its number is `null` as long as only its holder could know it, and the holder heard no answer. */
export interface Grant {
  readonly number: number | null;
  /** The request that it was made for, if that had an id. */
  readonly request: string | null;
  readonly isHeld: boolean;
  /** What it takes of the capacity. */
  readonly units: number;
  /** So many numbers are its own, from its number on. */
  readonly numbers: number;
  /** Its numbers lie between these, both excluded: what was granted before it, and after it. */
  readonly above: number;
  readonly below: number;
}

/**
 * What was granted under numbers that only grow (tokens, terms, generations), oldest first. Those that ended are kept when they
 * have a request: a repetition gets the same grant (LCK-5). A refusal is not remembered.
 */
export type Grants = readonly Grant[];

/** Which grant: by its number, or by the request that it was made for. */
export type Named = { readonly number: number } | { readonly request: string };

/** How much a grant is. */
export type Size = Partial<Pick<Grant, 'units' | 'numbers'>>;

const lastOf = ({ number, numbers, above }: Grant): number => (number === null ? above : number + numbers - 1);
/** The highest number that is known to have been given. */
const last = (grants: Grants): number => Math.max(-1, ...grants.map(lastOf));

/** So many units are held. */
export const heldOf = (grants: Grants): number =>
  grants.reduce((sum, { isHeld, units }) => sum + (isHeld ? units : 0), 0);

/** Grants once more. @param number `null` when nobody heard it @returns none when the number is not higher than all before */
export function granted(
  grants: Grants,
  number: number | null,
  request: string | null,
  { units = 1, numbers = 1 }: Size = {},
): readonly Grants[] {
  const above = last(grants);
  if (number !== null && number <= above) return [];
  // Those that ended and have no request are named by nobody any more; their numbers are below.
  const known = grants.filter((each) => each.isHeld || each.request !== null);
  const grant: Grant = { number, request, isHeld: true, units, numbers, above, below: Infinity };
  return [bounded([...known, grant], known.length, grant)];
}

/** The same for a request that may have been granted before: then it gets that. */
export function grantedOnce(
  grants: Grants,
  number: number | null,
  { request, hasRoom }: { readonly request: string | null; readonly hasRoom: boolean },
): readonly Grants[] {
  const [at] = givenTo(grants, request);
  if (at !== undefined) return number === null ? [grants] : learned(grants, at, number);
  return hasRoom ? granted(grants, number, request) : [];
}

/** What is granted before a grant of known number is below it, what is granted after it above. */
function bounded(grants: Grants, at: number, grant: Grant): Grants {
  const { number } = grant;
  if (number === null) return grants;
  return grants.map((each, index) => {
    if (each.number !== null || index === at) return each;
    return index < at
      ? { ...each, below: Math.min(each.below, number) }
      : { ...each, above: Math.max(each.above, lastOf(grant)) };
  });
}

/** Learns the number of a grant. @returns none when it cannot be this one */
export function learned(grants: Grants, at: number, number: number): readonly Grants[] {
  const grant = grants[at];
  if (grant === undefined) return [];
  if (grant.number !== null) return grant.number === number ? [grants] : [];
  const heard: Grant = { ...grant, number };
  if (number <= grant.above || lastOf(heard) >= grant.below) return [];
  const known = grants.map((each, index) => (index === at ? heard : each));
  return [bounded(known, at, heard)];
}

/** Where the grants of a request are; none when it was granted nothing so far. */
export function givenTo(grants: Grants, request: string | null): readonly number[] {
  return request === null ? [] : grants.flatMap((each, at) => (each.request === request ? [at] : []));
}

/** The held grants that may be the named one: its number is known, or it may be this one. */
export function holding(grants: Grants, named: Named): readonly { readonly grants: Grants; readonly at: number }[] {
  return grants.flatMap(({ isHeld, request }, at) => {
    if (!isHeld) return [];
    if ('request' in named) return request === named.request ? [{ grants, at }] : [];
    return learned(grants, at, named.number).map((after) => ({ grants: after, at }));
  });
}

/** The states after the end of the named grant. */
export function ended(grants: Grants, named: Named): readonly Grants[] {
  return holding(grants, named).map((meant) =>
    meant.grants.map((each, at) => (at === meant.at ? { ...each, isHeld: false } : each)),
  );
}

/** True when the named grant may be one that is not held: then its release is refused. */
export function mayBeGone(grants: Grants, named: Named): boolean {
  const isIt = ({ number, request }: Grant): boolean =>
    'request' in named ? request === named.request : number === named.number;
  return !grants.some((each) => each.isHeld && isIt(each));
}
