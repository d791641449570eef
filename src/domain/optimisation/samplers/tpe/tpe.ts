import type { Configuration, Dimension, SearchSpace } from '../../../../contracts/optimisation/search-space';
import type { Value } from '../../../../contracts/variable';
import { holds } from '../../../variable';
import { valueFrom } from '../../dimension';
import type { History } from '../../history';
import { STREAMS, wordsOf } from '../../philox';
import { randomSampler } from '../random';
import type { Pending, Sampler } from '../sampler';
import { propose } from './acquisition';
import { axisOf, valueAt, type Axis } from './axis';
import { groupsOf } from './groups';
import { keep, type Kept } from './ledger';
import { observationsOf, rowsOf, type Rows } from './observations';
import { parzen, type Estimator } from './parzen';

/** Trials with an objective before the estimators are asked. */
const STARTUP = 10;

/** A space as the estimators see it. */
interface Plan {
  readonly dimensions: readonly (readonly [string, Dimension])[];
  readonly axes: readonly (Axis | undefined)[];
  /** By dimension: those that are suggested together with it. */
  readonly groups: readonly (readonly number[])[];
}

interface Sides {
  readonly below: Estimator;
  readonly above: Estimator;
}

/** The estimators of one state of a study; each group's are made when it is first active. */
interface Fitted {
  readonly pending: readonly Pending[];
  readonly kept: Kept;
  readonly length: number;
  readonly rows: Rows;
  readonly sides: Map<number, Sides>;
}

/** What is remembered of a space to save work. No answer depends on it: all of it is computed again when it does not fit. */
interface Memory {
  readonly plan: Plan;
  kept?: Kept;
  fitted?: Fitted;
}

const memories = new WeakMap<SearchSpace, Memory>();

function planOf(space: SearchSpace): Plan {
  const dimensions = Object.entries(space.dimensions);
  const axes = dimensions.map(([, dimension]) => axisOf(dimension));
  const groups: (readonly number[])[] = dimensions.map(() => []);
  for (const group of groupsOf(space)) {
    const open = group.filter((at) => axes[at] !== undefined);
    for (const at of open) groups[at] = open;
  }
  return { dimensions, axes, groups };
}

function memoryOf(space: SearchSpace): Memory {
  const known = memories.get(space);
  if (known !== undefined) return known;
  const memory: Memory = { plan: planOf(space) };
  memories.set(space, memory);
  return memory;
}

function fit(memory: Memory, history: History, pending: readonly Pending[]): Fitted {
  const { plan, fitted } = memory;
  const kept = keep(
    memory.kept,
    history,
    plan.dimensions.map(([, dimension]) => dimension),
    plan.axes,
  );
  memory.kept = kept;
  const isSame =
    fitted?.kept === kept &&
    fitted.pending.length === pending.length &&
    fitted.pending.every((trial, at) => trial === pending[at]);
  if (isSame) return fitted;
  const rows = rowsOf(kept.ledger, pending, plan.dimensions);
  const length = kept.ledger.numbers.length;
  return (memory.fitted = { pending: [...pending], kept, length, rows, sides: new Map() });
}

/** With several objectives each dimension stands for itself, as in Optuna 5.0.0. */
function groupOf({ kept }: Fitted, { axes, groups }: Plan, at: number): readonly number[] {
  if (kept.ledger.objectives === 1) return groups[at] ?? [];
  return axes[at] === undefined ? [] : [at];
}

function sidesOf({ rows, sides, kept }: Fitted, { axes }: Plan, group: readonly number[]): Sides {
  const at = group[0] ?? 0;
  const known = sides.get(at);
  if (known !== undefined) return known;
  const open = group.flatMap((of) => axes[of] ?? []);
  const side = (name: 'below' | 'above'): Estimator =>
    parzen(open, observationsOf(rows, name, group, axes), name === 'below' && kept.ledger.objectives > 1);
  const made: Sides = { below: side('below'), above: side('above') };
  sides.set(at, made);
  return made;
}

const ONLY = { unit: () => 0, below: () => 0 };

/**
 * The tree-structured Parzen estimator: splits the trials into a good tenth and the rest, models both by densities, draws 24
 * candidates from the good one, and suggests the one with the largest ratio of the two. The first 10 trials are those of the
 * random sampler.
 *
 * All dimensions with the same condition are modelled together (see `groupsOf`), over the trials in which they were active.
 * Pending trials stand on the bad side. Bandwidths, weights and the split are in the files beside this one, each with its
 * rule. The suggestion depends on the set of trials and their numbers, not on the order in which they ended. O(d n) for each
 * ask after the first; exp, log and the normal distribution are our own, so the same history gives the same bits everywhere.
 *
 * With several objectives (MO-TPE) the good tenth is not capped, it is chosen by fronts and volume (see `bestOfSeveral`), its
 * members count the same, and each dimension is modelled by itself.
 *
 * @see Bergstra et al. 2011, "Algorithms for Hyper-Parameter Optimization"; Bergstra, Yamins, Cox 2013; Falkner et al. 2018,
 *   "BOHB"; Watanabe 2023, arXiv:2304.11127; Optuna 5.0.0 `samplers/_tpe`, `TPESampler(group=True)`, with which densities,
 *   weights and split agree to 1e-9. We differ: random numbers are keyed by seed, ask and group; groups come from the
 *   conditions of the space; equal observations and losses are ordered by trial.
 */
export const tpeSampler: Sampler = {
  ask: (space, history, pending, key) => {
    const memory = memoryOf(space);
    const { plan } = memory;
    const fitted = fit(memory, history, pending);
    if (fitted.length < STARTUP) return randomSampler.ask(space, history, pending, key);
    const suggested = new Map<number, number>();
    const values: Record<string, Value> = {};
    plan.dimensions.forEach(([name, dimension], at) => {
      if (!holds(dimension.when, values)) return;
      const group = groupOf(fitted, plan, at);
      if (group.length > 0 && !suggested.has(at)) {
        const { below, above } = sidesOf(fitted, plan, group);
        const best = propose(below, above, wordsOf(key.seed, STREAMS.tpe, key.ask, at));
        group.forEach((of, place) => suggested.set(of, best[place] ?? 0));
      }
      const coordinate = suggested.get(at);
      values[name] = coordinate === undefined ? valueFrom(dimension, ONLY) : valueAt(dimension, coordinate);
    });
    return values satisfies Configuration;
  },
};
