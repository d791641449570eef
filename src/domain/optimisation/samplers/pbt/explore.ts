import type { Configuration, Dimension, SearchSpace } from '../../../../contracts/optimisation/search-space';
import type { Value } from '../../../../contracts/variable';
import { decode, levelsOf, onStep, within } from '../../dimension';
import { STREAMS, wordsOf, type WordStream } from '../../philox';
import { configure } from '../../search-space';
import type { SamplerKey } from '../sampler';

/** How far a member goes from the configuration that it has taken over. */
export interface Exploring {
  /** The chance of each value to be drawn anew. */
  readonly resample: number;
  /** By what the others are multiplied: below 1, above 1. */
  readonly perturb: readonly [number, number];
}

/** An encoded value close by: a number times one of the factors, at least one step away; a choice beside it in the list. In range. */
function moved(dimension: Dimension, value: number, words: WordStream, perturb: Exploring['perturb']): number {
  const isUp = words.below(2) === 1;
  if (!('low' in dimension)) return within(value + (isUp ? 1 : -1), 0, levelsOf(dimension) - 1);
  const { low, high, step } = dimension;
  const product = value * perturb[isUp ? 1 : 0];
  if (step === undefined) return within(product, low, high);
  const [before, after] = [Math.round((value - low) / step), Math.round((product - low) / step)];
  const towards = Math.sign(product - value) || (isUp ? 1 : -1);
  const k = after === before ? before + towards : after;
  return onStep(low, high, step, within(k, 0, levelsOf(dimension) - 1));
}

/** A configuration near the parent's; dimensions that become active, because a choice has moved, are drawn at random. */
export function explored(
  space: SearchSpace,
  values: readonly (number | null)[],
  { seed, ask }: SamplerKey,
  { resample, perturb }: Exploring,
): Configuration {
  const near: Record<string, Value> = {};
  Object.entries(space.dimensions).forEach(([name, dimension], at) => {
    const value = values[at] ?? null;
    const words = wordsOf(seed, STREAMS.pbt, ask, at);
    if (value === null || words.unit() < resample) return;
    near[name] = decode(dimension, moved(dimension, value, words, perturb));
  });
  return configure(space, (at) => wordsOf(seed, STREAMS.value, ask, at), near);
}

/** Names of the dimensions in which two configurations differ, in the order of the space. */
export function changedOf({ dimensions }: SearchSpace, before: Configuration, after: Configuration): readonly string[] {
  return Object.keys(dimensions).filter((name) => before[name] !== after[name]);
}
