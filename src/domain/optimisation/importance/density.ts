import { exp, log } from '../numerics/elementary';
import { logMass } from '../numerics/normal';

/** 90 % of a kernel lie in its own cell at least. */
const LEAST_SIGMA = 0.5 / 1.64;
const PRIOR_WEIGHT = 1;

interface Occupied {
  readonly cells: readonly number[];
  readonly counts: readonly number[];
  readonly total: number;
}

function occupiedOf(counts: readonly number[]): Occupied {
  const cells = counts.flatMap((count, cell) => (count > 0 ? [cell] : []));
  return {
    cells,
    counts: cells.map((cell) => counts[cell] ?? 0),
    total: counts.reduce((sum, count) => sum + count, 0),
  };
}

/** Scott's rule over counted cells: 1.059 min(IQR / 1.34, standard deviation) n^(-1/5), not below LEAST_SIGMA. */
function scott({ cells, counts, total }: Occupied): number {
  const weighed = (of: (cell: number) => number): number =>
    cells.reduce((sum, cell, at) => sum + of(cell) * (counts[at] ?? 0), 0);
  const mean = weighed((cell) => cell) / total;
  const deviation = Math.sqrt(weighed((cell) => (cell - mean) ** 2) / Math.max(1, total - 1));
  let sum = 0;
  const upTo = counts.map((count) => (sum += count));
  const first = upTo.findIndex((each) => each >= Math.floor(total / 4));
  const third = upTo.findIndex((each) => each > Math.floor((total * 3) / 4));
  const range = (cells[third < 0 ? cells.length - 1 : third] ?? 0) - (cells[first] ?? 0);
  return Math.max(1.059 * Math.min(range / 1.34, deviation) * exp(-0.2 * log(total)), LEAST_SIGMA);
}

/** Kernels are normal distributions that are cut to all cells: a cell has the mass over it. */
function rangeDensity(counts: readonly number[]): Float64Array {
  const { cells, counts: weights, total } = occupiedOf(counts);
  const sigma = scott({ cells, counts: weights, total });
  const kernels = [
    ...cells.map((cell, at) => ({ place: cell, sigma, weight: weights[at] ?? 0 })),
    { place: (counts.length - 1) / 2, sigma: counts.length, weight: PRIOR_WEIGHT },
  ];
  const [left, right] = [-0.5, counts.length - 0.5];
  const masses = kernels.map(({ place, sigma: width, weight }) => {
    const whole = logMass((left - place) / width, (right - place) / width);
    return (cell: number): number =>
      (weight / (total + PRIOR_WEIGHT)) *
      exp(logMass((cell - 0.5 - place) / width, (cell + 0.5 - place) / width) - whole);
  });
  return Float64Array.from(counts, (_count, cell) => masses.reduce((sum, mass) => sum + mass(cell), 0));
}

/** A kernel has its choice, and a little of all of them: the less, the more choices were seen. */
function choiceDensity(counts: readonly number[]): Float64Array {
  const { cells, counts: weights, total } = occupiedOf(counts);
  const little = PRIOR_WEIGHT / (cells.length + 1);
  const whole = 1 + little * counts.length;
  const all = weights.reduce((sum, weight) => sum + (weight * little) / whole, PRIOR_WEIGHT / counts.length);
  return Float64Array.from(counts, (count) => (all + count / whole) / (total + PRIOR_WEIGHT));
}

/**
 * A one-dimensional Parzen estimator over cells, with a prior that counts as one trial.
 *
 * @param counts how many trials fell into each cell; one at least
 * @returns the probability of each cell
 * @see Scott 1992, "Multivariate Density Estimation"; Optuna 5.0.0 `scott_parzen_estimator.py`
 */
export function densityOf(counts: readonly number[], isChoice: boolean): Float64Array {
  return isChoice ? choiceDensity(counts) : rangeDensity(counts);
}
