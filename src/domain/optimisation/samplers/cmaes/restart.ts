import type { Restarts } from '../../../../contracts/optimisation/study';
import { exp, log } from '../../numerics/elementary';
import { STREAMS, wordsOf } from '../../philox';

/** How a run begins, and what the runs before it have cost. */
export interface Run {
  /** Runs before this one. */
  readonly restarts: number;
  readonly population: number;
  readonly sigma0: number;
  /** BIPOP: whether this run is one of the large ones, and the population of the largest so far. */
  readonly isLarge: boolean;
  readonly largest: number;
  readonly spent: { readonly large: number; readonly small: number };
}

/** A sixth of each range. */
export const SIGMA_0 = 1 / 6;
/** No ask of a study has this number: restarts draw apart from asks. */
const APART = 2 ** 32 - 1;

/** The first run. */
export function firstRun(population: number): Run {
  const spent = { large: 0, small: 0 };
  return { restarts: 0, population, sigma0: SIGMA_0, isLarge: false, largest: population, spent };
}

/**
 * The run after one that has converged. IPOP doubles the population. BIPOP has two kinds of runs and takes the one that has
 * spent less: large ones, each twice the last, and small ones with a random population up to half of the largest and a random
 * smaller sigma; the first run counts as small.
 *
 * @param base population of the first run
 * @param results that the run has used
 * @see Auger & Hansen 2005, "A restart CMA evolution strategy with increasing population size"; Hansen 2009, "Benchmarking a
 *   BI-population CMA-ES on the BBOB-2009 function testbed". Optuna had both until 4.3, without the smaller sigma.
 */
export function nextRun(run: Run, kind: Exclude<Restarts, 'none'>, base: number, results: number, seed: number): Run {
  const restarts = run.restarts + 1;
  const larger = { population: 2 * run.largest, largest: 2 * run.largest, sigma0: SIGMA_0, isLarge: true };
  if (kind === 'ipop') return { ...run, restarts, ...larger };
  const { large, small } = run.spent;
  const spent = run.isLarge ? { large: large + results, small } : { large, small: small + results };
  if (spent.small >= spent.large) return { restarts, spent, ...larger };
  const words = wordsOf(seed, STREAMS.cmaes, APART, 2 * restarts);
  const unit = words.unit();
  const population = Math.floor(base * exp(unit * unit * log(run.largest / (2 * base))));
  const sigma0 = SIGMA_0 * exp(-2 * words.unit() * log(10));
  return { restarts, spent, population, sigma0, isLarge: false, largest: run.largest };
}

/** Where a run begins: the first in the centre, the others anywhere. */
export function startOf({ restarts }: Run, dimensions: number, seed: number): Float64Array {
  if (restarts === 0) return new Float64Array(dimensions).fill(0.5);
  const words = wordsOf(seed, STREAMS.cmaes, APART, 2 * restarts + 1);
  return Float64Array.from({ length: dimensions }, () => words.unit());
}
