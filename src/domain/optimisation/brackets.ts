import type { SearchSpace } from '../../contracts/optimisation/search-space';
import type { History } from './history';
import type { Pending } from './samplers/sampler';

/** What a sampler is asked with. */
interface Seen {
  readonly space: SearchSpace;
  readonly history: History;
  readonly pending: readonly Pending[];
}

const spaces = new WeakMap<SearchSpace, Map<number, SearchSpace>>();

/** The same space under a name of its own: samplers remember what they worked out by it. */
function spaceOf(space: SearchSpace, bracket: number): SearchSpace {
  const known = spaces.get(space) ?? new Map<number, SearchSpace>();
  spaces.set(space, known);
  const own = known.get(bracket) ?? { ...space };
  known.set(bracket, own);
  return own;
}

/**
 * What a sampler is asked with when it learns from the trials of one bracket alone, as with Optuna's Hyperband
 * (`pruners/__init__.py`, `_filter_study`). O(n) for each ask.
 */
export function ofBracket(
  { space, history, pending }: Seen,
  bracketOf: (trial: number) => number,
  bracket: number,
): Seen {
  const rows: number[] = [];
  history.numbers().forEach((number, row) => {
    if (bracketOf(number) === bracket) rows.push(row);
  });
  const picked = (column: Float64Array): Float64Array => Float64Array.from(rows, (row) => column[row] ?? NaN);
  return {
    space: spaceOf(space, bracket),
    history: {
      length: rows.length,
      numbers: () => picked(history.numbers()),
      column: (dimension) => picked(history.column(dimension)),
      loss: () => picked(history.loss()),
      more: () => history.more().map(picked),
      feasible: () => picked(history.feasible()),
      violation: () => picked(history.violation()),
      asks: () => picked(history.asks()),
      slack: () => history.slack().map(picked),
      members: () => picked(history.members()),
      generations: () => picked(history.generations()),
      prunedAt: () => picked(history.prunedAt()),
      prunedLoss: () => picked(history.prunedLoss()),
    },
    pending: pending.filter(({ number }) => bracketOf(number) === bracket),
  };
}
