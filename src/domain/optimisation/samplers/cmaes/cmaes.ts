import type { SearchSpace } from '../../../../contracts/optimisation/search-space';
import type { Restarts } from '../../../../contracts/optimisation/study';
import type { Value } from '../../../../contracts/variable';
import type { History } from '../../history';
import type { Sampler, SamplerKey } from '../sampler';
import { goesOn, type Seen } from '../seen';
import { tpeSampler } from '../tpe/tpe';
import { drawn, stretched } from './draw';
import { planOf, restOf, type Plan } from './plan';
import { restored, saved, type SavedSearch } from './saved';
import { newSearch, taken, type Frame, type Search } from './search';

// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { isNaN, POSITIVE_INFINITY: INFINITE } = Number;

/** A search and the trials that it was made of, beyond those that were learnt. */
interface Kept {
  readonly learnt: unknown;
  readonly seen: Seen;
  readonly search: Search;
}

/** What is remembered of a space to save work. No answer depends on it: all of it is computed again when it does not fit. */
interface Memory {
  readonly plan: Plan;
  readonly kept: Map<string, Kept>;
}

const memories = new WeakMap<SearchSpace, Memory>();
const DEFAULT_RESTARTS: Restarts = 'ipop';
/** Where the columns of a history stand that is read; those of the axes follow. */
const [NUMBERS, LOSS, VIOLATION, ASKS, FIRST] = [0, 1, 2, 3, 4];

function memoryOf(space: SearchSpace): Memory {
  const known = memories.get(space);
  if (known !== undefined) return known;
  const memory = { plan: planOf(space), kept: new Map<string, Kept>() };
  memories.set(space, memory);
  return memory;
}

function frameOf({ own, encode }: Plan, { seed, options }: Omit<SamplerKey, 'ask'>): Frame {
  return { axes: own.map(({ axis }) => axis), encode, seed, restarts: options?.restarts ?? DEFAULT_RESTARTS };
}

/** The columns that are read. */
function columnsOf(history: History, { own }: Plan): Seen {
  const columns = [history.numbers(), history.loss(), history.violation(), history.asks()];
  for (const { at } of own) columns.push(history.column(at));
  return { length: history.length, columns };
}

/** A search that has taken the rows from one on. */
function after(before: Search, frame: Frame, { length, columns }: Seen, from: number): Search {
  let search = before;
  const of = (column: number, row: number): number => columns[column]?.[row] ?? NaN;
  for (let row = from; row < length; row++) {
    const loss = of(LOSS, row);
    if (isNaN(loss)) continue;
    const violation = of(VIOLATION, row);
    const encoded = frame.axes.map((_each, k) => of(FIRST + k, row));
    const broken = isNaN(violation) ? INFINITE : violation;
    search = taken(search, frame, { number: of(NUMBERS, row), ask: of(ASKS, row), loss, broken, encoded });
  }
  return search;
}

const begun = (learnt: unknown, frame: Frame): Search =>
  learnt === undefined ? newSearch(frame) : restored(learnt as SavedSearch, frame);

/** The search after a history: goes on from what is kept, or from what was learnt when that is of another history. */
function searchOf({ plan, kept }: Memory, frame: Frame, history: History): Search {
  const key = `${String(frame.seed)}/${frame.restarts}`;
  const { of: learnt, since } = history.learnt ?? { of: undefined, since: history };
  const seen = columnsOf(since, plan);
  const before = kept.get(key);
  const isSame = before !== undefined && before.learnt === learnt && goesOn(before.seen, seen);
  const search = isSame
    ? after(before.search, frame, seen, before.seen.length)
    : after(begun(learnt, frame), frame, seen, 0);
  kept.set(key, { learnt, seen, search });
  return search;
}

/** Values of the dimensions of the distribution, by name. */
function suggested(memory: Memory, history: History, key: SamplerKey): Map<string, Value> {
  const { own } = memory.plan;
  const frame = frameOf(memory.plan, key);
  const { distribution } = searchOf(memory, frame, history);
  const place = stretched(distribution, drawn(distribution, frame.axes, key.seed, key.ask));
  return new Map(own.map(({ name, axis }, k) => [name, axis.value(place[k] ?? 0.5)]));
}

/**
 * CMA-ES: draws from a normal distribution over the scaled space and moves it, a generation at a time, towards the better
 * results and away from the worse. For smooth and for rugged numbers, 100 to 10,000 trials. The constants are the tutorial's
 * (see `strategyOf`), active negative weights among them; it begins in the centre with a sixth of each range; floats outside
 * their range are drawn again, then clipped; whole values keep a margin (see `withMargin`); a run that has converged is
 * followed by another (see `nextRun`). Choices without an order, what has a condition and what a condition names are
 * suggested by `tpeSampler`.
 *
 * The state is a fold over the results in the order of their end, each of which takes part once (see `taken`): any results
 * make a generation, late ones are injected, failed trials are left out, trials that broke a bound come last. The study
 * carries it with its history, up to the last sealed block; what came since is remembered between asks, and computed again
 * when the memory is of another history: an ask costs the same however many trials there are, after a crash, too. The order in which trials ended is part of the history that the suggestion is made of. O(d³) for each
 * generation, O(d²) for each ask; exp, log and the axes of the covariance are our own, so the bits are the same everywhere.
 *
 * @see Hansen, arXiv:1604.00772, "The CMA evolution strategy: a tutorial"; Hansen 2011, arXiv:1110.4181; Auger & Hansen 2005;
 *   Hansen 2009 (BIPOP); Hamano et al. 2022, arXiv:2205.13482; `cmaes` 0.13, with which distributions agree to 1e-9. We
 *   differ from Optuna 5.0.0's `CmaEsSampler`: no random first trial, since the space is known without one; results of an
 *   earlier generation are used, not thrown away; margin and restarts are on; booleans and ordinals are coordinates; broken
 *   bounds count; other dimensions come from TPE instead of chance.
 */
export const cmaesSampler: Sampler = {
  isForOne: true,
  ask: (space, history, pending, key) => {
    const memory = memoryOf(space);
    const { plan } = memory;
    const others = plan.restAt.length === 0 ? {} : tpeSampler.ask(plan.rest, restOf(history, plan), pending, key);
    if (plan.own.length === 0) return others;
    const own = suggested(memory, history, key);
    const values: Record<string, Value> = {};
    for (const name of Object.keys(space.dimensions)) {
      const value = own.get(name) ?? others[name];
      if (value !== undefined) values[name] = value;
    }
    return values;
  },
  learn: (space, before, history, key) => {
    const { plan } = memoryOf(space);
    if (plan.own.length === 0) return undefined;
    const frame = frameOf(plan, key);
    return saved(after(begun(before, frame), frame, columnsOf(history, plan), 0));
  },
};
