import type { Configuration } from '../../src/contracts/optimisation/search-space';
import type { SamplerName } from '../../src/contracts/optimisation/study';
import { emptyHistory, historyOf, observe } from '../../src/domain/optimisation/history';
import type { Pending } from '../../src/domain/optimisation/samplers/sampler';
import { samplers } from '../../src/domain/optimisation/samplers/table';
import type { Course, Problem } from './problem';

/** How many trials are pending at a time, and when others follow: when one has ended, the oldest first, or all of them. */
export interface Pace {
  readonly atOnce: number;
  readonly inBatches?: boolean;
}

/** One study of ours. */
export function study(
  sampler: SamplerName,
  { space, objectives, instance }: Problem,
  seed: number,
  trials: number,
  { atOnce, inBatches = false }: Pace = { atOnce: 1 },
): Course {
  const { told, course } = instance(seed);
  const { ask, learn } = samplers[sampler];
  const configurations: Configuration[] = [];
  let history = emptyHistory(space, objectives);
  let pending: readonly Pending[] = [];
  for (let asked = 0; configurations.length < trials;) {
    if (!inBatches || pending.length === 0)
      for (; pending.length < atOnce && asked < trials; asked++) {
        const configuration = ask(space, historyOf(history), pending, { seed, ask: asked });
        pending = [...pending, { number: asked + 1, configuration }];
      }
    const [trial, ...others] = pending;
    if (trial === undefined) break;
    const { number, configuration } = trial;
    configurations.push(configuration);
    const [loss = NaN, ...more] = told(configuration, number);
    const seen = { number, configuration, ask: number - 1, loss, more, feasible: true };
    history = observe(history, space, seen, learn && ((before, newer) => learn(space, before, newer, { seed })));
    pending = others;
  }
  return course(configurations);
}

/** The first suggestions of a sampler that have nothing to learn from: both sides begin with them. */
export function firstOf(
  sampler: SamplerName,
  { space, objectives }: Problem,
  seed: number,
  count: number,
): readonly Configuration[] {
  const empty = historyOf(emptyHistory(space, objectives));
  return Array.from({ length: count }, (_each, ask) => samplers[sampler].ask(space, empty, [], { seed, ask }));
}
