import { exp, log } from '../../numerics/elementary';
import { decomposed, lengthOf, whitened, type Distribution } from './distribution';
import type { Strategy } from './strategy';

// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { min, sqrt } = Math;

/** One result of a generation. */
export interface Member {
  readonly place: Float64Array;
  /** Whether this very distribution drew it. */
  readonly isOwn: boolean;
}

/** `cmaes` adds it to a squared length that it divides by. */
const EPSILON = 1e-8;
const MOST_SIGMA = 1e32;

/** A step from the mean in units of sigma, with its length as the distribution sees it. */
interface Step {
  readonly y: Float64Array;
  readonly length: number;
}

/**
 * The step to a member. One that another distribution drew is pulled in to √d + 2d / (d + 2), so that a result from far away
 * shows the way and does not tear the distribution apart.
 *
 * @see Hansen 2011, arXiv:1110.4181, "Injecting external solutions into CMA-ES", eq. 4
 */
function stepTo(distribution: Distribution, { place, isOwn }: Member): Step {
  const { mean, sigma } = distribution;
  const size = mean.length;
  const y = place.map((value, at) => (value - (mean[at] ?? 0)) / sigma);
  const length = lengthOf(whitened(distribution, y));
  const most = sqrt(size) + (2 * size) / (size + 2);
  if (isOwn || length <= most) return { y, length };
  return { y: y.map((each) => (each * most) / length), length: most };
}

function adapted(
  { covariance, pathC }: Distribution,
  strategy: Strategy,
  steps: readonly Step[],
  path: Float64Array,
  isMoving: boolean,
): Float64Array {
  const { dimensions: size, weights, c1, cMu, cC } = strategy;
  const stalled = isMoving ? 0 : cC * (2 - cC);
  const kept = 1 + c1 * stalled - c1 - cMu * weights.reduce((sum, weight) => sum + weight, 0);
  const scaled = steps.map(({ length }, at) => {
    const weight = weights[at] ?? 0;
    return weight >= 0 ? weight : (weight * size) / (length * length + EPSILON);
  });
  const next = new Float64Array(pathC.length * pathC.length);
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) {
      let rankMu = 0;
      for (let at = 0; at < steps.length; at++) {
        const y = steps[at]?.y;
        if (y !== undefined) rankMu += (scaled[at] ?? 0) * (y[i] ?? 0) * (y[j] ?? 0);
      }
      const rankOne = (path[i] ?? 0) * (path[j] ?? 0);
      const value = kept * (covariance[i * size + j] ?? 0) + c1 * rankOne + cMu * rankMu;
      next[i * size + j] = value;
      next[j * size + i] = value;
    }
  return next;
}

/**
 * One generation: mean, step size, both paths and covariance move towards the better members and away from the worse.
 *
 * @param members as many as the population, the best first
 * @see Hansen, arXiv:1604.00772, eqs 41–47 with active weights; `cmaes` 0.13 `CMA.tell`, with which it agrees to 1e-9 when all
 *   members are its own
 */
export function updated(distribution: Distribution, strategy: Strategy, members: readonly Member[]): Distribution {
  const { dimensions: size, weights, mu, muEff, cSigma, dSigma, cC, chi } = strategy;
  const steps = members.map((member) => stepTo(distribution, member));
  const generation = distribution.generation + 1;
  const mean = Float64Array.from(distribution.mean);
  const step = new Float64Array(size);
  steps.slice(0, mu).forEach(({ y }, at) => {
    for (let k = 0; k < size; k++) step[k] = (step[k] ?? 0) + (weights[at] ?? 0) * (y[k] ?? 0);
  });
  for (let k = 0; k < size; k++) mean[k] = (mean[k] ?? 0) + distribution.sigma * (step[k] ?? 0);
  const pushed = sqrt(cSigma * (2 - cSigma) * muEff);
  const white = whitened(distribution, step);
  const pathSigma = distribution.pathSigma.map((each, k) => (1 - cSigma) * each + pushed * (white[k] ?? 0));
  const length = lengthOf(pathSigma);
  const sigma = min(MOST_SIGMA, distribution.sigma * exp((cSigma / dSigma) * (length / chi - 1)));
  // the stall test h_sigma: a path that is long for its age does not lengthen the covariance
  const age = sqrt(1 - exp(2 * (generation + 1) * log(1 - cSigma)));
  const isMoving = length / age < (1.4 + 2 / (size + 1)) * chi;
  const drawn = isMoving ? sqrt(cC * (2 - cC) * muEff) : 0;
  const pathC = distribution.pathC.map((each, k) => (1 - cC) * each + drawn * (step[k] ?? 0));
  const covariance = adapted(distribution, strategy, steps, pathC, isMoving);
  const { stretch } = distribution;
  return decomposed({ generation, mean, sigma, covariance, pathSigma, pathC, stretch });
}
