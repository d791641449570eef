import type { History } from '../../history';
import { placeIn, placeOfValue, type Known } from './places';
import type { Places } from './kernel';
import type { Pending } from '../sampler';

// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { isNaN } = Number;

/** Trials that a model is made of, at most: its cost grows with their cube. */
export const MOST_MODELLED = 300;
/** Of more, so many are the best ones; the others are the newest. */
const BEST_OF_THEM = 150;
/** Pending trials that are looked at, at most: the newest. */
export const MOST_PENDING = 100;

/** What a model is made of: trials with an objective, by number. */
export interface Evidence {
  readonly places: Places;
  /** To be made large. */
  readonly gains: Float64Array;
  /** 1 where all bounds held. */
  readonly feasible: Uint8Array;
  /** By bound: how far it is from being broken, at least 0 where it held. */
  readonly slack: readonly Float64Array[];
}

/**
 * Rows of the trials that a model is made of, by the number of their trial: those with an objective. Of more than
 * MOST_MODELLED the best half, what kept the bounds first, and the newest of the others.
 */
export function modelled(history: History): readonly number[] {
  const [numbers, loss, feasible, violation] = [
    history.numbers(),
    history.loss(),
    history.feasible(),
    history.violation(),
  ];
  const rows = Array.from(loss, (each, row) => (isNaN(each) ? -1 : row)).filter((row) => row >= 0);
  const number = (row: number): number => numbers[row] ?? 0;
  rows.sort((a, b) => number(a) - number(b));
  if (rows.length <= MOST_MODELLED) return rows;
  const broken = (row: number): number => (feasible[row] === 1 ? 0 : (violation[row] ?? 0) || Infinity);
  const ranked = rows.toSorted((a, b) => {
    const [mine, its] = [broken(a), broken(b)];
    if (mine !== its) return mine < its ? -1 : 1;
    return (loss[a] ?? 0) - (loss[b] ?? 0) || number(a) - number(b);
  });
  const best = new Set(ranked.slice(0, BEST_OF_THEM));
  const newest = rows.filter((row) => !best.has(row)).slice(BEST_OF_THEM - MOST_MODELLED);
  return [...best, ...newest].sort((a, b) => number(a) - number(b));
}

const choicesOf = (known: readonly Known[]): Uint8Array =>
  Uint8Array.from(known, ({ axis }) => Number(axis.kind === 'choice'));

/** The trials of a history as a model needs them. A trial without a value in a dimension that is known is left out. */
export function evidenceOf(history: History, known: readonly Known[]): Evidence {
  const columns = known.map((each) => history.column(each.index).map((encoded) => placeIn(each, encoded)));
  const [loss, held, bounds] = [history.loss(), history.feasible(), history.slack()];
  const rows = modelled(history).filter(
    (row) =>
      columns.every((column) => !isNaN(column[row] ?? NaN)) && bounds.every((bound) => !isNaN(bound[row] ?? NaN)),
  );
  const at = new Float64Array(rows.length * known.length);
  rows.forEach((row, i) => columns.forEach((column, k) => (at[i * known.length + k] = column[row] ?? 0)));
  const pick = (column: Float64Array): Float64Array => Float64Array.from(rows, (row) => column[row] ?? 0);
  return {
    places: { rows: rows.length, dimensions: known.length, at, isChoice: choicesOf(known) },
    gains: pick(loss).map((each) => -each),
    feasible: Uint8Array.from(rows, (row) => held[row] ?? 0),
    slack: bounds.map(pick),
  };
}

/** Where the newest pending trials lie, row by row. */
export function pendingPlaces(
  pending: readonly Pending[],
  known: readonly Known[],
): { readonly rows: number; readonly at: Float64Array } {
  const newest = pending
    .toSorted((a, b) => a.number - b.number)
    .slice(-MOST_PENDING)
    .map(({ configuration }) => known.map((each) => placeOfValue(each, configuration[each.name])))
    .filter((row) => !row.some(isNaN));
  return { rows: newest.length, at: Float64Array.from(newest.flat()) };
}
