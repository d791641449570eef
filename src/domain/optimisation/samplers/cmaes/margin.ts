import { exp } from '../../numerics/elementary';
import { logNdtr, truncatedQuantile } from '../../numerics/normal';
import type { CmaAxis, Cells } from './axis';
import type { Distribution } from './distribution';

// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { abs, max, min, sqrt } = Math;

/** Farther out a standard normal has no probability that a double could hold. */
const FAR = 38;
const LEAST = 1e-10;

const below = (z: number): number => exp(logNdtr(z));
/** How many deviations away from the mean so much probability begins, for 0 < probability < 1/2. */
const deviations = (probability: number): number => -truncatedQuantile(probability, -FAR, FAR);

interface Line {
  readonly mean: number;
  /** Standard deviation without the stretch. */
  readonly deviation: number;
  readonly stretch: number;
}

/** Near an end the mean moves so that the other side keeps the margin. */
function atEnd(line: Line, border: number, other: number, margin: number): Line {
  if (other >= margin) return line;
  const away = line.deviation * line.stretch * deviations(margin);
  return { ...line, mean: line.mean > border ? border + away : border - away };
}

/** Between two borders mean and stretch move so that each side keeps half of the margin. */
function between(line: Line, [lower, upper]: readonly [number, number], margin: number): Line {
  const scale = line.deviation * line.stretch;
  const [under, over] = [below((lower - line.mean) / scale), below((line.mean - upper) / scale)];
  // nothing to correct: the equations below would give back what is there, with rounding
  if (min(under, over) >= margin / 2) return line;
  const middle = 1 - under - over;
  const [low, high] = [max(under, margin / 2), max(over, margin / 2)];
  const excess = (1 - low - high - middle) / (low + middle + high - (3 * margin) / 2);
  const corrected = (side: number): number =>
    deviations(min(0.5 - LEAST, max(LEAST, side + excess * (side - margin / 2))));
  const [left, right] = [corrected(low), corrected(high)];
  return {
    ...line,
    mean: (lower * right + upper * left) / (left + right),
    stretch: (upper - lower) / ((left + right) * line.deviation),
  };
}

function corrected(line: Line, { count, at, border }: Cells, margin: number): Line {
  const cell = at(line.mean);
  const lower = border(min(count - 2, max(0, cell - 1)));
  const upper = border(min(count - 2, cell));
  if (lower !== upper) return between(line, [lower, upper], margin);
  const out = below(-abs(line.mean - lower) / (line.deviation * line.stretch));
  return out < 0.5 ? atEnd(line, lower, out, margin) : line;
}

/**
 * Keeps whole coordinates alive: however small sigma becomes, the neighbours of the mean's value keep a probability, so that
 * the search does not freeze on one value. Changes mean and stretch, neither sigma nor covariance.
 *
 * @param margin usually 1 / (dimensions · population)
 * @see Hamano et al. 2022, arXiv:2205.13482, "CMA-ES with Margin"; `cmaes` 0.13 `CMAwM.tell` agrees to 1e-9. We differ:
 *   logarithmic ints have the margin, too, and the values at the ends have cells as wide as the others.
 */
export function withMargin(
  distribution: Distribution,
  axes: readonly Pick<CmaAxis, 'cells'>[],
  margin: number,
): Distribution {
  const size = axes.length;
  const mean = Float64Array.from(distribution.mean);
  const stretch = Float64Array.from(distribution.stretch);
  axes.forEach(({ cells }, at) => {
    if (cells === undefined) return;
    const deviation = distribution.sigma * sqrt(distribution.covariance[at * size + at] ?? 1);
    const line = corrected({ mean: mean[at] ?? 0, deviation, stretch: stretch[at] ?? 1 }, cells, margin);
    mean[at] = line.mean;
    stretch[at] = line.stretch;
  });
  return { ...distribution, mean, stretch };
}
