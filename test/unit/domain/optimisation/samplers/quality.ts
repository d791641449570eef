import { study } from '../../../../../bench/samplers/ours';
import { single } from '../../../../../bench/samplers/problem';
import type { SamplerName } from '../../../../../src/contracts/optimisation/study';
import type { TestFunction } from './functions';

/** The smallest regret of one study of `evaluations` trials, `atOnce` of them pending at a time, the oldest ending first. */
export function regretOf(
  sampler: SamplerName,
  { dimensions, regret }: TestFunction,
  seed: number,
  evaluations: number,
  atOnce = 1,
): number {
  const problem = single('of a test', { dimensions }, () => regret);
  return study(sampler, problem, seed, evaluations, { atOnce }).at(-1) ?? Infinity;
}

/** Standard deviations by which the ranks of `ours` are above those of `theirs`: positive when ours are larger (Mann-Whitney). */
export function rankExcess(ours: readonly number[], theirs: readonly number[]): number {
  const [n, m] = [ours.length, theirs.length];
  const wins = ours.reduce(
    (sum, mine) => sum + theirs.reduce((won, its) => won + (mine > its ? 1 : mine === its ? 0.5 : 0), 0),
    0,
  );
  return (wins - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12);
}
