import { minimise, type Curvature } from '../../numerics/lbfgs';
import { log } from '../../numerics/elementary';
import type { Places } from './kernel';
import { LEAST_NOISE, lossOf } from './likelihood';
import { standardised } from './standard';

/** Ends a fit: finer ones follow the noise. Optuna's. */
const GRADIENT = 1e-2;
const ITERATIONS = 200;
/** So many trials more than the last fit begin another. */
const STRIDE = 32;
const KEPT = 400;

/** Inverse squares, scale and noise of 1: where a fit begins that knows nothing better. */
export function firstParams(dimensions: number): Float64Array {
  const raw = new Float64Array(dimensions + 2);
  raw[dimensions + 1] = log(1 - 0.99 * LEAST_NOISE);
  return raw;
}

/** Raw parameters, and how likely the trials are around them: the next fit begins with both. */
export interface Fit {
  readonly raw: Float64Array;
  readonly curvature?: Curvature;
}

/**
 * The parameters that make trials most likely, given the priors: L-BFGS over their logarithms.
 *
 * @param start when nothing comes of it the fit begins again from the first parameters
 */
export function fitFrom(start: Fit, places: Places, y: Float64Array): Fit {
  const loss = lossOf(places, y);
  const first = { raw: firstParams(places.dimensions) };
  for (const { raw, curvature } of [start, first] as readonly Fit[]) {
    const known = curvature === undefined ? {} : { curvature };
    const found = minimise(loss, raw, { gradient: GRADIENT, iterations: ITERATIONS, ...known });
    if (Number.isFinite(found.value)) return { raw: found.x, curvature: found.curvature };
  }
  return first;
}

interface Fitted extends Fit {
  readonly at: Float64Array;
  readonly values: Float64Array;
}
/** Fits by what they were made of. No answer depends on them: each is computed again when it is not there. */
const known: Fitted[] = [];

const isSame = (a: Float64Array, b: Float64Array): boolean =>
  a.length === b.length && a.every((each, at) => Object.is(each, b[at]));

/**
 * The parameters of trials, fitted to the first 32 of them, then, from there, to the first 64, and so on to all: each fit
 * begins near its end, and yet the last is a function of the trials alone, whatever was asked before (STU-5). The fits of the
 * beginnings are kept, so that the next ask makes the last one only.
 *
 * @param values to be maximised, in the order of the trials
 * @returns raw parameters
 */
export function fitted(places: Places, values: Float64Array): Float64Array {
  const { rows, dimensions, at, isChoice } = places;
  let fit: Fit = { raw: firstParams(dimensions) };
  for (let size = Math.min(rows, STRIDE); ; size = Math.min(rows, size + STRIDE)) {
    const part = { rows: size, dimensions, at: at.slice(0, size * dimensions), isChoice };
    const of = values.slice(0, size);
    const before = known.find((each) => isSame(each.values, of) && isSame(each.at, part.at));
    fit = before ?? fitFrom(fit, part, standardised(of).y);
    if (before === undefined) known.unshift({ at: part.at, values: of, ...fit });
    if (size === rows) break;
  }
  known.length = Math.min(known.length, KEPT);
  return fit.raw;
}
