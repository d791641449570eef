import { exp, log } from '../../numerics/elementary';
import type { WordStream } from '../../philox';
import type { Axis } from './axis';
import { bandwidths } from './bandwidth';
import type { Kernels } from './kernel';
import { cellKernels } from './kernel-cells';
import { choiceKernels } from './kernel-choice';
import { lineKernels } from './kernel-line';
import { mixtureWeights } from './weights';

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

/** Beyond it a component adds less than the last bit of the sum, even when all do. */
const NEGLIGIBLE = -50;

function kernelsOf(axis: Axis, column: Float64Array, order: Int32Array): Kernels {
  if (axis.kind === 'choice') return choiceKernels(axis.choices, column);
  const widths = bandwidths(axis.low, axis.high, column, order);
  return axis.kind === 'line' ? lineKernels(axis, widths) : cellKernels(axis, widths);
}

/** Keeps of the first `count` components those whose term is above `least`. @returns how many are left */
function sift(terms: Float64Array, live: Int32Array, count: number, least: number): number {
  let left = 0;
  for (let next = 0; next < count; next++) {
    const at = live[next] ?? 0;
    if ((terms[at] ?? 0) > least) live[left++] = at;
  }
  return left;
}

/** log of the sum of e^x over the first `count` of `live`, without overflow and underflow. */
function logSumExp(terms: Float64Array, live: Int32Array, count: number): number {
  let most = terms[live[0] ?? 0] ?? 0;
  for (let next = 1; next < count; next++) {
    const term = terms[live[next] ?? 0] ?? 0;
    if (term > most) most = term;
  }
  let sum = 0;
  for (let next = 0; next < count; next++) {
    const under = (terms[live[next] ?? 0] ?? 0) - most;
    if (under > NEGLIGIBLE) sum += exp(under);
  }
  return most + log(sum);
}

/**
 * A Parzen estimator over trials: a mixture with a component for each observed trial, which is a product of one kernel for
 * each axis, and a prior component.
 *
 * @param isEven see `mixtureWeights`
 * @see Bergstra et al. 2011, "Algorithms for Hyper-Parameter Optimization"; Falkner et al. 2018 (over all axes together);
 *   Watanabe 2023, arXiv:2304.11127; Optuna 5.0.0 `parzen_estimator.py`.
 */
export function parzen(axes: readonly Axis[], { length, columns, orders }: Observations, isEven = false): Estimator {
  const kernels = axes.map((axis, at) =>
    kernelsOf(axis, columns[at] ?? new Float64Array(), orders[at] ?? new Int32Array()),
  );
  const weights = mixtureWeights(length, isEven);
  const most = weights.map(log);
  for (const each of kernels) each.addMost(most);
  const terms = new Float64Array(length + 1);
  const live = new Int32Array(length + 1);
  const prior = Int32Array.of(length);
  return {
    logDensity: (coordinates) => {
      terms.set(most);
      for (let at = 0; at < kernels.length; at++) kernels[at]?.takeOff(coordinates[at] ?? 0, terms, prior, 1);
      // The sum is no smaller than the prior's term, and terms only fall: what is far below it already need not be followed.
      const floor = terms[length] ?? 0;
      const least = floor + NEGLIGIBLE;
      for (let at = 0; at < length; at++) live[at] = at;
      let count = length;
      for (let at = 0; at < kernels.length; at++) {
        kernels[at]?.takeOff(coordinates[at] ?? 0, terms, live, count);
        count = sift(terms, live, count, least);
      }
      live[count] = length;
      return logSumExp(terms, live, count + 1);
    },
    draw: (words) => {
      let component = 0;
      for (let left = words.unit() - (weights[0] ?? 0); left >= 0 && component < length;)
        left -= weights[++component] ?? 0;
      return Float64Array.from(kernels, (each) => each.draw(component, words.unit()));
    },
  };
}
