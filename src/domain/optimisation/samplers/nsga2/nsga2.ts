import type { SearchSpace } from '../../../../contracts/optimisation/search-space';
import type { Value } from '../../../../contracts/variable';
import { decode, levelsOf } from '../../dimension';
import type { History } from '../../history';
import { goesBefore } from '../../pareto/crowding';
import { STREAMS, wordsOf, type WordStream } from '../../philox';
import { configure } from '../../search-space';
import { randomSampler } from '../random';
import type { Sampler } from '../sampler';
import { nobody, withMember, type Member, type Population } from './population';

const CROSSOVER = 0.9;
const SWAP = 0.5;
/** A violation that is not known: JSON has no Infinity. */
const WORST = Number.MAX_VALUE;

/** The population after some trials more. Those that failed or were pruned have no part in it. */
function grown(before: Population, { dimensions }: SearchSpace, history: History): Population {
  const [numbers, violation] = [history.numbers(), history.violation()];
  const losses = [history.loss(), ...history.more()];
  const columns = Object.keys(dimensions).map((_name, at) => history.column(at));
  let population = before;
  for (let row = 0; row < history.length; row++) {
    const point = losses.map((column) => column[row] ?? NaN);
    if (point.some(Number.isNaN)) continue;
    const broken = violation[row] ?? NaN;
    population = withMember(population, {
      number: numbers[row] ?? 0,
      losses: point,
      broken: Number.isFinite(broken) ? broken : WORST,
      values: columns.map((column) => {
        const value = column[row] ?? NaN;
        return Number.isNaN(value) ? null : value;
      }),
    });
  }
  return population;
}

function populationOf(space: SearchSpace, history: History): Population {
  const { of = nobody, since } = history.learnt ?? { since: history };
  return grown(of as Population, space, since);
}

/** The better of two at random; of two that nothing tells apart the second. */
function parentOf(parents: readonly Member[], words: WordStream): Member | undefined {
  const [one, other] = [parents[words.below(parents.length)], parents[words.below(parents.length)]];
  return one !== undefined && other !== undefined && goesBefore(one, other) ? one : other;
}

/** One parent, or with crossover two different ones. */
function parentsOf(parents: readonly Member[], words: WordStream): readonly (Member | undefined)[] {
  if (words.unit() >= CROSSOVER) return [parents[words.below(parents.length)]];
  const first = parentOf(parents, words);
  return [
    first,
    parentOf(
      parents.filter((each) => each !== first),
      words,
    ),
  ];
}

/**
 * NSGA-II: keeps a population of 50, and makes each suggestion of two of its members: each value comes from one of them with
 * equal chance (uniform crossover, for nine suggestions of ten; else one member is taken as it is), and one value in the mean
 * is drawn anew. Parents are the better of two at random. The first generation is random. For several objectives, however many,
 * and for large budgets; with one objective it is a plain genetic algorithm.
 *
 * The population is a fold over the results in the order of their end (see `withMember`), so the order is part of what is
 * learnt; the study carries it. Trials that broke a bound stand behind those that kept them, the least broken first; trials
 * that failed or were pruned teach nothing.
 *
 * @see Deb et al. 2002, "NSGA-II"; Optuna 5.0.0 `samplers/nsgaii`, with which fronts, crowding and elites agree to 1e-9. We
 *   differ: any results make a generation, late ones count in the next; conditional dimensions take part, and where neither
 *   parent has a value it is drawn; one value in the mean is drawn anew of those that the first parent has.
 */
export const nsga2Sampler: Sampler = {
  ask: (space, history, pending, key) => {
    const { parents } = populationOf(space, history);
    if (parents.length === 0) return randomSampler.ask(space, history, pending, key);
    const entries = Object.entries(space.dimensions);
    const [first, second = first] = parentsOf(parents, wordsOf(key.seed, STREAMS.nsga2, key.ask, entries.length));
    const isOpen = entries.map(([, each]) => levelsOf(each) > 1 && !('low' in each && each.low === each.high));
    const active = first?.values.filter((value, at) => value !== null && isOpen[at] === true).length ?? 0;
    const inherited: Record<string, Value> = {};
    entries.forEach(([name, dimension], at) => {
      const words = wordsOf(key.seed, STREAMS.nsga2, key.ask, at);
      const [one, other] = words.unit() < SWAP ? [first, second] : [second, first];
      const value = one?.values[at] ?? other?.values[at];
      const isDrawn = isOpen[at] === true && words.unit() < 1 / Math.max(1, active);
      if (value !== null && value !== undefined && !isDrawn) inherited[name] = decode(dimension, value);
    });
    return configure(space, (at) => wordsOf(key.seed, STREAMS.value, key.ask, at), inherited);
  },
  learn: (space, before = nobody, history) => grown(before as Population, space, history),
};
