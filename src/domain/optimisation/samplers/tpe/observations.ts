import type { Dimension } from '../../../../contracts/optimisation/search-space';
import { encode } from '../../dimension';
import type { Pending } from '../sampler';
import { placeOf, type Axis } from './axis';
import { byPlace, rowOf, type Ledger } from './ledger';
import type { Observations } from './parzen';
import { merge } from './sorted';
import { goodOf } from './split';

// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { isNaN } = Number;

/** The trials of one ask: the rows of the ledger, and behind them those that are pending. */
export interface Rows {
  readonly ledger: Ledger;
  /** 1 for a row that is good; what is pending never is. */
  readonly good: Uint8Array;
  readonly numbers: Float64Array;
  /** By dimension. */
  readonly places: readonly Float64Array[];
  /** Rows of what is pending, by number. */
  readonly pending: readonly number[];
}

/** Puts what is pending behind the rows of a ledger. */
export function rowsOf(
  ledger: Ledger,
  running: readonly Pending[],
  dimensions: readonly (readonly [string, Dimension])[],
): Rows {
  const count = ledger.numbers.length;
  // what was promoted is among the best of its rung: to count it as a bad one while it runs would keep others away from there
  const pending = running.filter(({ number }) => rowOf(ledger, number) === undefined);
  const behind = (list: readonly number[], more: readonly number[]): Float64Array => {
    const all = new Float64Array(count + pending.length);
    all.set(list);
    all.set(more, count);
    return all;
  };
  const numbers = behind(
    ledger.numbers,
    pending.map((trial) => trial.number),
  );
  const places = dimensions.map(([name, dimension], at) => {
    const pendingPlaces = pending.map(({ configuration }) => {
      const value = configuration[name];
      return value === undefined ? NaN : placeOf(dimension, encode(dimension, value) ?? NaN);
    });
    return behind(ledger.places[at] ?? [], pendingPlaces);
  });
  const rows = pending.map((_trial, at) => count + at).sort((a, b) => (numbers[a] ?? 0) - (numbers[b] ?? 0));
  return { ledger, good: goodOf(ledger), numbers, places, pending: rows };
}

/**
 * One side of the split as some dimensions see it: trials in which they were active, in the order of their numbers, with the
 * orders of their places. Merges what is sorted already; O(trials) for each dimension.
 */
export function observationsOf(
  { ledger, good, numbers, places, pending }: Rows,
  side: 'below' | 'above',
  dimensions: readonly number[],
  axes: readonly (Axis | undefined)[],
): Observations {
  const first = places[dimensions[0] ?? 0] ?? new Float64Array();
  const isBelow = side === 'below';
  const isIn = new Uint8Array(numbers.length);
  for (let row = 0; row < isIn.length; row++)
    isIn[row] = (good[row] === 1) === isBelow && !isNaN(first[row] ?? 0) ? 1 : 0;
  const late = isBelow ? [] : pending.filter((row) => isIn[row] === 1);
  const members = merge(ledger.byNumber, isIn, late, (a, b) => (numbers[a] ?? 0) < (numbers[b] ?? 0));
  const position = new Int32Array(numbers.length);
  for (let at = 0; at < members.length; at++) position[members[at] ?? 0] = at;
  return {
    length: members.length,
    columns: dimensions.map((of) => picked(places[of] ?? first, members)),
    orders: dimensions.map((of) => {
      if (axes[of]?.kind === 'choice') return new Int32Array();
      const before = byPlace(places[of] ?? first, numbers);
      const lateByPlace = [...late].sort((a, b) => (before(a, b) ? -1 : 1));
      const order = merge(ledger.ascending[of] ?? [], isIn, lateByPlace, before);
      for (let at = 0; at < order.length; at++) order[at] = position[order[at] ?? 0] ?? 0;
      return order;
    }),
  };
}

/** The entries of a column at some rows. A plain loop: this is done for each dimension at each ask. */
function picked(column: Float64Array, rows: Int32Array): Float64Array {
  const entries = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at++) entries[at] = column[rows[at] ?? 0] ?? NaN;
  return entries;
}
