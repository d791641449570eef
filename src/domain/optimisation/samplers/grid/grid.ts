import type { SearchSpace } from '../../../../contracts/optimisation/search-space';
import { DEFAULT_POINTS, type SamplerOptions } from '../../../../contracts/optimisation/study';
import type { Value } from '../../../../contracts/variable';
import type { Sampler } from '../sampler';
import { gridAxis } from './axis';
import { permuted } from './permutation';
import { tiedTogether, treeOf, type Tree } from './tree';

/** The trees of the dimensions that conditions tie together; the grid is their product. */
interface Grid {
  readonly names: readonly string[];
  readonly trees: readonly (Tree | undefined)[];
  /** How many configurations; NaN when they could not be counted. */
  readonly size: number;
}

/** Places beyond it would not be whole numbers any more while they are shuffled. */
const MOST = 2 ** 52;

const grids = new WeakMap<SearchSpace, Map<number, Grid>>();

function gridOf(space: SearchSpace, { points = DEFAULT_POINTS }: SamplerOptions = {}): Grid {
  const known = grids.get(space) ?? new Map<number, Grid>();
  grids.set(space, known);
  const before = known.get(points);
  if (before !== undefined) return before;
  const placed = Object.entries(space.dimensions).map(([name, dimension], at) => {
    return { at, name, dimension, axis: gridAxis(dimension, points) };
  });
  const trees = tiedTogether(space).map((list) => treeOf(list.flatMap((at) => placed[at] ?? [])));
  const size = trees.reduce((product, tree) => product * (tree?.size ?? NaN), 1);
  const made: Grid = { names: placed.map(({ name }) => name), trees, size };
  known.set(points, made);
  return made;
}

/** The n-th configuration: n is written in the sizes of the trees as digits. */
function configurationAt({ names, trees }: Grid, n: number): Readonly<Record<string, Value>> {
  const values: (Value | undefined)[] = names.map(() => undefined);
  let rest = n;
  for (const tree of trees) {
    const size = tree?.size ?? 1;
    tree?.put(rest % size, values);
    rest = Math.floor(rest / size);
  }
  return Object.fromEntries(
    names.flatMap((name, at) => (values[at] === undefined ? [] : [[name, values[at]] as const])),
  );
}

/**
 * Every configuration of a grid once: the product of the values of all dimensions (see `gridAxis`); dimensions with a
 * condition count where it holds, to any depth. Ask number n is the n-th configuration of a permutation that the seed
 * chooses, computed from n: a renewal or a crash changes nothing, and no two asks are the same. Shuffled, because a study that
 * ends before its grid does has then seen an even sample of it, and not one corner. It has as many asks as configurations;
 * further ones begin again.
 *
 * As Optuna 5.0.0's `GridSampler`, which shuffles, too. We differ: the grid follows from the space, conditions included, and
 * is never listed; the study is the only writer, so no configuration is asked for twice; enqueued trials do not take a place.
 */
export const gridSampler: Sampler = {
  ask: (space, _history, _pending, { seed, ask, options }) => {
    const grid = gridOf(space, options);
    return configurationAt(grid, permuted(ask % grid.size, grid.size, seed));
  },
  asks: (space, options) => gridOf(space, options).size,
  problem: (space, options) => {
    const { size } = gridOf(space, options);
    if (Number.isNaN(size)) return 'the conditions of the space leave too many combinations to count its grid';
    return size <= MOST ? undefined : 'the grid has more than 2^52 configurations; give steps';
  },
};
