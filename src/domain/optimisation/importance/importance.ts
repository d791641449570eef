import type { Importance } from '../../../contracts/optimisation/importance';
import type { Configuration, Dimension, SearchSpace } from '../../../contracts/optimisation/search-space';
import { cellsOf } from './cells';
import { densityOf } from './density';

/** A trial as far as importance goes: what was tried, and what is to be made small, a finite number. */
export interface Rated {
  readonly configuration: Configuration;
  readonly loss: number;
}

/** What counts as good: this share of the trials, those that are equal to the last of them, too. */
const TOP_SHARE = 0.1;
/** Fewer good trials than this, and the next one may turn the order over. */
const STABLE_TOP = 5;
/** Fewer trials with the dimension active than this say nothing of it. */
const MIN_ACTIVE = 2;
/** Keeps the divergence finite where nobody was. */
const FLOOR = 1e-12;

/** The best tenth. */
function topOf(trials: readonly Rated[]): ReadonlySet<Rated> {
  const losses = trials.map(({ loss }) => loss).sort((a, b) => a - b);
  const last = losses[Math.ceil(TOP_SHARE * losses.length) - 1] ?? -Infinity;
  return new Set(trials.filter(({ loss }) => loss <= last));
}

/** Pearson's divergence of the good trials from all, where the dimension is active, weighed as Theorem 4.2 has it. */
function divergenceOf(name: string, dimension: Dimension, trials: readonly Rated[], top: ReadonlySet<Rated>): number {
  const cells = cellsOf(dimension);
  const active = trials.filter(({ configuration }) => configuration[name] !== undefined);
  const good = active.filter((trial) => top.has(trial));
  if (cells === undefined || active.length < MIN_ACTIVE || good.length === 0) return 0;
  const densityIn = (some: readonly Rated[]): Float64Array => {
    const counts = Array.from({ length: cells.count }, () => 0);
    for (const { configuration } of some) {
      const cell = cells.cellOf(configuration[name] ?? NaN);
      if (cell !== undefined) counts[cell] = (counts[cell] ?? 0) + 1;
    }
    return densityOf(counts, cells.isChoice);
  };
  const [all, best] = [densityIn(active), densityIn(good)];
  const divergence = all.reduce((sum, each, cell) => {
    const [here, there] = [each + FLOOR, (best[cell] ?? 0) + FLOOR];
    return sum + here * (there / here - 1) ** 2;
  }, 0);
  return (divergence * (good.length / top.size) ** 2) / (active.length / trials.length);
}

function warningOf(trials: number, top: number): { readonly warning?: string } {
  if (top >= STABLE_TOP) return {};
  const text = `unstable: it rests on the best ${String(top)} of ${String(trials)} trials; from ${String(STABLE_TOP)} on it holds`;
  return { warning: text };
}

/**
 * How much each dimension decides whether a trial is among the best tenth: PED-ANOVA, in closed form, without a model. Pure;
 * the order of the trials does not matter. Trials that broke a bound count as all do.
 *
 * @returns shares that add up to 1, the largest first, equal ones in the order of the space; none, with the reason, when the
 *   trials cannot tell
 * @see Watanabe, Bansal & Hutter 2023, arXiv:2304.10255; for conditions arXiv:2601.20800; Optuna 5.0.0 `_ped_anova/evaluator.py`.
 *   We differ: where Optuna gives all dimensions equal shares because it knows nothing, none is given.
 */
export function importanceOf({ dimensions }: SearchSpace, trials: readonly Rated[]): Importance {
  const top = topOf(trials);
  const counts = { trials: trials.length, top: top.size };
  const none = (why: string): Importance => ({ ...counts, parameters: [], warning: why });
  if (trials.length < 2) return none(`it takes two complete trials at least; there are ${String(trials.length)}`);
  if (top.size === trials.length) return none(`all ${String(trials.length)} complete trials are equally good`);
  const raw = Object.entries(dimensions).map(([name, dimension]) => ({
    name,
    divergence: divergenceOf(name, dimension, trials, top),
  }));
  const whole = raw.reduce((sum, { divergence }) => sum + divergence, 0);
  if (whole === 0) return none('no dimension has two values that were tried twice');
  const parameters = raw
    .map(({ name, divergence }) => ({ name, importance: divergence / whole }))
    .sort((a, b) => b.importance - a.importance);
  return { ...counts, parameters, ...warningOf(trials.length, top.size) };
}
