import { DEFAULT_POPULATION, type Lineage } from '../../../../contracts/optimisation/lineage';
import type { SearchSpace } from '../../../../contracts/optimisation/search-space';
import type { SamplerOptions } from '../../../../contracts/optimisation/study';
import { configurationOf } from '../../encoded';
import type { History } from '../../history';
import { STREAMS, wordsOf } from '../../philox';
import type { Descended, Pending, Sampler, SamplerKey } from '../sampler';
import { sobolSampler } from '../sobol';
import { changedOf, explored } from './explore';
import { grown, nobody, type Member, type Population } from './population';
import { betterFor } from './selection';

const DEFAULTS = { quantile: 0.25, resample: 0.25, perturb: [0.8, 1.2] } as const;

function populationOf(history: History, dimensions: number): Population {
  const { of = nobody, since } = history.learnt ?? { since: history };
  return grown(of as Population, since, dimensions);
}

const sizeOf = ({ population = DEFAULT_POPULATION }: SamplerOptions = {}): number => population;

/** Members that are being trained now. */
const busyOf = (pending: readonly Pending[]): ReadonlySet<number> =>
  new Set(pending.flatMap(({ lineage }) => lineage?.member ?? []));

/** The first number that no member has. */
function newMember({ members }: Population, busy: ReadonlySet<number>): number {
  const known = new Set([...busy, ...members.map((each) => each.member)]);
  let member = 1;
  while (known.has(member)) member++;
  return member;
}

const start = (member: number): Lineage => ({ member, generation: 0, how: 'start' });

/** The next interval of a member that is not being trained; nothing for one that has to begin again. */
function nextInterval(space: SearchSpace, population: Population, own: Member, key: SamplerKey): Descended | undefined {
  const { quantile, resample, perturb } = { ...DEFAULTS, ...key.options };
  const { member } = own;
  const better = betterFor(own, population, quantile);
  const words = wordsOf(key.seed, STREAMS.pbt, key.ask, Object.keys(space.dimensions).length);
  const parent = better.length === 0 ? undefined : better[words.below(better.length)];
  if (parent !== undefined) {
    const { number: from, generation, values } = parent.last;
    const configuration = explored(space, values, key, { resample, perturb });
    const changed = changedOf(space, configurationOf(space, values), configuration);
    return { configuration, lineage: { member, generation: generation + 1, from, how: 'exploit', changed } };
  }
  const { last } = own;
  if (last === undefined) return undefined;
  const { number: from, generation, values } = last;
  const lineage = { member, generation: generation + 1, from, how: 'continue' as const };
  return { configuration: configurationOf(space, values), lineage };
}

function descend(space: SearchSpace, history: History, pending: readonly Pending[], key: SamplerKey): Descended {
  const population = populationOf(history, Object.keys(space.dimensions).length);
  const busy = busyOf(pending);
  const next = newMember(population, busy);
  // who has waited longest
  const [own] = population.members.filter(({ member }) => !busy.has(member)).sort((one, other) => one.at - other.at);
  const isWhole = next > sizeOf(key.options) && own !== undefined;
  const further = isWhole ? nextInterval(space, population, own, key) : undefined;
  if (further !== undefined) return further;
  return { configuration: sobolSampler.ask(space, history, pending, key), lineage: start(isWhole ? own.member : next) };
}

/**
 * Population based training: a trial trains one member for one interval. The first are starts, the points of a Sobol sequence.
 * Then each member goes on from its own checkpoint with its own configuration, unless its newest result is among the worst
 * quarter: then it takes configuration and checkpoint of a member of the best quarter, drawn at random, and explores: each value
 * is drawn anew with a quarter's chance, else a number is multiplied by 0.8 or 1.2 and a choice goes to its neighbour in the list.
 * What comes of it is a schedule of configurations, no single one.
 *
 * The population is a fold over the results in the order of their end, so the order is part of what is learnt; the study
 * carries it. Asynchronous: nobody waits, newest results are compared whatever their generation. When fewer trials run than
 * there are members, the one that has waited longest is next. Greedy by nature: a result that was lucky is copied with its
 * checkpoint, and copies of one member may take over the population.
 *
 * @see Jaderberg et al. 2017, arXiv:1711.09846 (truncation selection); shares and factors are those of Ray Tune 2.58. We differ:
 *   an interval that failed is followed by another's; steps and whole numbers move by one step at least, where Ray's rounding leaves
 *   small ones as they are. A number that is 0 stays so until it
 *   is drawn anew.
 */
export const pbtSampler: Sampler = {
  ask: (...asked) => descend(...asked).configuration,
  descend,
  adopt: (history, pending, options) => {
    const next = newMember(populationOf(history, 0), busyOf(pending));
    return next > sizeOf(options) ? undefined : start(next);
  },
  learn: (space, before = nobody, history) =>
    grown(before as Population, history, Object.keys(space.dimensions).length),
  atOnce: sizeOf,
  isForOne: true,
};
