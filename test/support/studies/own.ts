import type { StudyOptions } from '../../../src/client/optimisation';

/** A space of one float. */
export const OWN = { dimensions: { x: { kind: 'float' as const, low: 0, high: 1, log: false } } };

/** A request over it: eight trials of the random sampler, four at once. */
export const own = (evaluator: string, more: Partial<StudyOptions> = {}): StudyOptions => ({
  space: OWN,
  evaluator,
  minimise: 'loss',
  sampler: 'random',
  seed: 7,
  budget: { trials: 8 },
  parallelism: 4,
  heartbeatMs: 1_000,
  ...more,
});
