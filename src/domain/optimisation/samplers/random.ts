import { wordsOf, STREAMS } from '../philox';
import { configure } from '../search-space';
import type { Sampler } from './sampler';

/**
 * Draws each dimension by itself: steps and choices with equal chance, floats uniform in their range, on the logarithm where
 * the dimension says so. Knows nothing of history and of what is pending.
 *
 * As Optuna's `RandomSampler`, but for the generator: ours is keyed by seed, ask and dimension, so that parallel asks are
 * repeated exactly.
 */
export const randomSampler: Sampler = {
  ask: (space, _history, _pending, { seed, ask }) =>
    configure(space, (dimension) => wordsOf(seed, STREAMS.value, ask, dimension)),
};
