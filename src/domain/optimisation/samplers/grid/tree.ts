import type { Dimension, SearchSpace } from '../../../../contracts/optimisation/search-space';
import type { Value } from '../../../../contracts/variable';
import type { GridAxis } from './axis';

/** A dimension with where it stands in the space. */
export interface Placed {
  readonly at: number;
  readonly name: string;
  readonly dimension: Dimension;
  readonly axis: GridAxis;
}

/** The configurations of some dimensions, counted and numbered without being listed. */
export interface Tree {
  readonly size: number;
  /** The values of configuration number n, by dimension; none for a dimension that is not active. */
  put(n: number, into: (Value | undefined)[]): void;
}

/** Values of one dimension after which the rest of the tree is the same. */
interface Branch {
  readonly count: number;
  /** The k-th of them. */
  value(k: number): Value;
  /** What cannot become active any more, by place in the list. */
  readonly dead: readonly boolean[];
}

/** Combinations of open conditions that are counted at most. */
const MOST_STATES = 10_000;

/** Dimensions that conditions tie together, each list in the order of the space; independent ones stand alone. */
export function tiedTogether(space: SearchSpace): readonly (readonly number[])[] {
  const entries = Object.entries(space.dimensions);
  const root = entries.map((_each, at) => at);
  const rootOf = (at: number): number => (root[at] === at ? at : rootOf(root[at] ?? at));
  entries.forEach(([, { when }], at) => {
    for (const on of Object.keys(when ?? {})) {
      const other = entries.findIndex(([name]) => name === on);
      if (other >= 0) root[rootOf(at)] = rootOf(other);
    }
  });
  const lists = new Map<number, number[]>();
  entries.forEach((_each, at) => lists.set(rootOf(at), [...(lists.get(rootOf(at)) ?? []), at]));
  return [...lists.values()];
}

/** The index of the k-th value that is not among `taken` (ascending). */
function otherThan(taken: readonly number[], k: number): number {
  let index = k;
  for (const each of taken) if (each <= index) index += 1;
  return index;
}

/**
 * The tree of some dimensions whose conditions name only one another. What is left of it below a dimension depends only on
 * which conditions can still hold, so it is counted once for each such combination, however many values lead there.
 *
 * @returns the tree, or nothing when there are more than MOST_STATES combinations
 */
export function treeOf(list: readonly Placed[]): Tree | undefined {
  const known = new Map<string, number>();
  const branchesAt = (place: number, dead: readonly boolean[]): readonly Branch[] => {
    const { name, axis } = list[place] ?? { name: '', axis: { count: 0, at: () => false, find: () => -1 } };
    const wanted = (later: number): Value | undefined => list[later]?.dimension.when?.[name];
    const after = (value: Value | undefined): readonly boolean[] =>
      dead.map((isDead, later) => isDead || (later > place && wanted(later) !== undefined && wanted(later) !== value));
    const named = new Set(list.map((_each, later) => axis.find(wanted(later) ?? '')).filter((k) => k >= 0));
    const taken = [...named].sort((a, b) => a - b);
    const own = taken.map((k): Branch => ({ count: 1, value: () => axis.at(k), dead: after(axis.at(k)) }));
    const others: Branch = {
      count: axis.count - taken.length,
      value: (k) => axis.at(otherThan(taken, k)),
      dead: after(undefined),
    };
    return others.count === 0 ? own : [...own, others];
  };
  /** Without a value, whatever names this dimension can never be active. */
  const inactive = (place: number, dead: readonly boolean[]): readonly boolean[] => {
    const name = list[place]?.name ?? '';
    return dead.map((isDead, later) => isDead || list[later]?.dimension.when?.[name] !== undefined);
  };
  const sizeFrom = (place: number, dead: readonly boolean[]): number => {
    if (place === list.length) return 1;
    const key = `${String(place)}:${dead.slice(place).map(Number).join('')}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    if (known.size > MOST_STATES) return NaN;
    const size = dead[place]
      ? sizeFrom(place + 1, inactive(place, dead))
      : branchesAt(place, dead).reduce((sum, branch) => sum + branch.count * sizeFrom(place + 1, branch.dead), 0);
    known.set(key, size);
    return size;
  };
  const start = list.map(() => false);
  const size = sizeFrom(0, start);
  if (Number.isNaN(size)) return undefined;
  const put = (n: number, into: (Value | undefined)[]): void => {
    let [rest, dead]: [number, readonly boolean[]] = [n, start];
    for (let place = 0; place < list.length; place++) {
      if (dead[place]) {
        dead = inactive(place, dead);
        continue;
      }
      for (const branch of branchesAt(place, dead)) {
        const below = sizeFrom(place + 1, branch.dead);
        if (rest >= branch.count * below) {
          rest -= branch.count * below;
          continue;
        }
        into[list[place]?.at ?? 0] = branch.value(Math.floor(rest / below));
        [rest, dead] = [rest % below, branch.dead];
        break;
      }
    }
  };
  return { size, put };
}
