import type { Restarts } from '../../../../contracts/optimisation/study';
import type { CmaAxis } from './axis';
import { beginning, type Distribution } from './distribution';
import { drawn, stretched } from './draw';
import { withMargin } from './margin';
import { firstRun, nextRun, startOf, type Run } from './restart';
import { hasConverged, tolGenerations } from './stop';
import { defaultPopulation, strategyOf, type Strategy } from './strategy';
import { updated, type Member } from './update';

// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { max, min } = Math;
const { isNaN } = Number;

/** A trial that has ended with an objective. */
export interface Result {
  readonly number: number;
  /** Which ask suggested it; NaN when no ask did, or it is not known. */
  readonly ask: number;
  readonly loss: number;
  /** By how much the bounds were broken; 0 when they held. */
  readonly broken: number;
  /** Encoded values, by axis. */
  readonly encoded: readonly number[];
}

interface Waiting extends Member {
  readonly result: Result;
}

/** What is the same for the whole search. */
export interface Frame {
  readonly axes: readonly CmaAxis[];
  readonly encode: (values: Float64Array) => readonly number[];
  readonly seed: number;
  readonly restarts: Restarts;
}

/** Where a search stands after some results; made of them, the frame and nothing else. */
export interface Search {
  readonly run: Run;
  readonly strategy: Strategy;
  readonly distribution: Distribution;
  /** Results of the generation that is not full yet. */
  readonly waiting: readonly Waiting[];
  /** Best and worst loss of the last generations. */
  readonly extremes: readonly number[];
}

function begun(run: Run, { axes, seed }: Frame): Search {
  return {
    run,
    strategy: strategyOf(axes.length, run.population),
    distribution: beginning(startOf(run, axes.length, seed), run.sigma0),
    waiting: [],
    extremes: [],
  };
}

/** The search before its first result. */
export function newSearch(frame: Frame): Search {
  return begun(firstRun(defaultPopulation(frame.axes.length)), frame);
}

/** A result as a member: where the distribution drew it, when it did; else where its values lie. */
function memberOf({ distribution }: Search, { axes, seed, encode }: Frame, result: Result): Member {
  if (!isNaN(result.ask)) {
    const place = drawn(distribution, axes, seed, result.ask);
    const its = encode(stretched(distribution, place));
    if (its.every((value, at) => value === result.encoded[at])) return { place, isOwn: true };
  }
  return { place: Float64Array.from(axes, (axis, at) => axis.place(result.encoded[at] ?? 0)), isOwn: false };
}

/** Bounds first, then the objective, then the earlier trial. */
function byRank({ result: a }: Waiting, { result: b }: Waiting): number {
  if (a.broken !== b.broken) return a.broken - b.broken;
  return (a.broken === 0 ? a.loss - b.loss : 0) || a.number - b.number;
}

function generation(search: Search, frame: Frame, members: readonly Waiting[]): Search {
  const { run, strategy } = search;
  const ranked = [...members].sort(byRank);
  const margin = 1 / (strategy.dimensions * strategy.population);
  const distribution = withMargin(updated(search.distribution, strategy, ranked), frame.axes, margin);
  const losses = ranked.map(({ result }) => result.loss);
  const kept = 2 * tolGenerations(strategy);
  const extremes = [...search.extremes, min(...losses), max(...losses)].slice(-kept);
  if (frame.restarts === 'none' || !hasConverged(distribution, strategy, extremes, run.sigma0))
    return { ...search, distribution, waiting: [], extremes };
  const results = distribution.generation * strategy.population;
  const base = defaultPopulation(strategy.dimensions);
  return begun(nextRun(run, frame.restarts, base, results, frame.seed), frame);
}

/**
 * Takes a result. Any results, as many as the population, make a generation, so no worker waits for another: what an earlier
 * generation drew, or nobody, counts as an injected solution. Only the first generation after a restart takes its own alone,
 * or those that are still coming from the converged run would draw it back there.
 */
export function taken(search: Search, frame: Frame, result: Result): Search {
  const member = memberOf(search, frame, result);
  const isFresh = search.run.restarts > 0 && search.distribution.generation === 0;
  if (isFresh && !member.isOwn) return search;
  const waiting = [...search.waiting, { ...member, result }];
  return waiting.length < search.strategy.population ? { ...search, waiting } : generation(search, frame, waiting);
}
