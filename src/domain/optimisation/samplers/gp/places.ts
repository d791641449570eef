import type { Dimension, SearchSpace } from '../../../../contracts/optimisation/search-space';
import type { Value } from '../../../../contracts/variable';
import { encode } from '../../dimension';
import { log } from '../../numerics/elementary';
import { axisOf, coordinateAt, placeOf, valueAt, type Axis } from '../tpe/axis';

/** A dimension that the model knows, with its axis. */
export interface Known {
  readonly name: string;
  /** Which of the space it is. */
  readonly index: number;
  readonly dimension: Dimension;
  readonly axis: Axis;
}

/** The dimensions that the model knows: with more than one value, and without a condition, so that every trial has them. */
export function knownOf({ dimensions }: SearchSpace): readonly Known[] {
  return Object.entries(dimensions).flatMap(([name, dimension], index) => {
    const axis = dimension.when === undefined ? axisOf(dimension) : undefined;
    return axis === undefined ? [] : [{ name, index, dimension, axis }];
  });
}

/** Where an encoded value (see `encode`) lies: in [0, 1], for a choice its index. Steps lie in the middle of their cells. */
export function placeIn({ dimension, axis }: Known, encoded: number): number {
  if (axis.kind === 'choice') return encoded;
  return (placeOf(dimension, encoded) - axis.low) / (axis.high - axis.low);
}

/** Where a value lies; NaN for one that the dimension does not have. */
export function placeOfValue(known: Known, value: Value | undefined): number {
  const encoded = value === undefined ? undefined : encode(known.dimension, value);
  return encoded === undefined ? NaN : placeIn(known, encoded);
}

/** How many places an axis has; Infinity for a float without a step. */
export function placesOn({ axis }: Known): number {
  switch (axis.kind) {
    case 'choice':
      return axis.choices;
    case 'cells':
      return axis.last - axis.first + 1;
    case 'line':
      return Infinity;
  }
}

/** The k-th place of an axis that has steps or choices. */
export function placeAt({ axis }: Known, k: number): number {
  if (axis.kind !== 'cells') return k;
  const coordinate = axis.first + k;
  return ((axis.log ? log(coordinate) : coordinate) - axis.low) / (axis.high - axis.low);
}

/** Which place is nearest. */
export function nearestPlace({ axis }: Known, place: number): number {
  if (axis.kind !== 'cells') return place;
  return coordinateAt(axis, axis.low + place * (axis.high - axis.low)) - axis.first;
}

/** The value at a place: in range and on its step. */
export function valueOf(known: Known, place: number): Value {
  const { axis, dimension } = known;
  if (axis.kind === 'choice') return valueAt(dimension, place);
  const coordinate = axis.low + place * (axis.high - axis.low);
  return valueAt(dimension, axis.kind === 'cells' ? coordinateAt(axis, coordinate) : coordinate);
}
