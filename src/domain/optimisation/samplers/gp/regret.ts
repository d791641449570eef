import type { SearchSpace } from '../../../../contracts/optimisation/search-space';
import type { TrialColumns } from '../../../../contracts/optimisation/suggesting';
import { historyOf } from '../../history';
import { log } from '../../numerics/elementary';
import { evidenceOf } from './evidence';
import { firstParams, fitFrom } from './fit';
import type { Places } from './kernel';
import { paramsOf } from './likelihood';
import { knownOf, type Known } from './places';
import { posteriorOf, type Posterior } from './posterior';
import { spread } from './search';
import { standardised } from './standard';

// Looked up once: these are inner loops.
const { max, sqrt } = Math;

/** One chance in ten that the bound does not hold, if the model is right and the scale below were 1. */
const DELTA = 0.1;
/** Of Srinivas et al. 2010, section 6: the width that the theory asks for is far too wide in practice. */
const SCALE = 5;
const PI_SQUARED = 9.869604401089358;

/** The square of how many deviations wide the confidence bounds are. */
export function widthOf(dimensions: number, trials: number): number {
  return (2 * log((dimensions * trials * trials * PI_SQUARED) / 6 / DELTA)) / SCALE;
}

/** The largest upper and the largest lower confidence bound at points, given row by row. */
function highest(
  model: Posterior,
  points: Float64Array,
  beta: number,
): { readonly upper: number; readonly lower: number } {
  const count = points.length / model.places.dimensions;
  const { means, variances, settle } = model.survey(points, count);
  for (let at = 0; at < count; at += 4) settle([at, at + 1, at + 2, at + 3]);
  let [upper, lower] = [-Infinity, -Infinity];
  for (let at = 0; at < count; at++) {
    const half = sqrt(beta * (variances[at] ?? 0));
    upper = max(upper, (means[at] ?? 0) + half);
    lower = max(lower, (means[at] ?? 0) - half);
  }
  return { upper, lower };
}

/**
 * How much better than the best trial the best point may be, by a model: the largest upper confidence bound, at its trials and
 * at other points, less the largest lower one at its trials. In deviations of what the model was made of; at least 0.
 *
 * @param beta see `widthOf`
 * @param points where the optimum may be, row by row
 */
export function standardBound(model: Posterior, beta: number, points: Float64Array): number {
  const own = highest(model, model.places.at, beta);
  return max(own.upper, highest(model, points, beta).upper) - own.lower;
}

/** The bound by trials that are good, and that many more of them as were left out for the cost. */
function boundBy(places: Places, gains: Float64Array, trials: number, points: Float64Array): number | undefined {
  const { y, deviation } = standardised(gains);
  const { raw } = fitFrom({ raw: firstParams(places.dimensions) }, places, y);
  const model = posteriorOf(places, y, paramsOf(raw));
  if (model === undefined) return undefined;
  const bound = standardBound(model, widthOf(places.dimensions, trials), points) * deviation;
  return Number.isFinite(bound) ? bound : undefined;
}

/** What a bound is computed of. */
export interface Good {
  readonly space: SearchSpace;
  /** The better half of the trials; what is made small is made small here, too. */
  readonly trials: TrialColumns;
  /** How many they are, those that are left out for the cost included. */
  readonly of: number;
}

function placesOf({ space, trials }: Good): {
  readonly known: readonly Known[];
  readonly places: Places;
  readonly gains: Float64Array;
} {
  const known = knownOf(space);
  return { known, ...evidenceOf(historyOf({ blocks: [], open: trials, bytes: 0 }), known) };
}

/**
 * A bound on the regret: by how much the objective of the best trial may be worse than the optimum, in units of the objective.
 * O(n³) for n trials. Pure.
 *
 * @param seed of the 2,048 points where the optimum is sought
 * @returns `undefined` when no model can be made, as of numbers that are too large
 * @see Makarova et al. 2022, arXiv:2104.08166; Optuna 5.0.0 `RegretBoundEvaluator`, with which it agrees to 1e-9 when parameters
 *   and points are the same. We differ: the points are those of a Sobol sequence.
 */
export function regretBound(good: Good, seed: number): number | undefined {
  const { known, places, gains } = placesOf(good);
  return boundBy(places, gains, good.of, spread(seed, known));
}

/**
 * The median of the bounds that the first trials gave, one after the other: by one of them, by two, and so on to all.
 *
 * @param good trials in their order, all of them
 * @see Ishibashi et al. 2023; Optuna 5.0.0 `MedianErrorEvaluator`
 */
export function medianBound(good: Good, seed: number): number | undefined {
  const { known, places, gains } = placesOf(good);
  const points = spread(seed, known);
  const bounds: number[] = [];
  for (let rows = 1; rows <= places.rows; rows++) {
    const part = { ...places, rows, at: places.at.slice(0, rows * places.dimensions) };
    const bound = boundBy(part, gains.slice(0, rows), rows, points);
    if (bound === undefined) return undefined;
    bounds.push(bound);
  }
  return bounds.sort((a, b) => a - b)[Math.floor(bounds.length / 2)];
}
