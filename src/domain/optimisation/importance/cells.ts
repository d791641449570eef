import type { Dimension } from '../../../contracts/optimisation/search-space';
import type { Value } from '../../../contracts/variable';
import { encode, levelsOf } from '../dimension';
import { log } from '../numerics/elementary';

/** Cells of a range at most. */
const MAX_CELLS = 50;

/** How the values of a dimension fall into cells, which are numbered from 0. */
export interface Cells {
  readonly count: number;
  /** Choices have no order: one cell each. */
  readonly isChoice: boolean;
  cellOf(value: Value): number | undefined;
}

/** Cells of a logarithmic int: one for each time the range can be halved, and one. As Optuna 5.0.0, digit for digit. */
function logarithmicCells(low: number, high: number): number {
  return Math.ceil(log(high - low + 1) / log(2)) + 1;
}

function rangeCells(dimension: Extract<Dimension, { readonly kind: 'float' | 'int' }>): Cells {
  const { kind, log: isLog, low, step } = dimension;
  const levels = levelsOf(dimension);
  const high = step === undefined || isLog ? dimension.high : low + (levels - 1) * step;
  const wanted = kind === 'int' && isLog ? logarithmicCells(low, high) : levels;
  const count = Math.min(wanted, MAX_CELLS);
  const place = (value: number): number => (isLog ? log(value) : value);
  const size = (place(high) - place(low)) / (count - 1);
  return {
    count,
    isChoice: false,
    cellOf: (value) => {
      if (typeof value !== 'number') return undefined;
      // a tie between two cells goes to the lower
      const cell = Math.ceil((place(value) - place(low)) / size - 0.5);
      return Math.min(count - 1, Math.max(0, cell));
    },
  };
}

/** The cells of a dimension; `undefined` when it has one value only, which can explain nothing. */
export function cellsOf(dimension: Dimension): Cells | undefined {
  if (dimension.kind === 'float' || dimension.kind === 'int') {
    const isSingle = dimension.low === dimension.high || levelsOf(dimension) < 2;
    return isSingle ? undefined : rangeCells(dimension);
  }
  const count = levelsOf(dimension);
  const isChoice = dimension.kind !== 'ordinal';
  return count < 2 ? undefined : { count, isChoice, cellOf: (value) => encode(dimension, value) };
}
