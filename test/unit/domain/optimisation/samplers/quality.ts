import type { SearchSpace } from '../../../../../src/contracts/optimisation/search-space';
import type { SamplerName } from '../../../../../src/contracts/optimisation/study';
import { emptyHistory, historyOf, observe } from '../../../../../src/domain/optimisation/history';
import type { Pending } from '../../../../../src/domain/optimisation/samplers/sampler';
import { samplers } from '../../../../../src/domain/optimisation/samplers/table';
import type { TestFunction } from './functions';

/** The smallest regret of one study of `evaluations` trials, `atOnce` of them pending at a time, the oldest ending first. */
export function regretOf(
  sampler: SamplerName,
  { dimensions, regret }: TestFunction,
  seed: number,
  evaluations: number,
  atOnce = 1,
): number {
  const space: SearchSpace = { dimensions };
  let history = emptyHistory(space);
  let best = Infinity;
  let pending: readonly Pending[] = [];
  for (let ended = 0, asked = 0; ended < evaluations; ended++) {
    for (; pending.length < atOnce && asked < evaluations; asked++) {
      const configuration = samplers[sampler].ask(space, historyOf(history), pending, { seed, ask: asked });
      pending = [...pending, { number: asked + 1, configuration }];
    }
    const [trial, ...others] = pending;
    if (trial === undefined) break;
    const loss = regret(trial.configuration);
    best = Math.min(best, loss);
    history = observe(history, space, { ...trial, ask: trial.number - 1, loss, feasible: true });
    pending = others;
  }
  return best;
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
