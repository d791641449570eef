import type { SamplerName } from '../../src/contracts/optimisation/study';
import { suite } from './bbob';
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
  problems: [...SMOOTH, ...ROUGH, ...suite(5), ...TABLES],
  first: 10,
  trials: 100,
  batch: 1,
  seeds: SEEDS,
  controls: 10,
};

/** Optuna's begins with one trial by chance, ours with its first generation. */
const CMAES: Match = {
  ...TPE,
  name: 'cmaes',
  sampler: 'cmaes',
  problems: [...SMOOTH, ...ROUGH.slice(0, 2), ...suite(5)],
  first: 0,
  trials: 200,
};

/** What is played, in this order. */
export const MATCHES: readonly Match[] = [
  TPE,
  { ...TPE, name: 'tpe-in-batches', problems: [...SMOOTH, ...ROUGH, ...TABLES], batch: 8, controls: 0 },
  CMAES,
  { ...CMAES, name: 'cmaes-in-10-d', problems: suite(10) },
  { ...TPE, name: 'tpe-of-two', problems: ZDT, trials: 150 },
  // Both begin with a population of 50 by chance.
  { ...TPE, name: 'nsga2', sampler: 'nsga2', problems: ZDT, first: 50, trials: 300 },
];

const GP: Match = {
  ...TPE,
  name: 'gp',
  sampler: 'gp',
  problems: [...SMOOTH, ...TABLES.slice(0, 2)],
  trials: 50,
};

/**
 * Played when they are asked for: Optuna's Gaussian process takes two to twenty seconds of computing for each study, and needs
 * torch.
 */
export const GP_MATCHES: readonly Match[] = [
  GP,
  // Where pending trials matter most: what is likely to be best hardly changes while nothing is told.
  { ...GP, name: 'gp-in-batches', problems: SMOOTH.slice(1, 2), batch: 8, controls: 0 },
  { ...GP, name: 'gp-to-100', problems: SMOOTH.slice(0, 1), trials: 100, controls: 0 },
];
