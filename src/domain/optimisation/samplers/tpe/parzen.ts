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
  return axis.kind === 'line' ? lineKernels(axis.low, axis.high, widths) : cellKernels(axis, widths);
}

/** log of the sum of e^x, without overflow and underflow. */
function logSumExp(terms: Float64Array): number {
  let most = -Infinity;
  for (const term of terms) if (term > most) most = term;
  if (most === -Infinity) return most;
  const least = most + NEGLIGIBLE;
  let sum = 0;
  for (const term of terms) if (term > least) sum += exp(term - most);
  return most + log(sum);
}

/**
 * A Parzen estimator over trials: a mixture with a component for each observed trial, which is a product of one kernel for
 * each axis, and a prior component.
 *
 * @see Bergstra et al. 2011, "Algorithms for Hyper-Parameter Optimization"; Falkner et al. 2018 (over all axes together);
 *   Watanabe 2023, arXiv:2304.11127; Optuna 5.0.0 `parzen_estimator.py`.
 */
export function parzen(axes: readonly Axis[], { length, columns, orders }: Observations): Estimator {
  const kernels = axes.map((axis, at) =>
    kernelsOf(axis, columns[at] ?? new Float64Array(), orders[at] ?? new Int32Array()),
  );
  const weights = mixtureWeights(length);
  const constant = weights.map(log);
  for (const each of kernels) each.addConstant(constant);
  const terms = new Float64Array(length + 1);
  return {
    logDensity: (coordinates) => {
      terms.set(constant);
      for (let at = 0; at < kernels.length; at++) kernels[at]?.add(coordinates[at] ?? 0, terms);
      return logSumExp(terms);
    },
    draw: (words) => {
      let component = 0;
      for (let left = words.unit() - (weights[0] ?? 0); left >= 0 && component < length;)
        left -= weights[++component] ?? 0;
      return Float64Array.from(kernels, (each) => each.draw(component, words.unit()));
    },
  };
}
