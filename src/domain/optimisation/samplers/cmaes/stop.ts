import type { Distribution } from './distribution';
import type { Strategy } from './strategy';

// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { abs, ceil, max, min, sqrt } = Math;

const TOL_FUN = 1e-12;
const TOL_X_UP = 1e4;
const TOL_CONDITION = 1e14;

/** Generations over which the losses must be equal. */
export function tolGenerations({ dimensions, population }: Strategy): number {
  return 10 + ceil((30 * dimensions) / population);
}

/**
 * Whether a run has ended: all losses of some generations equal, the distribution smaller than rounding or diverged, an axis
 * without effect, a covariance that is nearly flat.
 *
 * @param extremes the best and the worst loss of each of the last generations, as many as `tolGenerations` says
 * @param sigma0 with which the run began
 * @see `cmaes` 0.13 `CMA.should_stop`; we take the path of the covariance by its size, not by its sign
 */
export function hasConverged(
  { generation, mean, sigma, covariance, pathC, roots, vectors }: Distribution,
  strategy: Strategy,
  extremes: readonly number[],
  sigma0: number,
): boolean {
  const size = strategy.dimensions;
  const most = roots.reduce((a, b) => max(a, b), 0);
  const least = roots.reduce((a, b) => min(a, b), Infinity);
  const spread = (k: number): number => covariance[k * size + k] ?? 0;
  const isFlat = generation > tolGenerations(strategy) && max(...extremes) - min(...extremes) < TOL_FUN;
  const isSmall = mean.every((_each, k) => {
    return sigma * spread(k) < 1e-12 * sigma0 && sigma * abs(pathC[k] ?? 0) < 1e-12 * sigma0;
  });
  const hasDeadCoordinate = mean.some((each, k) => each === each + 0.2 * sigma * sqrt(spread(k)));
  const axis = generation % size;
  const hasDeadAxis = mean.every(
    (each, k) => each === each + 0.1 * sigma * (roots[axis] ?? 0) * (vectors[k * size + axis] ?? 0),
  );
  const isFar = sigma * most > TOL_X_UP;
  return isFlat || isSmall || isFar || hasDeadCoordinate || hasDeadAxis || most / least > TOL_CONDITION;
}
