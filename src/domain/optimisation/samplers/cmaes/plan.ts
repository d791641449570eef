import type { Dimension, SearchSpace } from '../../../../contracts/optimisation/search-space';
import { encode } from '../../dimension';
import type { History } from '../../history';
import { cmaAxis, type CmaAxis } from './axis';

/** A space in two parts: what the distribution is over, and what an independent sampler suggests. */
export interface Plan {
  /** Dimensions of the distribution, by place in the space. */
  readonly own: readonly { readonly at: number; readonly name: string; readonly axis: CmaAxis }[];
  /** The other dimensions as a space of their own; conditions name nothing outside it. */
  readonly rest: SearchSpace;
  /** Where the dimensions of `rest` stand in the space. */
  readonly restAt: readonly number[];
  /** Encoded values of a place, by axis. */
  readonly encode: (place: Float64Array) => readonly number[];
}

/**
 * The parts of a space. To the distribution belongs what is always there, has an order and has more than one value: numbers,
 * ordinals and booleans. What a condition names decides which dimensions there are, so it is not a coordinate but suggested
 * with those that depend on it.
 */
export function planOf(space: SearchSpace): Plan {
  const entries = Object.entries(space.dimensions);
  const switches = new Set(entries.flatMap(([, { when }]) => Object.keys(when ?? {})));
  const own: { at: number; name: string; axis: CmaAxis; dimension: Dimension }[] = [];
  const restAt: number[] = [];
  entries.forEach(([name, dimension], at) => {
    const axis = dimension.when === undefined && !switches.has(name) ? cmaAxis(dimension) : undefined;
    if (axis === undefined) restAt.push(at);
    else own.push({ at, name, axis, dimension });
  });
  const rest = { dimensions: Object.fromEntries(restAt.flatMap((at) => [entries[at] ?? []] as [string, Dimension][])) };
  const encoded = (place: Float64Array): readonly number[] =>
    own.map(({ axis, dimension }, k) => encode(dimension, axis.value(place[k] ?? 0.5)) ?? NaN);
  return { own, rest, restAt, encode: encoded };
}

/** A history as the space of the other dimensions sees it. */
export function restOf(
  { learnt: _of, parts: _parts, behind: _behind, ...history }: History,
  { restAt }: Plan,
): History {
  return { ...history, column: (dimension) => history.column(restAt[dimension] ?? -1) };
}
