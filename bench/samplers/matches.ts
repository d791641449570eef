import type { SamplerName } from '../../src/contracts/optimisation/study';
import { BBOB } from './bbob';
import type { Problem } from './problem';
import { ROUGH, SMOOTH } from './problems';
import { ZDT } from './several';
import { TABLES } from './tabular';

/** One of our samplers beside Optuna's of that name. */
export interface Match {
  readonly name: string;
  readonly sampler: SamplerName;
  readonly problems: readonly Problem[];
  /** Both sides begin with so many suggestions of ours, which are by chance. */
  readonly first: number;
  readonly trials: number;
  /** So many are asked for together, and then told. */
  readonly batch: number;
  /** Instances of each problem, and on how many of them Optuna plays once more with another seed. */
  readonly seeds: number;
  readonly controls: number;
}

const SEEDS = 30;

const TPE: Match = {
  name: 'tpe',
  sampler: 'tpe',
  problems: [...SMOOTH, ...ROUGH, ...BBOB, ...TABLES],
  first: 10,
  trials: 100,
  batch: 1,
  seeds: SEEDS,
  controls: 10,
};

/** What is played, in this order. */
export const MATCHES: readonly Match[] = [
  TPE,
  { ...TPE, name: 'tpe-in-batches', problems: [...SMOOTH, ...ROUGH, ...TABLES], batch: 8, controls: 0 },
  // Optuna's begins with one trial by chance, ours with its first generation.
  {
    ...TPE,
    name: 'cmaes',
    sampler: 'cmaes',
    problems: [...SMOOTH, ...ROUGH.slice(0, 2), ...BBOB],
    first: 0,
    trials: 200,
  },
  { ...TPE, name: 'tpe-of-two', problems: ZDT, trials: 150 },
  // Both begin with a population of 50 by chance.
  { ...TPE, name: 'nsga2', sampler: 'nsga2', problems: ZDT, first: 50, trials: 300 },
];

/**
 * Played when it is asked for: Optuna's Gaussian process takes four to ten seconds of computing for each study, and needs torch.
 */
export const GP: Match = {
  ...TPE,
  name: 'gp',
  sampler: 'gp',
  problems: [...SMOOTH, ...TABLES.slice(0, 2)],
  trials: 50,
};
