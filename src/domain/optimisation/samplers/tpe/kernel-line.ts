import { log } from '../../numerics/elementary';
import { LOG_SQRT_2PI, logMass, SQRT_HALF, truncatedQuantile } from '../../numerics/normal';
import type { Bandwidths } from './bandwidth';
import type { Kernels } from './kernel';

// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { max, min } = Math;

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

/**
 * Kernels of a float: normals that are cut to the line. As Optuna 5.0.0 `probability_distributions.py`; on the logarithm the
 * density is that of the logarithm, which changes no comparison.
 */
export function lineKernels(line: Line, widths: Bandwidths): Kernels {
  const { low, high } = line;
  const { places, sigmas } = widths;
  const count = places.length;
  const inverse = new Float64Array(count);
  const scale = new Float64Array(count);
  let [sigmaBefore, logSigma] = [NaN, NaN];
  for (let at = 0; at < count; at++) {
    const place = places[at] ?? 0;
    const sigma = sigmas[at] ?? 1;
    // most kernels of a long history have the least bandwidth
    if (sigma !== sigmaBefore) [sigmaBefore, logSigma] = [sigma, log(sigma)];
    inverse[at] = SQRT_HALF / sigma;
    scale[at] = -LOG_SQRT_2PI - logSigma - logMass((low - place) / sigma, (high - place) / sigma);
  }
  return {
    addMost: (into) => {
      for (let at = 0; at < count; at++) into[at] = (into[at] ?? 0) + (scale[at] ?? 0);
    },
    // the inner loop of every ask
    takeOff: (coordinate, into, live, some) => {
      for (let next = 0; next < some; next++) {
        const at = live[next] ?? 0;
        const z = (coordinate - (places[at] ?? 0)) * (inverse[at] ?? 0);
        into[at] = (into[at] ?? 0) - z * z;
      }
    },
    draw: (component, unit) => drawPlace(line, widths, component, unit),
  };
}
