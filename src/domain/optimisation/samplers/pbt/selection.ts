import type { Member, Population, Result } from './population';

/** A member that has a result. */
export type Trained = Member & { readonly last: Result };

/** 0.1 * 30 is a little more than 3 in binary: a share may be so much too large. */
const SLACK = 1e-9;

const isTrained = (member: Member): member is Trained => member.last !== undefined;

/** Below 0 when the first is better: bounds kept before bounds broken, then the smaller loss. 0 when nothing tells them apart. */
function compare({ last: one }: Trained, { last: other }: Trained): number {
  return one.broken - other.broken || one.loss - other.loss;
}

/**
 * The worst and the best share of the members by their newest results, never more than half of them each; none of a single
 * member. Of equal ones the smaller number is the better one.
 *
 * @param quantile above 0, to 0.5
 * @see Ray Tune 2.58, `PopulationBasedTraining._quantiles`
 */
export function quantilesOf(
  { members }: Population,
  quantile: number,
): { readonly bottom: readonly Trained[]; readonly top: readonly Trained[] } {
  const ranked = members.filter(isTrained).sort((one, other) => compare(one, other) || one.member - other.member);
  const wanted = Math.ceil(ranked.length * quantile - SLACK);
  const count = Math.min(wanted, Math.floor(ranked.length / 2));
  return { top: ranked.slice(0, count), bottom: ranked.slice(ranked.length - count) };
}

/**
 * Whom a member may go on from instead of itself: one in the worst share, or whose last interval had no result, from any
 * other one of the best share. Empty when it goes on by itself.
 */
export function betterFor(member: Member, population: Population, quantile: number): readonly Trained[] {
  const { bottom, top } = quantilesOf(population, quantile);
  const isMine = (each: Member): boolean => each.member === member.member;
  return member.isLost || bottom.some(isMine) ? top.filter((each) => !isMine(each)) : [];
}
