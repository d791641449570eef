import type { SamplerName } from '../../src/contracts/optimisation/study';
import type { Problem } from './problem';
import { ROUGH, SMOOTH } from './problems';

/** One of our samplers beside Optuna's of that name. */
export interface Match {
  readonly name: string;
  readonly sampler: SamplerName;
  readonly problems: readonly Problem[];
  /** Both sides begin with so many suggestions of ours, which are by chance. */
  readonly first: number;
  readonly trials: number;
  /** So many are asked for together. */
  readonly batch: number;
}

const TPE: Match = { name: 'tpe', sampler: 'tpe', problems: [...SMOOTH, ...ROUGH], first: 10, trials: 100, batch: 1 };

/** What is played, in this order. */
export const MATCHES: readonly Match[] = [
  TPE,
  // Optuna's begins with one trial by chance, ours with its first generation.
  { ...TPE, name: 'cmaes', sampler: 'cmaes', problems: [...SMOOTH, ...ROUGH.slice(0, 2)], first: 0, trials: 200 },
];

/** Played when it is asked for: Optuna's Gaussian process takes a third of a second for each suggestion, and needs torch. */
export const GP: Match = { ...TPE, name: 'gp', sampler: 'gp', problems: [...SMOOTH], trials: 50 };
