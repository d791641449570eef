import { exp, log, log1p } from '../../numerics/elementary';
import { erfcx, LOG_SQRT_2PI, logNdtr, SQRT_HALF } from '../../numerics/normal';

// Looked up once: these are inner loops.
const { sqrt } = Math;

const SQRT_HALF_PI = 1.2533141373155002512;
/** Added to each variance, so that its root has a slope. */
export const STABILISING = 1e-12;
/** Below it 1 + z · Mills cancels to nothing, and the series is exact. */
const SERIES_BELOW = -1_000;

/**
 * Logarithm of E max(0, x + z) for a standard normal x, for any z without underflow.
 *
 * @param into two numbers: Φ(z) and φ(z), each over that expectation: the slopes of the logarithm by mean and deviation
 * @see Ament et al. 2023, arXiv:2310.20708, eq. 9. We use its tail form for all z <= 0, and a series far down.
 */
export function logImprovement(z: number, into: Float64Array): number {
  if (z > 0) {
    const density = exp(-0.5 * z * z - LOG_SQRT_2PI);
    const below = 1 - 0.5 * exp(-0.5 * z * z) * erfcx(z * SQRT_HALF);
    const expected = z * below + density;
    into[0] = below / expected;
    into[1] = density / expected;
    return log(expected);
  }
  const mills = SQRT_HALF_PI * erfcx(-z * SQRT_HALF);
  const square = z * z;
  const over = z < SERIES_BELOW ? (1 - (3 / square) * (1 - 5 / square)) / square : 1 + z * mills;
  into[0] = mills / over;
  into[1] = 1 / over;
  return -0.5 * square - LOG_SQRT_2PI + log(over);
}

/** A function of mean and variance. It writes its slopes by both into two numbers, and returns its value. */
export type Term = (mean: number, variance: number, into: Float64Array) => number;

/** Log expected improvement over a threshold. */
export function improvementOver(threshold: number): Term {
  return (mean, variance, into) => {
    const deviation = sqrt(variance + STABILISING);
    const value = logImprovement((mean - threshold) / deviation, into) + log(deviation);
    into[0] = (into[0] ?? 0) / deviation;
    into[1] = (into[1] ?? 0) / (2 * deviation * deviation);
    return value;
  };
}

/** Log probability to lie above a threshold. */
export function chanceAbove(threshold: number): Term {
  return (mean, variance, into) => {
    const deviation = sqrt(variance + STABILISING);
    const z = (mean - threshold) / deviation;
    const value = logNdtr(z);
    const hazard = z <= 0 ? 1 / (SQRT_HALF_PI * erfcx(-z * SQRT_HALF)) : exp(-0.5 * z * z - LOG_SQRT_2PI - value);
    into[0] = hazard / deviation;
    into[1] = (-z * hazard) / (2 * deviation * deviation);
    return value;
  };
}

/** How much a value is worth, as a logarithm. It writes its slope into one number. */
export type Utility = (value: number, into: Float64Array) => number;

const LEAST_GAIN = 1e-12;

/** Log improvement of a value over a threshold; what is no improvement is 1e-12. */
export function gainOver(threshold: number): Utility {
  return (value, into) => {
    const gain = value - threshold;
    into[0] = gain > LEAST_GAIN ? 1 / gain : 0;
    return log(gain > LEAST_GAIN ? gain : LEAST_GAIN);
  };
}

const SOFTNESS = 1e-2;

/** Log of a soft step at a threshold: 0 well above it, falling below. */
export function softlyAbove(threshold: number): Utility {
  return (value, into) => {
    const z = (value - threshold) / SOFTNESS;
    const small = exp(z > 0 ? -z : z);
    into[0] = (z > 0 ? small : 1) / (1 + small) / SOFTNESS;
    return (z > 0 ? 0 : z) - log1p(small);
  };
}

/** Worth nothing whatever the value: of an objective while no trial keeps the bounds. */
export const indifferent: Utility = (_value, into) => {
  into[0] = 0;
  return 0;
};
