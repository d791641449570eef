import type { History } from '../../history';

/** The newest result of a member: what it, or another, may go on from. Plain JSON. */
export interface Result {
  /** Of the trial. */
  readonly number: number;
  readonly generation: number;
  readonly loss: number;
  /** By how much bounds were broken, in sum; 0 when all held. */
  readonly broken: number;
  /** Encoded values by dimension (see `encode`); `null` where it was not active. */
  readonly values: readonly (number | null)[];
}

/** One member of a population. Plain JSON. */
export interface Member {
  /** From 1. */
  readonly member: number;
  /** When its last interval ended: how many intervals of all members had. */
  readonly at: number;
  /** Whether the last interval had no result. */
  readonly isLost: boolean;
  readonly last?: Result;
}

/** All that have ended an interval, by number. Plain JSON. */
export interface Population {
  readonly ended: number;
  readonly members: readonly Member[];
}

/** Before the first interval has ended. */
export const nobody: Population = { ended: 0, members: [] };

/** A violation that is not known: JSON has no Infinity. */
const WORST = Number.MAX_VALUE;

/**
 * The population after some trials more, in the order of their end. One without a result (it failed, was pruned or cancelled)
 * leaves its member with the result before. Trials without a member have no part in it.
 */
export function grown(before: Population, history: History, dimensions: number): Population {
  const [numbers, loss, violation] = [history.numbers(), history.loss(), history.violation()];
  const [whose, generations] = [history.members(), history.generations()];
  const columns = Array.from({ length: dimensions }, (_each, at) => history.column(at));
  const members = new Map(before.members.map((each) => [each.member, each]));
  let { ended } = before;
  for (let row = 0; row < history.length; row++) {
    const member = whose[row] ?? NaN;
    if (Number.isNaN(member)) continue;
    ended += 1;
    const its = loss[row] ?? NaN;
    const broken = violation[row] ?? NaN;
    const earlier = members.get(member)?.last;
    const last: Result | undefined = Number.isNaN(its)
      ? earlier
      : {
          number: numbers[row] ?? 0,
          generation: generations[row] ?? 0,
          loss: its,
          broken: Number.isFinite(broken) ? broken : WORST,
          values: columns.map((column) => {
            const value = column[row] ?? NaN;
            return Number.isNaN(value) ? null : value;
          }),
        };
    members.set(member, { member, at: ended, isLost: Number.isNaN(its), ...(last === undefined ? {} : { last }) });
  }
  return { ended, members: [...members.values()].sort((one, other) => one.member - other.member) };
}
