import type { Dimension } from '../../contracts/optimisation/search-space';
import type { Value } from '../../contracts/variable';
import { exp, log as logarithm } from './numerics/elementary';

/** Where a value comes from: a number in [0, 1), or a whole number below n. */
export interface Draw {
  unit(): number;
  below(n: number): number;
}

/** A step may miss the end of a range by this share of itself: decimal steps are not exact in binary. */
const STEP_SLACK = 1e-9;
const MAX_DECIMALS = 12;

/** How many values a dimension has; `Infinity` for a float without a step. */
export function levelsOf(dimension: Dimension): number {
  switch (dimension.kind) {
    case 'float':
    case 'int': {
      const { low, high, step } = dimension;
      return step === undefined ? Infinity : Math.floor((high - low) / step + STEP_SLACK) + 1;
    }
    case 'boolean':
      return 2;
    case 'categorical':
    case 'ordinal':
    case 'module':
      return dimension.choices.length;
  }
}

function decimalsOf(value: number): number {
  for (let decimals = 0; decimals <= MAX_DECIMALS; decimals++) {
    if (Number(value.toFixed(decimals)) === value) return decimals;
  }
  return MAX_DECIMALS + 1;
}

/**
 * The k-th value of a stepped range: `low + k * step` at once, not by adding up, and written with the decimals of low and
 * step, so that 0 + 3 * 0.1 is 0.3. Never above `high`, never -0.
 */
export function onStep(low: number, high: number, step: number, k: number): number {
  const value = low + k * step;
  const decimals = Math.max(decimalsOf(low), decimalsOf(step));
  const rounded = decimals > MAX_DECIMALS ? value : Number(value.toFixed(decimals));
  return within(rounded, low, high);
}

/** Into the range, and never -0. */
export function within(value: number, low: number, high: number): number {
  const inside = Math.min(high, Math.max(low, value));
  return inside === 0 ? 0 : inside;
}

function logBetween(low: number, high: number, unit: number): number {
  return exp(logarithm(low) + unit * (logarithm(high) - logarithm(low)));
}

/**
 * A value of a dimension from a draw: each value of a stepped or chosen dimension as likely as the other, floats uniform
 * in their range, on the logarithm where the dimension says so. A log int is drawn in [log(low - 0.5), log(high + 0.5)]
 * and rounded, so that its ends are not favoured less than the middle. Always inside the range.
 */
export function valueFrom(dimension: Dimension, draw: Draw): Value {
  switch (dimension.kind) {
    case 'float': {
      const { low, high, log, step } = dimension;
      if (step !== undefined) return onStep(low, high, step, draw.below(levelsOf(dimension)));
      const value = log ? logBetween(low, high, draw.unit()) : low + draw.unit() * (high - low);
      return within(value, low, high);
    }
    case 'int': {
      const { low, high, log, step } = dimension;
      if (!log) return onStep(low, high, step, draw.below(levelsOf(dimension)));
      return within(Math.round(logBetween(low - 0.5, high + 0.5, draw.unit())), low, high);
    }
    case 'boolean':
      return draw.below(2) === 1;
    case 'categorical':
    case 'ordinal':
    case 'module':
      return dimension.choices[draw.below(dimension.choices.length)] ?? false;
  }
}

/** A value as one number: itself, or the index of a choice. `undefined` for a value that the dimension does not have. */
export function encode(dimension: Dimension, value: Value): number | undefined {
  switch (dimension.kind) {
    case 'float':
    case 'int':
      return typeof value === 'number' ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? Number(value) : undefined;
    case 'categorical':
    case 'ordinal':
    case 'module': {
      const choices: readonly Value[] = dimension.choices;
      const at = choices.indexOf(value);
      return at < 0 ? undefined : at;
    }
  }
}

/** The value that `encode` has made a number of. */
export function decode(dimension: Dimension, encoded: number): Value {
  switch (dimension.kind) {
    case 'float':
    case 'int':
      return encoded;
    case 'boolean':
      return encoded === 1;
    case 'categorical':
    case 'ordinal':
    case 'module':
      return dimension.choices[encoded] ?? false;
  }
}
