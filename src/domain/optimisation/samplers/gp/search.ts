import { exp } from '../../numerics/elementary';
import type { WordStream } from '../../philox';
import type { Aim } from './model';
import { climbFrom, type Rated } from './local';
import { nearestPlace, placeAt, placesOn, type Known } from './places';
import { sobolPoints } from './points';

/** Points that are looked at before any is climbed from, and how many are. */
const POINTS = 2_048;
const CLIMBS = 10;
/** Of the points that nobody climbed from, so many are named beside the tops. */
const BESIDE = 40;

/** Sobol points on the places of each dimension. */
export function spread(seed: number, dimensions: readonly Known[]): Float64Array {
  const size = dimensions.length;
  const points = sobolPoints(seed, size, POINTS);
  dimensions.forEach((known, k) => {
    const count = placesOn(known);
    if (count === Infinity) return;
    for (let at = k; at < points.length; at += size) points[at] = onPlace(known, points[at] ?? 0, count);
  });
  return points;
}

/** Each choice and each step takes its share of [0, 1], those of a logarithm as wide as their cell. */
function onPlace(known: Known, unit: number, count: number): number {
  const { axis } = known;
  if (axis.kind === 'choice') return Math.min(count - 1, Math.floor(unit * count));
  return placeAt(known, nearestPlace(known, unit));
}

/** Draws some of the points, the more promising the likelier, none twice. */
function roulette(values: Float64Array, best: number, wanted: number, words: WordStream): readonly number[] {
  const shares = values.map((value) => exp(value - (values[best] ?? 0)));
  shares[best] = 0;
  let total = shares.reduce((sum, each) => sum + each, 0);
  const drawn: number[] = [];
  while (drawn.length < wanted && total > 0) {
    let left = words.unit() * total;
    let at = shares.findIndex((share) => share > 0 && (left -= share) < 0);
    // rounding may leave a little at the end
    if (at < 0) at = shares.findLastIndex((share) => share > 0);
    if (at < 0) break;
    drawn.push(at);
    shares[at] = 0;
    total = shares.reduce((sum, each) => sum + each, 0);
  }
  return drawn;
}

/**
 * The most promising points, best first: the tops of climbs from the best of 2,048 Sobol points, from up to eight others drawn
 * by how promising they are, and from the best trial; then the best of the Sobol points themselves.
 *
 * @param incumbent place of the best trial
 */
export function search(
  { acquisition, lengths }: Aim,
  incumbent: Float64Array | undefined,
  dimensions: readonly Known[],
  seed: number,
  words: WordStream,
): readonly Rated[] {
  const size = dimensions.length;
  const points = spread(seed, dimensions);
  const values = acquisition.values(points, POINTS);
  const pointAt = (row: number): Float64Array => points.slice(row * size, (row + 1) * size);
  let best = 0;
  for (let row = 1; row < POINTS; row++) if ((values[row] ?? 0) > (values[best] ?? 0)) best = row;
  const others = roulette(values, best, CLIMBS - 1 - Number(incumbent !== undefined), words);
  const starts = [...[best, ...others].map(pointAt), ...(incumbent === undefined ? [] : [incumbent])];
  const tops = starts.map((start) => climbFrom(acquisition, start, dimensions, lengths));
  const rows = Array.from(values, (_value, row) => row).sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b);
  const beside = rows.slice(0, BESIDE).map((row) => ({ point: pointAt(row), value: values[row] ?? 0 }));
  return [...tops.sort((a, b) => b.value - a.value), ...beside];
}
