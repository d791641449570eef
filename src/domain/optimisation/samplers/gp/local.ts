import { brent } from '../../numerics/brent';
import { minimise, type Sloped } from '../../numerics/lbfgs';
import type { Acquisition } from './acquisition';
import { nearestPlace, placeAt, placesOn, type Known } from './places';

/** Of the projected gradient, in length scales: the root of Optuna's tolerance. */
const GRADIENT = 1e-2;
const ITERATIONS = 200;
const ROUNDS = 100;
/** Of an axis with more places than that, a line is searched instead of all. */
const ALL_PLACES = 16;
const BEYOND = 1e-12;

/** A point and how promising it is. */
export interface Rated {
  readonly point: Float64Array;
  readonly value: number;
}

/** Climbs along the floats, each in its length scale, so that all of them matter alike. */
function climb(acquisition: Acquisition, from: Rated, floats: readonly number[], lengths: Float64Array): Rated {
  if (floats.length === 0) return from;
  const point = Float64Array.from(from.point);
  const slopes = new Float64Array(point.length);
  const downhill: Sloped = (z, gradient) => {
    floats.forEach((k, at) => (point[k] = (z[at] ?? 0) * (lengths[k] ?? 1)));
    const value = acquisition.slope(point, slopes);
    floats.forEach((k, at) => (gradient[at] = -(slopes[k] ?? 0) * (lengths[k] ?? 1)));
    return -value;
  };
  const start = Float64Array.from(floats, (k) => (from.point[k] ?? 0) / (lengths[k] ?? 1));
  const high = Float64Array.from(floats, (k) => 1 / (lengths[k] ?? 1));
  const box = { low: new Float64Array(floats.length), high };
  const { x, value } = minimise(downhill, start, { gradient: GRADIENT, iterations: ITERATIONS, ...box });
  if (!(-value > from.value)) return from;
  const best = Float64Array.from(from.point);
  floats.forEach((k, at) => (best[k] = Math.min(1, Math.max(0, (x[at] ?? 0) * (lengths[k] ?? 1)))));
  return { point: best, value: -value };
}

/** The best of all places along one axis. */
function bestPlace(acquisition: Acquisition, from: Rated, known: Known, k: number): Rated {
  let best = from;
  for (let at = 0; at < placesOn(known); at++) {
    const place = placeAt(known, at);
    if (place === from.point[k]) continue;
    const point = Float64Array.from(from.point);
    point[k] = place;
    const value = acquisition.value(point);
    if (value > best.value) best = { point, value };
  }
  return best;
}

/** A good place along an axis with many: Brent's method on the straight lines between them. */
function placeAlong(acquisition: Acquisition, from: Rated, known: Known, k: number): Rated {
  const last = placesOn(known) - 1;
  const here = nearestPlace(known, from.point[k] ?? 0);
  const seen = new Map([[here, -from.value]]);
  const point = Float64Array.from(from.point);
  const at = (index: number): number => {
    const before = seen.get(index);
    if (before !== undefined) return before;
    point[k] = placeAt(known, index);
    const value = -acquisition.value(point);
    seen.set(index, value);
    return value;
  };
  const between = (x: number): number => {
    if (x < placeAt(known, 0) || x > placeAt(known, last)) return Infinity;
    let right = Math.min(last, Math.max(1, nearestPlace(known, x)));
    if (placeAt(known, right) < x && right < last) right += 1;
    const [left, low, high] = [right - 1, placeAt(known, right - 1), placeAt(known, right)];
    const share = (high - x) / (high - low);
    return share * at(left) + (1 - share) * at(right);
  };
  // the closest places are those at the upper end of a logarithm
  const tolerance = (placeAt(known, last) - placeAt(known, last - 1)) / 4;
  const ends = { low: placeAt(known, 0) - BEYOND, start: placeAt(known, here), high: placeAt(known, last) + BEYOND };
  const found = nearestPlace(known, brent(between, ends, tolerance));
  const value = -at(found);
  if (found === here || !(value > from.value)) return from;
  const best = Float64Array.from(from.point);
  best[k] = placeAt(known, found);
  return { point: best, value };
}

/**
 * Climbs from a point to where nothing is better close by: along the floats together, then along each dimension with steps or
 * choices by itself, again and again until a round changes nothing.
 *
 * @param lengths length scales of the objective's model
 * @see Optuna 5.0.0 `_gp/optim_mixed.py`
 */
export function climbFrom(
  acquisition: Acquisition,
  start: Float64Array,
  dimensions: readonly Known[],
  lengths: Float64Array,
): Rated {
  const floats = dimensions.flatMap(({ axis }, k) => (axis.kind === 'line' ? [k] : []));
  let best: Rated = { point: start, value: acquisition.value(start) };
  let changedLast = -1;
  for (let round = 0; round < ROUNDS; round++) {
    const climbed = climb(acquisition, best, floats, lengths);
    if (climbed !== best) changedLast = -1;
    best = climbed;
    for (const [k, known] of dimensions.entries()) {
      if (known.axis.kind === 'line') continue;
      if (changedLast === k) return best;
      const isShort = known.axis.kind === 'choice' || placesOn(known) <= ALL_PLACES;
      const moved = (isShort ? bestPlace : placeAlong)(acquisition, best, known, k);
      if (moved !== best) changedLast = k;
      best = moved;
    }
    if (changedLast === -1) return best;
  }
  return best;
}
