import { exp, log, log1mexp, log1p } from './elementary';

// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { abs, max, min, sqrt } = Math;

/** log(sqrt(2 pi)). */
export const LOG_SQRT_2PI = 0.91893853320467274178;
/** Square root of one half. */
export const SQRT_HALF = 0.7071067811865475244;
const SQRT_2PI = 2.50662827463100050242;
const LOG_HALF = -0.69314718055994530942;

/**
 * Coefficients of erfcx(x) / t in Chebyshev polynomials of 2t - 1, where t = 2 / (2 + x) maps x >= 0 to (0, 1]. Computed with
 * mpmath in 60 digits on 240 nodes; the rest of the series is below 10^-17 of its sum.
 */
const ERFCX = Float64Array.of(
  1.1540674772329393772 / 2,
  0.35543692127049848731,
  0.06509515882878652455,
  0.0036711423958366391659,
  -0.0011128447433526324969,
  -0.00016075829915378079758,
  0.000032780315741731370605,
  5.4424416455050160333e-6,
  -1.5154665553171481622e-6,
  -1.4297608181169864917e-7,
  8.234608827419493433e-8,
  -1.2962846852306562536e-9,
  -4.1547216310151983042e-9,
  6.3470582783628111814e-10,
  1.4320822712256223707e-10,
  -6.1603901052045855418e-11,
  2.0612138554721696306e-12,
  3.571493148847704445e-12,
  -8.5864228432517964757e-13,
  -6.145600213790630554e-14,
  7.4187257485966170573e-14,
  -1.2895042755032325615e-14,
  -2.3587263857106323568e-15,
  1.5729349381685911397e-15,
  -2.2782966239546465174e-16,
  -6.3123304507564298101e-17,
  3.5916763531814922992e-17,
);

/** e^(x^2) erfc(x) for x >= 0, where erfc alone would underflow: Clenshaw's sum of the series above. */
export function erfcx(x: number): number {
  const t = 2 / (2 + x);
  const twice = 4 * t - 2;
  let before = 0;
  let sum = 0;
  for (let at = ERFCX.length - 1; at > 0; at--) {
    const next = twice * sum + ((ERFCX[at] ?? 0) - before);
    before = sum;
    sum = next;
  }
  return t * ((twice / 2) * sum - before + (ERFCX[0] ?? 0));
}

/** Probability that a standard normal lies below z, for z <= 0: full relative precision down to the smallest double. */
function lowerTail(z: number): number {
  // exp(-z^2 / 2) < 2^-1074
  return z < -39 ? 0 : 0.5 * exp(-0.5 * z * z) * erfcx(-z * SQRT_HALF);
}

/** Logarithm of the probability that a standard normal lies below z; for any z, without underflow. */
export function logNdtr(z: number): number {
  return z <= 0 ? -0.5 * z * z + LOG_HALF + log(erfcx(-z * SQRT_HALF)) : log1p(-lowerTail(-z));
}

/**
 * Logarithm of the probability that a standard normal lies between a and b, a < b. Both in one tail: by symmetry in the left
 * one, where logarithms of probabilities do not underflow; else from what is outside.
 */
export function logMass(a: number, b: number): number {
  if (a > 0) return logMass(-b, -a);
  // what is outside is less than half a unit in the last place of 1
  if (a < -9 && b > 9) return 0;
  if (b > 0) return log1p(-lowerTail(a) - lowerTail(-b));
  const most = logNdtr(b);
  return most + log1mexp(logNdtr(a) - most);
}

/** z <= 0 with `probability` below it, 0 < probability <= 1/2: Newton on the logarithm, which is concave, so it converges. */
function quantileBelow(probability: number): number {
  const wanted = log(probability);
  let z = probability > 0.1 ? (probability - 0.5) * SQRT_2PI : -sqrt(-2 * (wanted + LOG_SQRT_2PI));
  for (let round = 0; round < 50; round++) {
    const ratio = erfcx(-z * SQRT_HALF);
    const off = -0.5 * z * z + LOG_HALF + log(ratio) - wanted;
    // Mills' ratio is the probability below z over the density there: one over the slope of the logarithm
    const step = off * 0.5 * ratio * SQRT_2PI;
    z = min(0, z - step);
    if (abs(step) <= 1e-12 * (1 - z)) break;
  }
  return z;
}

/**
 * The quantile of a standard normal that is cut to [a, b], a <= 0 <= b, a < b.
 *
 * @param unit in [0, 1)
 * @returns a value in [a, b]
 */
export function truncatedQuantile(unit: number, a: number, b: number): number {
  const left = lowerTail(a);
  const right = lowerTail(-b);
  const inside = 1 - left - right;
  const below = left + unit * inside;
  const above = right + (1 - unit) * inside;
  const z = below <= above ? quantileBelow(max(below, Number.MIN_VALUE)) : -quantileBelow(above);
  return min(b, max(a, z));
}
