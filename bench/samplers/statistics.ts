import { logNdtr } from '../../src/domain/optimisation/numerics/normal';
import { ranked } from '../../src/domain/optimisation/numerics/ranks';
import { wordsOf } from '../../src/domain/optimisation/philox';

/** A stream of Philox that no sampler and no problem uses. */
const STREAM = 1_001;
const REPLICATES = 2_000;

/**
 * The one-sided p of Mann and Whitney that `ours` are larger: by the normal approximation with corrections for ties and for
 * continuity, as SciPy's `mannwhitneyu(ours, theirs, alternative='greater', method='asymptotic')`.
 */
export function worseP(ours: readonly number[], theirs: readonly number[]): number {
  const [n, m] = [ours.length, theirs.length];
  const { ranks, tied } = ranked([...ours, ...theirs]);
  const u = ranks.slice(0, n).reduce((sum, each) => sum + each, 0) - (n * (n + 1)) / 2;
  const total = n + m;
  const sd = Math.sqrt(((n * m) / 12) * (total + 1 - tied / (total * (total - 1))));
  return sd === 0 ? 1 : Math.exp(logNdtr(-(u - (n * m) / 2 - 0.5) / sd));
}

/** The p of several tests together, each as Holm (1979) adjusts it. */
export function holm(ps: readonly number[]): readonly number[] {
  const order = ps.map((_each, at) => at).sort((a, b) => (ps[a] ?? 0) - (ps[b] ?? 0));
  const adjusted = new Array<number>(ps.length);
  let most = 0;
  order.forEach((at, rank) => {
    most = Math.max(most, Math.min(1, (ps.length - rank) * (ps[at] ?? 0)));
    adjusted[at] = most;
  });
  return adjusted;
}

/**
 * The mean over groups of the mean of each group's differences, and its 95 % interval by the percentiles of 2,000 bootstrap
 * replicates, each of which draws anew within every group. Deterministic.
 */
export function meanDifference(groups: readonly (readonly number[])[]): {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
} {
  const meanOf = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;
  const replicates = Array.from({ length: REPLICATES }, (_each, replicate) => {
    const words = wordsOf(0, STREAM, replicate, 0);
    return meanOf(groups.map((group) => meanOf(group.map(() => group[words.below(group.length)] ?? 0))));
  }).sort((a, b) => a - b);
  const at = (share: number): number => replicates[Math.floor(share * (REPLICATES - 1))] ?? 0;
  return { mean: meanOf(groups.map(meanOf)), low: at(0.025), high: at(0.975) };
}
