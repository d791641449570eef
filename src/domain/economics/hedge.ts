// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
import { exp, log } from '../optimisation/numerics/elementary';

const { max, sqrt } = Math;

/**
 * Shares of some experts: proportional to `exp(rate * gain)`, mixed with an equal share for each so that none has less than
 * `floor`. They sum to 1. Pure; gains may be of any size.
 *
 * @param gains what each has gained so far, in sum
 * @param rate the learning rate, above 0
 * @param floor 0 to 1 / gains.length
 */
export function sharesOf(gains: readonly number[], rate: number, floor: number): readonly number[] {
  const most = max(...gains);
  const weights = gains.map((gain) => exp(rate * (gain - most)));
  const sum = weights.reduce((all, each) => all + each, 0);
  const open = 1 - gains.length * floor;
  return weights.map((weight) => floor + (open * weight) / sum);
}

/**
 * The learning rate of Hedge after so many rounds, when nobody knows how many there will be: √(8 ln K / t). With gains from 0
 * to 1 the regret against the best expert is at most 2 √(t/2 ln K) + √(ln K / 8).
 *
 * @see Freund & Schapire 1997; Cesa-Bianchi & Lugosi 2006, theorems 2.2 (a known number of rounds) and 2.3
 */
export function hedgeRate(rounds: number, experts: number): number {
  return sqrt((8 * log(max(2, experts))) / max(1, rounds));
}

/** Who is drawn by a number in [0, 1). */
export function drawnBy(shares: readonly number[], unit: number): number {
  let left = unit;
  for (let at = 0; at < shares.length - 1; at++) {
    left -= shares[at] ?? 0;
    if (left < 0) return at;
  }
  return shares.length - 1;
}
