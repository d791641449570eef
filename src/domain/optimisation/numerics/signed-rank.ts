import { exp } from './elementary';
import { logNdtr } from './normal';
import { ranked } from './ranks';

/** Above so many differences the sum of ranks counts as normal. */
const MANY = 50;
/** Up to so many, every choice of signs is counted, ties or not. */
const FEW = 13;
/** Sums of ranks that are equal but for rounding. */
const SLACK = 100 * Number.EPSILON;

/** How many choices of signs of the ranks 1 to n give each sum, of 2^n. */
function sumsOf(n: number): Float64Array {
  const counts = new Float64Array((n * (n + 1)) / 2 + 1);
  counts[0] = 1;
  for (let rank = 1; rank <= n; rank++)
    for (let sum = counts.length - 1; sum >= rank; sum--) counts[sum] = (counts[sum] ?? 0) + (counts[sum - rank] ?? 0);
  return counts;
}

/** The share of sums at or above `sum` when all ranks differ. */
function tailOf(sum: number, n: number): number {
  return (
    sumsOf(n)
      .subarray(sum)
      .reduce((all, count) => all + count, 0) /
    2 ** n
  );
}

/** The share of sums at or above `sum` among all choices of signs; what is zero has none. */
function tailOfSigns(sum: number, ranks: readonly number[], isZero: readonly boolean[]): number {
  const signed = ranks.filter((_rank, at) => isZero[at] !== true);
  const fixed = ranks.reduce((all, rank, at) => (isZero[at] === true ? all + rank / 2 : all), 0);
  let count = 0;
  for (let signs = 0; signs < 2 ** signed.length; signs++) {
    const chosen = signed.reduce((all, rank, at) => ((signs >> at) & 1 ? all + rank : all), fixed);
    if (chosen >= sum - SLACK * sum) count += 1;
  }
  return count / 2 ** signed.length;
}

/**
 * Wilcoxon's signed-rank test: how likely differences that are as large as these are when they scatter evenly around 0. Zeros
 * count half on either side. Exact where all sizes differ, and for at most 13; else by the normal distribution, corrected for
 * ties.
 *
 * @returns the one-sided p
 * @see Wilcoxon 1945; SciPy 1.17 `stats.wilcoxon(differences, alternative="greater", zero_method="zsplit")`, to 1e-12
 */
export function signedRank(differences: readonly number[]): number {
  const n = differences.length;
  const { ranks, tied } = ranked(differences.map(Math.abs));
  const isZero = differences.map((each) => each === 0);
  const half = (at: number): number => (isZero[at] === true ? 0.5 : Number((differences[at] ?? 0) > 0));
  const sum = ranks.reduce((all, rank, at) => all + rank * half(at), 0);
  const isPlain = tied === 0 && !isZero.includes(true);
  if (n <= MANY && isPlain) return tailOf(sum, n);
  if (n <= FEW) return tailOfSigns(sum, ranks, isZero);
  const deviation = Math.sqrt((n * (n + 1) * (2 * n + 1) - tied / 2) / 24);
  const z = (sum - n * (n + 1) * 0.25) / deviation;
  return exp(logNdtr(-z));
}
