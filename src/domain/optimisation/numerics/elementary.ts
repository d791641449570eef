/**
 * `exp` and `log` of our own. ECMAScript leaves those of `Math` to the engine, so two versions of Node may differ in the last
 * bit; what is computed in workflow code must not. These use +, -, *, / and the bits of a double alone, which IEEE 754 fixes.
 *
 * After fdlibm's `e_exp.c` and `e_log.c` (Sun Microsystems 1993: "Permission to use, copy, modify, and distribute this software
 * is freely granted, provided that this notice is preserved."), which V8 follows, too: a test compares them with `Math` bit by
 * bit on the Node of the day.
 */
// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { abs, E, trunc } = Math;
const { isNaN, POSITIVE_INFINITY: INFINITE } = Number;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
double[0] = 1;
/** Which of the two words has sign and exponent: depends on the order of bytes of the machine. */
const HIGH = words[1] === 0 ? 0 : 1;

function highWord(x: number): number {
  double[0] = x;
  return words[HIGH] ?? 0;
}

/** `x` with the upper word replaced. */
function withHighWord(x: number, word: number): number {
  double[0] = x;
  words[HIGH] = word;
  return double[0];
}

const LEAST_POWER = -1022;
/** 2^k for -1022 <= k <= 1023: to look one up is quicker than to put it together. */
const POWERS = new Float64Array(2046);
for (let k = 0; k < POWERS.length; k++) POWERS[k] = withHighWord(0, (k + 1) << 20);

function powerOfTwo(k: number): number {
  return POWERS[k - LEAST_POWER] ?? 0;
}

const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
const LOG2_E = 1.442695040888963387;
/** Below it 1 + x is nearer to e^x than any other number. */
const EXP_TINY = 2 ** -28;
/** From here on x is taken apart into a multiple of ln 2 and a rest; from there on the multiple is more than 1. About half of ln 2, and thrice that. */
const EXP_PARTS = 0.3465735912322998;
const EXP_MORE_PARTS = 1.0397205352783203;
/** Above it exp overflows, below the other it is 0. */
const EXP_MOST = 709.782712893383973096;
const EXP_LEAST = -745.13321910194110842;
const P1 = 1.66666666666666019037e-1;
const P2 = -2.77777777770155933842e-3;
const P3 = 6.61375632143793436117e-5;
const P4 = -1.6533902205465251539e-6;
const P5 = 4.13813679705723846039e-8;

/** e^x, off by less than one unit in the last place. The same bits on every machine. */
export function exp(x: number): number {
  if (isNaN(x)) return x;
  if (x > EXP_MOST) return INFINITE;
  if (x < EXP_LEAST) return 0;
  if (x === 1) return E;
  const size = abs(x);
  if (size < EXP_TINY) return 1 + x;
  let k = 0;
  let low = 0;
  let high = x;
  if (size >= EXP_PARTS) {
    const sign = x < 0 ? -1 : 1;
    k = size < EXP_MORE_PARTS ? sign : trunc(LOG2_E * x + sign / 2);
    high = x - k * LN2_HIGH;
    low = k * LN2_LOW;
  }
  const r = high - low;
  const t = r * r;
  const c = r - t * (P1 + t * (P2 + t * (P3 + t * (P4 + t * P5))));
  if (k === 0) return 1 - ((r * c) / (c - 2) - r);
  const y = 1 - (low - (r * c) / (2 - c) - high);
  if (k < -1021) return y * powerOfTwo(k + 1000) * 2 ** -1000;
  return k === 1024 ? y * 2 * 2 ** 1023 : y * powerOfTwo(k);
}

const L1 = 6.66666666666673513e-1;
const L2 = 3.999999999940941908e-1;
const L3 = 2.857142874366239149e-1;
const L4 = 2.222219843214978396e-1;
const L5 = 1.818357216161805012e-1;
const L6 = 1.531383769920937332e-1;
const L7 = 1.479819860511658591e-1;

/** Natural logarithm, off by less than one unit in the last place. -Infinity at 0, NaN below. The same bits on every machine. */
export function log(x: number): number {
  if (x === 0) return -INFINITE;
  if (!(x > 0) || x === INFINITE) return x > 0 ? x : NaN;
  const isTiny = x < 2 ** -1022;
  const scaled = isTiny ? x * 2 ** 54 : x;
  const word = highWord(scaled);
  const mantissa = word & 0xfffff;
  const carry = (mantissa + 0x95f64) & 0x100000;
  const exponent = (word >>> 20) - 1023 + (carry >>> 20);
  const k = isTiny ? exponent - 54 : exponent;
  // exact, in two steps where one power is not enough; quicker than to replace the upper word
  const f = (exponent > 1022 ? scaled * 0.25 * powerOfTwo(2 - exponent) : scaled * powerOfTwo(-exponent)) - 1;
  if ((0xfffff & (2 + mantissa)) < 3) {
    if (f === 0) return k === 0 ? 0 : k * LN2_HIGH + k * LN2_LOW;
    const r = f * f * (0.5 - (1 / 3) * f);
    return k === 0 ? f - r : k * LN2_HIGH - (r - k * LN2_LOW - f);
  }
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const r = z * (L1 + w * (L3 + w * (L5 + w * L7))) + w * (L2 + w * (L4 + w * L6));
  if (((mantissa - 0x6147a) | (0x6b851 - mantissa)) > 0) {
    const half = 0.5 * f * f;
    return k === 0 ? f - (half - s * (half + r)) : k * LN2_HIGH - (half - (s * (half + r) + k * LN2_LOW) - f);
  }
  return k === 0 ? f - s * (f - r) : k * LN2_HIGH - (s * (f - r) - k * LN2_LOW - f);
}

/** log(1 + x) with full precision near 0, for x > -1. By Kahan's correction of the rounding of 1 + x. */
export function log1p(x: number): number {
  const u = 1 + x;
  return u === 1 ? x : (log(u) * x) / (u - 1);
}

/** log(1 - e^x) for x < 0; -Infinity at 0. @see Mächler 2012, "Accurately computing log(1 - exp(-|a|))" */
export function log1mexp(x: number): number {
  if (x < -0.6931471805599453) return log1p(-exp(x));
  const u = exp(x);
  // expm1 by the same correction
  return log(u === 1 ? -x : ((1 - u) * x) / log(u));
}
