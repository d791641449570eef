import { log } from '../../numerics/elementary';
import { LOG_SQRT_2PI, logMass, SQRT_HALF, truncatedQuantile } from '../../numerics/normal';
import type { Bandwidths } from './bandwidth';
import type { LineKernels, Packed, Stand } from './kernel';

// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { max, min } = Math;

/** Standard deviations from an end within which a normal lies whole, to the last bit. */
const WHOLE = 9;

/** Ends of the line of an axis. */
interface Line {
  readonly low: number;
  readonly high: number;
}

/** A draw of one kernel: a normal that is cut to the line. */
export function drawPlace(
  { low, high }: Line,
  { places, sigmas }: Bandwidths,
  component: number,
  unit: number,
): number {
  const place = places[component] ?? 0;
  const sigma = sigmas[component] ?? 1;
  const z = truncatedQuantile(unit, (low - place) / sigma, (high - place) / sigma);
  return min(high, max(low, place + z * sigma));
}

/** @param order see `bandwidths` */
function standOf({ places, sigmas }: Bandwidths, order: Int32Array): Stand {
  let least = Infinity;
  for (let next = 0; next < order.length; next++) least = min(least, sigmas[next] ?? 1);
  const narrow = new Int32Array(order.length);
  const wide = new Int32Array(order.length);
  const ascending = new Float64Array(order.length);
  let [few, many] = [0, 0];
  for (const at of order) {
    if ((sigmas[at] ?? 1) > least) wide[few++] = at;
    else {
      ascending[many] = places[at] ?? 0;
      narrow[many++] = at;
    }
  }
  const loss = 0.5 / (least * least);
  return { narrow: narrow.subarray(0, many), places: ascending.subarray(0, many), loss, wide: wide.subarray(0, few) };
}

/**
 * Kernels of a float: normals that are cut to the line. As Optuna 5.0.0 `probability_distributions.py`; on the logarithm the
 * density is that of the logarithm, which changes no comparison.
 *
 * @param order see `bandwidths`
 * @param most see `Kernels`
 * @param first where the numbers of this line stand among those of a component
 */
export function lineKernels(
  line: Line,
  widths: Bandwidths,
  order: Int32Array,
  most: Float64Array,
  { packed, first }: { readonly packed: Packed; readonly first: number },
): LineKernels {
  const { low, high } = line;
  const { places, sigmas } = widths;
  const { numbers, width } = packed;
  let [sigmaBefore, logSigma, inverse] = [NaN, NaN, NaN];
  for (let at = 0, to = first; at < places.length; at++, to += width) {
    const place = places[at] ?? 0;
    const sigma = sigmas[at] ?? 1;
    // most kernels of a long history have the least bandwidth
    if (sigma !== sigmaBefore) {
      sigmaBefore = sigma;
      logSigma = log(sigma);
      inverse = SQRT_HALF / sigma;
    }
    numbers[to] = place;
    numbers[to + 1] = inverse;
    // nor is anything of them cut off
    const isWhole = place - low > WHOLE * sigma && high - place > WHOLE * sigma;
    const mass = isWhole ? 0 : logMass((low - place) / sigma, (high - place) / sigma);
    most[at] = (most[at] ?? 0) - LOG_SQRT_2PI - logSigma - mass;
  }
  return {
    kind: 'line',
    stand: standOf(widths, order),
    draw: (component, unit) => drawPlace(line, widths, component, unit),
  };
}
