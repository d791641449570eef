import type { Dimension } from '../../../../contracts/optimisation/search-space';
import type { Value } from '../../../../contracts/variable';
import { levelsOf, onStep, within } from '../../dimension';
import { exp, log } from '../../numerics/elementary';

// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { max, min, round } = Math;

/**
 * A dimension as the estimators see it. A *coordinate* is what is drawn and scored: the index of a choice or of a step, a
 * whole number of a logarithmic int, the number of a float (its logarithm where the range is one). A *place* is where the
 * coordinate lies on the line of the kernels: its logarithm for a logarithmic int, else itself.
 */
export type Axis =
  | { readonly kind: 'choice'; readonly choices: number }
  | { readonly kind: 'line'; readonly low: number; readonly high: number }
  | (Cells & { readonly kind: 'cells' });

/** Whole coordinates, each with the cell from half a step below to half a step above it. */
export interface Cells {
  readonly log: boolean;
  /** Ends of the line, half a step wider than the coordinates. */
  readonly low: number;
  readonly high: number;
  readonly first: number;
  readonly last: number;
}

/** The axis of a dimension; `undefined` for one with a single value. Choices without an order have no distance; ordinals have. */
export function axisOf(dimension: Dimension): Axis | undefined {
  const levels = levelsOf(dimension);
  if (levels === 1 || ('low' in dimension && dimension.low === dimension.high)) return undefined;
  if (dimension.kind === 'int' && dimension.log) {
    const { low, high } = dimension;
    return { kind: 'cells', log: true, low: log(low - 0.5), high: log(high + 0.5), first: low, last: high };
  }
  if (dimension.kind === 'ordinal' || ('low' in dimension && levels !== Infinity))
    return { kind: 'cells', log: false, low: -0.5, high: levels - 0.5, first: 0, last: levels - 1 };
  if (!('low' in dimension)) return { kind: 'choice', choices: levels };
  const { low, high } = dimension;
  return dimension.log ? { kind: 'line', low: log(low), high: log(high) } : { kind: 'line', low, high };
}

/** Where an encoded value (see `encode`) lies; NaN for a dimension that was not active. */
export function placeOf(dimension: Dimension, encoded: number): number {
  if (!('low' in dimension)) return encoded;
  if (dimension.log) return log(encoded);
  return dimension.step === undefined ? encoded : round((encoded - dimension.low) / dimension.step);
}

/** The coordinate nearest to a place on the line. */
export function coordinateAt(cells: Cells, place: number): number {
  return min(cells.last, max(cells.first, round(cells.log ? exp(place) : place)));
}

/** The value of a coordinate: in range and on its step. */
export function valueAt(dimension: Dimension, coordinate: number): Value {
  switch (dimension.kind) {
    case 'float':
    case 'int': {
      const { low, high, step } = dimension;
      if (!dimension.log)
        return step === undefined ? within(coordinate, low, high) : onStep(low, high, step, coordinate);
      return within(dimension.kind === 'int' ? coordinate : exp(coordinate), low, high);
    }
    case 'boolean':
      return coordinate === 1;
    case 'categorical':
    case 'ordinal':
    case 'module':
      return dimension.choices[coordinate] ?? false;
  }
}
