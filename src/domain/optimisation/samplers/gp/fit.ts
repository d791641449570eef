import { minimise } from '../../numerics/lbfgs';
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

/**
 * The parameters that make trials most likely, given the priors: L-BFGS over their logarithms.
 *
 * @param start raw parameters; when nothing comes of them the fit begins again from the first ones
 * @returns raw parameters
 */
export function fitFrom(start: Float64Array, places: Places, y: Float64Array): Float64Array {
  const loss = lossOf(places, y);
  const first = firstParams(places.dimensions);
  for (const from of [start, first]) {
    const { x, value } = minimise(loss, from, { gradient: GRADIENT, iterations: ITERATIONS });
    if (Number.isFinite(value)) return x;
  }
  return first;
}

interface Fitted {
  readonly at: Float64Array;
  readonly values: Float64Array;
  readonly raw: Float64Array;
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
  let raw = firstParams(dimensions);
  for (let size = Math.min(rows, STRIDE); ; size = Math.min(rows, size + STRIDE)) {
    const part = { rows: size, dimensions, at: at.slice(0, size * dimensions), isChoice };
    const of = values.slice(0, size);
    const before = known.find((each) => isSame(each.values, of) && isSame(each.at, part.at));
    raw = before?.raw ?? fitFrom(raw, part, standardised(of).y);
    if (before === undefined) known.unshift({ at: part.at, values: of, raw });
    if (size === rows) break;
  }
  known.length = Math.min(known.length, KEPT);
  return raw;
}
