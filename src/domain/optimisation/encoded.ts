import type { Configuration, SearchSpace } from '../../contracts/optimisation/search-space';
import type { Value } from '../../contracts/variable';
import { decode, encode } from './dimension';

/** A configuration as numbers, in the order of the dimensions: NaN where one is not active, or the value is none of its. */
export function encodedOf({ dimensions }: SearchSpace, configuration: Configuration): number[] {
  return Object.entries(dimensions).map(([name, dimension]) => {
    const value = configuration[name];
    return value === undefined ? NaN : (encode(dimension, value) ?? NaN);
  });
}

/** The configuration that such numbers stand for; `null` is NaN in JSON. */
export function configurationOf({ dimensions }: SearchSpace, values: readonly (number | null)[]): Configuration {
  const entries = Object.entries(dimensions).flatMap(([name, dimension], at): [string, Value][] => {
    const value = values[at] ?? NaN;
    return Number.isNaN(value) ? [] : [[name, decode(dimension, value)]];
  });
  return Object.fromEntries(entries);
}
