import type { Configuration } from '../../src/contracts/optimisation/search-space';
import type { SamplerName } from '../../src/contracts/optimisation/study';
import { emptyHistory, historyOf, observe } from '../../src/domain/optimisation/history';
import type { Pending } from '../../src/domain/optimisation/samplers/sampler';
import { samplers } from '../../src/domain/optimisation/samplers/table';
import type { Problem } from './problems';

/** The smallest regret after each evaluation of a study. */
export type Course = readonly number[];

/** The least of all values so far, at each of them. */
export function courseOf(regrets: readonly number[]): Course {
  let least = Infinity;
  return regrets.map((each) => (least = Math.min(least, each)));
}

/** One study of ours: so many trials, `atOnce` of them pending at a time, the oldest ending first. */
export function study(sampler: SamplerName, problem: Problem, seed: number, trials: number, atOnce = 1): Course {
  const { space } = problem;
  const { regret, told } = problem.instance(seed);
  const regrets: number[] = [];
  let history = emptyHistory(space);
  let pending: readonly Pending[] = [];
  for (let asked = 0; regrets.length < trials;) {
    for (; pending.length < atOnce && asked < trials; asked++) {
      const configuration = samplers[sampler].ask(space, historyOf(history), pending, { seed, ask: asked });
      pending = [...pending, { number: asked + 1, configuration }];
    }
    const [trial, ...others] = pending;
    if (trial === undefined) break;
    const { number, configuration } = trial;
    regrets.push(regret(configuration));
    const loss = told(configuration, number);
    history = observe(history, space, { number, configuration, ask: number - 1, loss, feasible: true });
    pending = others;
  }
  return courseOf(regrets);
}

/** The first suggestions of a sampler that have nothing to learn from: both sides begin with them. */
export function firstOf(
  sampler: SamplerName,
  { space }: Problem,
  seed: number,
  count: number,
): readonly Configuration[] {
  const empty = historyOf(emptyHistory(space));
  return Array.from({ length: count }, (_each, ask) => samplers[sampler].ask(space, empty, [], { seed, ask }));
}
