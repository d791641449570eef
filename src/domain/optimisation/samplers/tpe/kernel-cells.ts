import { log } from '../../numerics/elementary';
import { logMass } from '../../numerics/normal';
import { coordinateAt, type Cells } from './axis';
import type { Bandwidths } from './bandwidth';
import type { CellKernels } from './kernel';
import { drawPlace } from './kernel-line';

/** Coordinates whose masses are remembered at once. */
const MOST_KNOWN = 64;

/** Kernels that are the same stand once: `which` says for each component where. */
function distinctOf({ places, sigmas }: Bandwidths): Bandwidths & { readonly which: Int32Array } {
  const seen = new Map<number, Map<number, number>>();
  const which = new Int32Array(places.length);
  const kept: number[] = [];
  for (let at = 0; at < places.length; at++) {
    const [place, sigma] = [places[at] ?? 0, sigmas[at] ?? 1];
    const bySigma = seen.get(place) ?? new Map<number, number>();
    const known = bySigma.get(sigma);
    which[at] = known ?? kept.length;
    if (known !== undefined) continue;
    seen.set(place, bySigma.set(sigma, kept.length));
    kept.push(at);
  }
  const pick = (of: Float64Array): Float64Array => Float64Array.from(kept, (at) => of[at] ?? 0);
  return { places: pick(places), sigmas: pick(sigmas), which };
}

/**
 * Kernels of steps, whole numbers and ordinals: the mass that a cut normal has over the cell of a coordinate; on the
 * logarithm from log(n - 0.5) to log(n + 0.5). As Optuna 5.0.0 `probability_distributions.py`.
 *
 * Many observations share a place, so equal kernels are computed once, and once for each coordinate.
 */
export function cellKernels(cells: Cells, widths: Bandwidths, most: Float64Array): CellKernels {
  const { low, high } = cells;
  const { places, sigmas, which } = distinctOf(widths);
  const whole = places.map((place, at) => {
    const sigma = sigmas[at] ?? 1;
    return -logMass((low - place) / sigma, (high - place) / sigma);
  });
  for (let at = 0; at < which.length; at++) most[at] = (most[at] ?? 0) + (whole[which[at] ?? 0] ?? 0);
  const edge = (at: number): number => (cells.log ? log(at) : at);
  const massesAt = (coordinate: number): Float64Array => {
    const [left, right] = [edge(coordinate - 0.5), edge(coordinate + 0.5)];
    return places.map((place, at) => {
      const sigma = sigmas[at] ?? 1;
      return logMass((left - place) / sigma, (right - place) / sigma);
    });
  };
  const known = new Map<number, Float64Array>();
  return {
    kind: 'cells',
    sift: (coordinate, from, count, kept, least) => {
      const masses = known.get(coordinate) ?? massesAt(coordinate);
      if (known.size >= MOST_KNOWN) known.clear();
      known.set(coordinate, masses);
      let left = 0;
      for (let next = 0; next < count; next++) {
        const at = from.which[next] ?? 0;
        const term = (from.values[next] ?? 0) + (masses[which[at] ?? 0] ?? 0);
        if (!(term > least)) continue;
        kept.values[left] = term;
        kept.which[left++] = at;
      }
      return left;
    },
    draw: (component, unit) => coordinateAt(cells, drawPlace(cells, widths, component, unit)),
  };
}
