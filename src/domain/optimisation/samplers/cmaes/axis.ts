import type { Dimension } from '../../../../contracts/optimisation/search-space';
import type { Value } from '../../../../contracts/variable';
import { levelsOf, onStep, within } from '../../dimension';
import { exp, log } from '../../numerics/elementary';

// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { ceil, max, min, round } = Math;

/** A dimension scaled to [0, 1]; one with few values lies in cells, half a step beyond its ends. */
export interface CmaAxis {
  /** Where an encoded value (see `encode`) lies: the middle of its cell. */
  place(encoded: number): number;
  value(place: number): Value;
  /** Absent for a float without a step. */
  readonly cells?: Cells;
}

/** Values that are rounded to: cell k lies between border(k - 1) and border(k); the first and the last have one border. */
export interface Cells {
  readonly count: number;
  /** The cell of a place, on a border the lower one; what lies outside belongs to the cells at the ends. */
  at(place: number): number;
  /** Between cell k and the next. */
  border(k: number): number;
}

const inside = (cell: number, count: number): number => min(count - 1, max(0, cell));

function continuous(low: number, high: number, isLog: boolean): CmaAxis {
  const [from, to] = isLog ? [log(low), log(high)] : [low, high];
  return {
    place: (encoded) => ((isLog ? log(encoded) : encoded) - from) / (to - from),
    value: (place) => {
      const value = from + place * (to - from);
      return within(isLog ? exp(value) : value, low, high);
    },
  };
}

function stepped(count: number, indexOf: (encoded: number) => number, value: (cell: number) => Value): CmaAxis {
  const at = (place: number): number => inside(ceil(place * count) - 1, count);
  return {
    place: (encoded) => (indexOf(encoded) + 0.5) / count,
    value: (place) => value(at(place)),
    cells: { count, at, border: (k) => (k + 1) / count },
  };
}

function logarithmicInt(low: number, high: number): CmaAxis {
  const [from, to] = [log(low - 0.5), log(high + 0.5)];
  const count = high - low + 1;
  const scaled = (value: number): number => (log(value) - from) / (to - from);
  const at = (place: number): number => inside(round(exp(from + place * (to - from))) - low, count);
  return {
    place: scaled,
    value: (place) => low + at(place),
    cells: { count, at, border: (k) => scaled(low + k + 0.5) },
  };
}

/** The axis of a dimension; none for choices without an order, and for a dimension with a single value. */
export function cmaAxis(dimension: Dimension): CmaAxis | undefined {
  const count = levelsOf(dimension);
  if (count === 1) return undefined;
  switch (dimension.kind) {
    case 'float':
    case 'int': {
      const { low, high, step, log: isLog } = dimension;
      if (low === high) return undefined;
      if (step === undefined) return continuous(low, high, isLog);
      if (isLog) return logarithmicInt(low, high);
      return stepped(
        count,
        (encoded) => round((encoded - low) / step),
        (cell) => onStep(low, high, step, cell),
      );
    }
    case 'boolean':
      return stepped(
        2,
        (encoded) => encoded,
        (cell) => cell === 1,
      );
    case 'ordinal':
      return stepped(
        count,
        (encoded) => encoded,
        (cell) => dimension.choices[cell] ?? false,
      );
    case 'categorical':
    case 'module':
      return undefined;
  }
}
