import type { Dimension } from '../../../../contracts/optimisation/search-space';
import type { Value } from '../../../../contracts/variable';
import { levelsOf, onStep, within } from '../../dimension';
import { exp, log } from '../../numerics/elementary';

/** The values of one dimension on the grid. */
export interface GridAxis {
  readonly count: number;
  /** The k-th value, 0 <= k < count; in range and on its step. */
  at(k: number): Value;
  /** Where a value stands, or -1. */
  find(value: Value): number;
}

function listed(values: readonly Value[]): GridAxis {
  return { count: values.length, at: (k) => values[k] ?? false, find: (value) => values.indexOf(value) };
}

/** So many values from end to end, both among them; the middle when it is one. Whole and each once where the dimension is. */
function spread(dimension: Extract<Dimension, { kind: 'float' | 'int' }>, points: number): GridAxis {
  const { kind, low, high, log: isLog } = dimension;
  const [from, to] = isLog ? [log(low), log(high)] : [low, high];
  const values = Array.from({ length: points }, (_each, k) => {
    if (points > 1 && k === 0) return within(low, low, high);
    if (points > 1 && k === points - 1) return within(high, low, high);
    const place = from + (points === 1 ? 0.5 : k / (points - 1)) * (to - from);
    const value = isLog ? exp(place) : place;
    return within(kind === 'int' ? Math.round(value) : value, low, high);
  });
  return listed([...new Set(values)]);
}

function stepped(low: number, high: number, step: number, count: number): GridAxis {
  const at = (k: number): number => onStep(low, high, step, k);
  const find = (value: Value): number => {
    const k = typeof value === 'number' ? Math.round((value - low) / step) : -1;
    return k >= 0 && k < count && at(k) === value ? k : -1;
  };
  return { count, at, find };
}

/**
 * The values of a dimension on the grid: each choice, each step. A float without a step has `points` values from end to end,
 * evenly, on the logarithm where the dimension says so. So has a logarithmic int with more values than that: it cannot have
 * a step, and nobody wants each number of a range that is looked at by its magnitude.
 */
export function gridAxis(dimension: Dimension, points: number): GridAxis {
  const count = levelsOf(dimension);
  switch (dimension.kind) {
    case 'float':
    case 'int': {
      const { low, high, step } = dimension;
      if (step === undefined || (dimension.log && count > points)) return spread(dimension, points);
      return stepped(low, high, step, count);
    }
    case 'boolean':
      return listed([false, true]);
    case 'categorical':
    case 'ordinal':
    case 'module':
      return listed(dimension.choices);
  }
}
