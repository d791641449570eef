import type { Dimension } from '../../../../contracts/optimisation/search-space';
import type { History } from '../../history';
import { lexically } from '../../pareto/dominance';
import { goesOn, type Seen } from '../seen';
import { placeOf, type Axis } from './axis';
import { insert, type Before } from './sorted';

// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { isNaN } = Number;

/**
 * The trials that have an objective, a row each in the order of their end, with the orders that the estimators need. Grows by
 * insertion: a trial more costs no sorting. Each order is total, so it does not matter in which order the rows came. A trial that
 * comes again, because it waited and went on, has the row that it had.
 */
export interface Ledger {
  readonly numbers: number[];
  readonly losses: number[];
  /** All losses of a trial, where there are several objectives; empty where there is one. */
  readonly points: (readonly number[])[];
  readonly objectives: number;
  /** By how much the bounds were broken; 0 when they held. */
  readonly broken: number[];
  /** Last step of a pruned trial, -1 when it reported none; NaN for one that was not pruned. */
  readonly prunedAt: number[];
  /** Places by dimension; NaN where it was not active. */
  readonly places: readonly number[][];
  /** Rows by the number of their trial. */
  readonly byNumber: number[];
  /** Rows from the best to the worst: by loss (the first, then the second, …) where the bounds held; then what was pruned, the later the better; then by how much bounds were broken. */
  readonly ranked: number[];
  /** Rows by place, equal ones by number; by dimension, empty for choices. */
  readonly ascending: readonly number[][];
}

/** Where the raw columns of a history stand; those of the dimensions follow. */
const [NUMBERS, LOSS, VIOLATION, PRUNED_AT, PRUNED_LOSS, FIRST] = [0, 1, 2, 3, 4, 5];

/** A ledger and the history that it was made of. */
export interface Kept {
  readonly parts: readonly object[];
  /** The trials behind these parts. */
  readonly seen: Seen;
  /** Trials in all. */
  readonly rows: number;
  readonly ledger: Ledger;
}

/** Raw columns: losses behind the first stand last. */
function columnsOf(history: History, dimensions: number): Seen {
  const places = Array.from({ length: dimensions }, (_each, at) => history.column(at));
  const pruned = [history.prunedAt(), history.prunedLoss()];
  return {
    length: history.length,
    columns: [history.numbers(), history.loss(), history.violation(), ...pruned, ...places, ...history.more()],
  };
}

function emptyLedger(dimensions: number, objectives: number): Ledger {
  const lists = (): number[][] => Array.from({ length: dimensions }, () => []);
  const orders = { places: lists(), byNumber: [], ranked: [], ascending: lists() };
  return { numbers: [], losses: [], points: [], objectives, broken: [], prunedAt: [], ...orders };
}

/** Rows of a ledger by place, equal ones by number. */
export function byPlace(places: ArrayLike<number>, numbers: ArrayLike<number>): Before {
  return (a, b) => {
    const [mine, its] = [places[a] ?? 0, places[b] ?? 0];
    return mine < its || (mine === its && (numbers[a] ?? 0) < (numbers[b] ?? 0));
  };
}

/**
 * The better first: by loss where the bounds held, behind them what was pruned, by its last step and then its loss, behind them
 * by how much bounds were broken; at a tie the earlier trial.
 *
 * @see Optuna 5.0.0 `_tpe/sampler.py`, `_split_trials`, `_get_pruned_trial_score`
 */
function byRank({ losses, points, broken, prunedAt, numbers }: Ledger): Before {
  const classOf = (row: number): number => ((broken[row] ?? 0) > 0 ? 2 : isNaN(prunedAt[row] ?? NaN) ? 0 : 1);
  return (a, b) => {
    const kind = classOf(a);
    if (kind !== classOf(b)) return kind < classOf(b);
    const [mine, its] = kind === 2 ? [broken[a], broken[b]] : kind === 1 ? [prunedAt[b], prunedAt[a]] : [0, 0];
    if (mine !== its) return (mine ?? 0) < (its ?? 0);
    const order = kind === 0 ? lexically(points[a] ?? [], points[b] ?? []) : 0;
    if (order !== 0) return order < 0;
    const [loss, other] = kind === 2 ? [0, 0] : [losses[a] ?? 0, losses[b] ?? 0];
    return loss < other || (loss === other && (numbers[a] ?? 0) < (numbers[b] ?? 0));
  };
}

/** The row of a trial that is in a ledger. */
export function rowOf({ numbers, byNumber }: Pick<Ledger, 'numbers' | 'byNumber'>, number: number): number | undefined {
  let [from, to] = [0, byNumber.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((numbers[byNumber[middle] ?? 0] ?? 0) < number) from = middle + 1;
    else to = middle;
  }
  const row = byNumber[from];
  return row !== undefined && numbers[row] === number ? row : undefined;
}

/** Adds trials to a ledger, each into its place in every order. */
function adder(ledger: Ledger, dimensions: readonly Dimension[], axes: readonly (Axis | undefined)[]) {
  const { numbers, losses, points, broken, prunedAt, places, byNumber, ranked, ascending } = ledger;
  const rankBefore = byRank(ledger);
  const numberBefore: Before = (a, b) => (numbers[a] ?? 0) < (numbers[b] ?? 0);
  const placeBefore = places.map((column) => byPlace(column, numbers));
  const isOrdered = axes.map((axis) => axis !== undefined && axis.kind !== 'choice');
  const others = FIRST + dimensions.length;
  return ({ columns }: Seen, at: number): void => {
    const of = (column: number): number => columns[column]?.[at] ?? NaN;
    const isPruned = !isNaN(of(PRUNED_AT));
    // without an objective a trial counts only when it was pruned
    if (isNaN(of(LOSS)) && !isPruned) return;
    const known = rowOf(ledger, of(NUMBERS));
    const row = known ?? numbers.length;
    // it waited at a rung, and has gone on since: only how it stands is new
    if (known !== undefined) ranked.splice(ranked.indexOf(known), 1);
    numbers[row] = of(NUMBERS);
    // a report that is no number is the worst of its step
    const last = isNaN(of(PRUNED_LOSS)) && of(PRUNED_AT) >= 0 ? Infinity : of(PRUNED_LOSS);
    losses[row] = isPruned ? last || 0 : of(LOSS);
    if (ledger.objectives > 1)
      points[row] = [of(LOSS), ...Array.from({ length: ledger.objectives - 1 }, (_each, more) => of(others + more))];
    broken[row] = isPruned ? 0 : isNaN(of(VIOLATION)) ? Infinity : of(VIOLATION);
    prunedAt[row] = of(PRUNED_AT);
    insert(ranked, row, rankBefore);
    if (known !== undefined) return;
    insert(byNumber, row, numberBefore);
    dimensions.forEach((dimension, column) => {
      const place = placeOf(dimension, of(FIRST + column));
      places[column]?.push(place);
      if (isOrdered[column] !== true || isNaN(place)) return;
      insert(ascending[column] ?? [], row, placeBefore[column] ?? numberBefore);
    });
  };
}

/** What a history tells beyond what is kept, added to it; all of it when what is kept is of another history. */
export function keep(
  kept: Kept | undefined,
  history: History,
  dimensions: readonly Dimension[],
  axes: readonly (Axis | undefined)[],
): Kept {
  const parts = history.parts ?? [];
  const behind = (count: number): Seen =>
    columnsOf(count === 0 ? history : (history.behind?.(count) ?? history), dimensions.length);
  const known = kept?.parts.every((part, at) => part === parts[at]) === true ? kept : undefined;
  const recent = behind(known?.parts.length ?? 0);
  const before = known !== undefined && goesOn(known.seen, recent) ? known : undefined;
  if (before?.rows === history.length) return before;
  const ledger = before?.ledger ?? emptyLedger(dimensions.length, 1 + history.more().length);
  const add = adder(ledger, dimensions, axes);
  const fresh = before === undefined && known !== undefined ? behind(0) : recent;
  for (let at = before?.seen.length ?? 0; at < fresh.length; at++) add(fresh, at);
  const seen = before?.parts.length === parts.length ? recent : behind(parts.length);
  return { parts, seen, rows: history.length, ledger };
}
