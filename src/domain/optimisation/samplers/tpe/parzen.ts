import { exp, log } from '../../numerics/elementary';
import type { WordStream } from '../../philox';
import type { Axis } from './axis';
import { bandwidths } from './bandwidth';
import type { Kernels, LineKernels, Packed, Stand } from './kernel';
import { cellKernels } from './kernel-cells';
import { choiceKernels } from './kernel-choice';
import { lineKernels } from './kernel-line';
import { mixtureWeights } from './weights';

// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { max, sqrt } = Math;

/** The members of a set for some axes, in the order of their trials. */
export interface Observations {
  readonly length: number;
  /** Places by axis (see `Axis`). */
  readonly columns: readonly Float64Array[];
  /** Positions ascending by place, equal ones by trial; by axis, empty for choices. */
  readonly orders: readonly Int32Array[];
}

/** A density over some axes together. */
export interface Estimator {
  /** Logarithm of the density (mass, where the axes have cells) at coordinates. */
  logDensity(coordinates: Float64Array): number;
  /** One point, all its coordinates from one component. */
  draw(words: WordStream): Float64Array;
}

/** Beyond it a component adds less than the last bit of the sum, even when thousands do. */
const NEGLIGIBLE = -45;

/** log of the sum of e^x over the first `count` terms, without overflow and underflow. */
function logSumExp(terms: Float64Array, count: number): number {
  let most = terms[0] ?? 0;
  for (let next = 1; next < count; next++) {
    const term = terms[next] ?? 0;
    if (term > most) most = term;
  }
  let sum = 0;
  for (let next = 0; next < count; next++) {
    const under = (terms[next] ?? 0) - most;
    if (under > NEGLIGIBLE) sum += exp(under);
  }
  return most + log(sum);
}

/** How many of ascending places are below one. */
function below(places: Float64Array, place: number): number {
  let [from, to] = [0, places.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((places[middle] ?? 0) < place) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** The lines of a mixture together. */
interface Lines {
  readonly kernels: readonly LineKernels[];
  /** Which axes they are. */
  readonly axes: Int32Array;
  readonly packed: Packed;
}

/** The kernels of all axes, and the lines among them. @param most see `Kernels` */
function kernelsOf(
  axes: readonly Axis[],
  { columns, orders }: Observations,
  most: Float64Array,
): { readonly kernels: readonly Kernels[]; readonly lines: Lines } {
  const own = Int32Array.from(axes.flatMap((axis, at) => (axis.kind === 'line' ? [at] : [])));
  const width = 2 * own.length;
  const packed = { numbers: new Float64Array(most.length * width), width };
  const kernels = axes.map((axis, at) => {
    const column = columns[at] ?? new Float64Array();
    if (axis.kind === 'choice') return choiceKernels(axis.choices, column, most);
    const order = orders[at] ?? new Int32Array();
    const widths = bandwidths(axis.low, axis.high, column, order);
    if (axis.kind === 'cells') return cellKernels(axis, widths, most);
    return lineKernels(axis, widths, order, most, { packed, first: 2 * own.indexOf(at) });
  });
  return { kernels, lines: { kernels: kernels.filter((each) => each.kind === 'line'), axes: own, packed } };
}

/** A component's term without what is missing on the lines; some number that is not above `least` once that is certain. */
function alongLines(
  { packed: { numbers, width } }: Lines,
  along: Float64Array,
  at: number,
  most: number,
  least: number,
): number {
  let term = most;
  for (let line = 0, from = at * width; line < along.length; line++, from += 2) {
    const z = ((along[line] ?? 0) - (numbers[from] ?? 0)) * (numbers[from + 1] ?? 0);
    term -= z * z;
    if (!(term > least)) break;
  }
  return term;
}

/**
 * The components, without the prior, that may lose less than `far` at coordinates: by the line that leaves the fewest.
 *
 * @returns how many they are
 */
function near({ kernels }: Lines, along: Float64Array, far: number, into: Int32Array): number {
  const length = into.length - 1;
  let [fewest, best, start, end] = [length, undefined as Stand | undefined, 0, 0];
  for (let line = 0; line < kernels.length; line++) {
    const stand = kernels[line]?.stand;
    if (stand === undefined) continue;
    const reach = sqrt(far / stand.loss);
    const coordinate = along[line] ?? 0;
    const [from, to] = [below(stand.places, coordinate - reach), below(stand.places, coordinate + reach)];
    const count = to - from + stand.wide.length;
    if (count < fewest) [fewest, best, start, end] = [count, stand, from, to];
  }
  if (best === undefined) for (let at = 0; at < length; at++) into[at] = at;
  else {
    into.set(best.narrow.subarray(start, end));
    into.set(best.wide, end - start);
  }
  return fewest;
}

/**
 * A Parzen estimator over trials: a mixture with a component for each observed trial, which is a product of one kernel for
 * each axis, and a prior component.
 *
 * @param isEven see `mixtureWeights`
 * @see Bergstra et al. 2011, "Algorithms for Hyper-Parameter Optimization"; Falkner et al. 2018 (over all axes together);
 *   Watanabe 2023, arXiv:2304.11127; Optuna 5.0.0 `parzen_estimator.py`.
 */
export function parzen(axes: readonly Axis[], observations: Observations, isEven = false): Estimator {
  const { length } = observations;
  const weights = mixtureWeights(length, isEven);
  const most = new Float64Array(length + 1);
  for (let at = 0; at <= length; at++) most[at] = log(weights[at] ?? 0);
  const { kernels, lines } = kernelsOf(axes, observations, most);
  let highest = -Infinity;
  for (let at = 0; at < length; at++) highest = max(highest, most[at] ?? 0);
  const live = { values: new Float64Array(length + 1), which: new Int32Array(length + 1) };
  const along = new Float64Array(lines.axes.length);
  const prior = { values: new Float64Array(1), which: Int32Array.of(length) };
  return {
    logDensity: (coordinates) => {
      for (let line = 0; line < along.length; line++) along[line] = coordinates[lines.axes[line] ?? 0] ?? 0;
      // The sum is no smaller than the prior's term, and terms only fall: what is far below it already need not be followed.
      prior.values[0] = alongLines(lines, along, length, most[length] ?? 0, -Infinity);
      for (let at = 0; at < kernels.length; at++) {
        const each = kernels[at];
        if (each?.kind === 'cells') each.sift(coordinates[at] ?? 0, prior, 1, prior, -Infinity);
      }
      const floor = prior.values[0];
      const least = floor + NEGLIGIBLE;
      const some = near(lines, along, highest - least, live.which);
      let count = 0;
      for (let next = 0; next < some; next++) {
        const at = live.which[next] ?? 0;
        const term = alongLines(lines, along, at, most[at] ?? 0, least);
        if (!(term > least)) continue;
        live.values[count] = term;
        live.which[count++] = at;
      }
      for (let at = 0; at < kernels.length; at++) {
        const each = kernels[at];
        if (each?.kind === 'cells') count = each.sift(coordinates[at] ?? 0, live, count, live, least);
      }
      live.values[count] = floor;
      return logSumExp(live.values, count + 1);
    },
    draw: (words) => {
      let component = 0;
      for (let left = words.unit() - (weights[0] ?? 0); left >= 0 && component < length;)
        left -= weights[++component] ?? 0;
      return Float64Array.from(kernels, (each) => each.draw(component, words.unit()));
    },
  };
}
