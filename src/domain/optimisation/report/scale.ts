import type { Dimension } from '../../../contracts/optimisation/search-space';
import type { Value } from '../../../contracts/variable';
import { encode, levelsOf } from '../dimension';
import type { Axis, Tick } from './chart';
import { short } from '../../words';
import { cut, duration } from './words';

/** An axis that knows the place of a value: from 0 to 1, `undefined` for what has none on it. */
export interface Scale<T = number> {
  readonly axis: Axis;
  at(value: T): number | undefined;
}

const TICKS = 6;
/** From this spread on, positive numbers are placed by their logarithm. */
const LOG_SPREAD = 1_000;
const MAX_CHOICE_TICKS = 12;
const LABEL = 28;
/** Room at both ends of a scale that is made of what was measured. */
const MARGIN = 0.04;

/** Whole multiples of 1, 2, 2.5 or 5 times a power of ten, at most about TICKS of them. */
function niceStep(low: number, high: number): number {
  const rough = (high - low) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 2.5, 5].find((step) => step * power >= rough) ?? 10) * power;
}

function linearTicks(low: number, high: number, at: (value: number) => number, least = 0): readonly Tick[] {
  const step = Math.max(niceStep(low, high), least);
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_none, index) => {
    const value = (first + index) * step;
    return { at: at(value), text: short(value) };
  });
}

/** Powers of ten, with 2 and 5 where these are few; where the range has none of them, its ends. */
function logTicks(low: number, high: number, at: (value: number) => number): readonly Tick[] {
  const decades = Math.log10(high / low);
  const every = Math.max(1, Math.ceil(decades / TICKS));
  const within = decades < 2 ? [1, 2, 5] : [1];
  const from = Math.floor(Math.log10(low));
  const powers = Array.from({ length: Math.ceil(decades) + 2 }, (_none, index) => from + index);
  const values = powers
    .filter((power) => power % every === 0)
    .flatMap((power) => within.map((digit) => Number(`${String(digit)}e${String(power)}`)))
    .filter((value) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9));
  const shown = values.length < 2 ? [low, high] : values;
  return shown.map((value) => ({ at: at(value), text: short(value) }));
}

function between(
  label: string,
  [low, high]: readonly [number, number],
  { isLog = false, margin = 0, isWhole = false }: { isLog?: boolean; margin?: number; isWhole?: boolean },
): Scale {
  const of = (value: number): number => (isLog ? Math.log10(value) : value);
  const size = of(high) - of(low);
  const place = (value: number): number => margin + ((of(value) - of(low)) / size) * (1 - 2 * margin);
  const ticks = isLog ? logTicks(low, high, place) : linearTicks(low, high, place, isWhole ? 1 : 0);
  return {
    axis: { label, ticks },
    at: (value) => {
      const at = place(value);
      return Number.isFinite(at) && at > -0.01 && at < 1.01 ? at : undefined;
    },
  };
}

/**
 * A scale that holds measured numbers. Positive ones that differ by more than a thousand times are placed by their logarithm,
 * and the label says so. Numbers that are not finite have no place.
 */
export function numberScale(label: string, values: readonly number[]): Scale {
  const finite = values.filter((value) => Number.isFinite(value));
  const low = finite.reduce((least, value) => Math.min(least, value), Infinity);
  const high = finite.reduce((most, value) => Math.max(most, value), -Infinity);
  if (finite.length === 0) return { axis: { label, ticks: [] }, at: () => undefined };
  if (low === high || !Number.isFinite(high - low))
    return { axis: { label, ticks: [{ at: 0.5, text: short(low) }] }, at: () => 0.5 };
  const isLog = low > 0 && high / low > LOG_SPREAD;
  return between(isLog ? `${label} (logarithmic)` : label, [low, high], { isLog, margin: MARGIN });
}

/** A scale of whole numbers from the first to the last. */
export function countScale(label: string, first: number, last: number): Scale {
  if (first === last) return { axis: { label, ticks: [{ at: 0.5, text: String(first) }] }, at: () => 0.5 };
  return between(label, [first, last], { margin: 0.02, isWhole: true });
}

function choicesOf(dimension: Dimension): readonly Value[] {
  if (dimension.kind === 'boolean') return [false, true];
  return 'choices' in dimension ? dimension.choices : [];
}

function choiceScale(label: string, dimension: Dimension): Scale<Value> {
  const choices = choicesOf(dimension);
  const every = Math.ceil(choices.length / MAX_CHOICE_TICKS);
  const at = (index: number): number => (index + 0.5) / choices.length;
  const ticks = choices.flatMap((choice, index) =>
    index % every === 0 ? [{ at: at(index), text: cut(String(choice), LABEL) }] : [],
  );
  return {
    axis: { label, ticks },
    at: (value) => {
      const index = encode(dimension, value);
      return index === undefined ? undefined : at(index);
    },
  };
}

/** The scale of a dimension, over the whole of its range, on the logarithm where the dimension is. */
export function dimensionScale(name: string, dimension: Dimension): Scale<Value> {
  const label = cut(name, LABEL);
  if (dimension.kind !== 'float' && dimension.kind !== 'int') return choiceScale(label, dimension);
  const { low, high, log: isLog, kind } = dimension;
  if (low === high || levelsOf(dimension) < 2)
    return { axis: { label, ticks: [{ at: 0.5, text: short(low) }] }, at: () => 0.5 };
  const scale = between(label, [low, high], { isLog, margin: 0.02, isWhole: kind === 'int' && !isLog });
  return { axis: scale.axis, at: (value) => (typeof value === 'number' ? scale.at(value) : undefined) };
}

const TIMES_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 10e3, 15e3, 30e3, 60e3, 120e3, 300e3, 600e3, 900e3, 1_800e3,
  3_600e3, 7_200e3, 14_400e3, 28_800e3, 86_400e3,
] as const;

/** A scale of time that has passed since the first moment; both in milliseconds. */
export function timeScale(from: number, to: number): Scale {
  const size = Math.max(1, to - from);
  const rough = size / TICKS;
  const step = TIMES_MS.find((ms) => ms >= rough) ?? Math.ceil(rough / 86_400e3) * 86_400e3;
  const ticks = Array.from({ length: Math.floor(size / step) + 1 }, (_none, index) => ({
    at: (index * step) / size,
    text: index === 0 ? '0' : duration(index * step),
  }));
  const label = `time since ${new Date(from).toISOString().replace('T', ' ').slice(0, 19)} UTC`;
  return {
    axis: { label, ticks },
    at: (time) => (Number.isFinite(time) ? Math.min(1, Math.max(0, (time - from) / size)) : undefined),
  };
}
