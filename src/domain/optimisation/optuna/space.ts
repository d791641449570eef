import { isRefusal, refuse, type Refusal } from '../../../contracts/errors';
import { show } from '../../../contracts/ids';
import type { OptunaDistribution, OptunaTrial } from '../../../contracts/optimisation/optuna';
import type { Configuration, Dimension, SearchSpace } from '../../../contracts/optimisation/search-space';
import type { Value } from '../../../contracts/variable';
import { parseSpace } from '../search-space';
import { conditionOf } from './conditions';

const no = (name: string, why: string): Refusal => refuse('invalid-import', `the parameter ${show(name)}: ${why}`);

/** The range that holds both; nothing when their steps do not meet. */
function union(before: OptunaDistribution, next: OptunaDistribution): OptunaDistribution | undefined {
  if (before.kind === 'categorical' || next.kind === 'categorical') return before;
  const [low, high] = [Math.min(before.low, next.low), Math.max(before.high, next.high)];
  if (low === before.low && high === before.high && before.step === next.step) return before;
  const step = before.step ?? 1;
  const isMet = before.step === next.step && (before.low - next.low) % step === 0;
  return before.step === undefined && next.step === undefined
    ? { ...before, low, high }
    : isMet
      ? { ...before, low, high }
      : undefined;
}

function dimensionOf(name: string, distribution: OptunaDistribution): Dimension | Refusal {
  if (distribution.kind === 'categorical') {
    const { choices } = distribution;
    const known = choices.filter((choice): choice is Value => choice !== null);
    if (known.length === choices.length) return { kind: 'categorical', choices: known };
    return no(name, 'choices are texts, finite numbers, true and false here; it has another one, such as None');
  }
  const { kind, low, high, log, step } = distribution;
  if (kind === 'int') return { kind, low, high, log, step: step ?? 1 };
  return { kind, low, high, log, ...(step === undefined ? {} : { step }) };
}

/** The one range of each parameter, in the order in which they first came. */
function rangesOf(trials: readonly OptunaTrial[]): ReadonlyMap<string, OptunaDistribution> | Refusal {
  const ranges = new Map<string, OptunaDistribution>();
  for (const { params } of trials) {
    for (const [name, { distribution }] of Object.entries(params)) {
      const before = ranges.get(name);
      const both = before === undefined ? distribution : union(before, distribution);
      if (both === undefined) return no(name, 'its steps change from trial to trial, and no range has them all');
      ranges.set(name, both);
    }
  }
  return ranges;
}

/**
 * The space that trials of Optuna were drawn from. A parameter whose range changed has the range that holds all of them.
 *
 * @param tried the configurations of the trials, with our names
 * @param nameOf our name of a parameter
 * @returns `invalid-import` for what has no counterpart: None among the choices, steps that change, a parameter that is missing
 *   where no choice of an earlier one explains it
 */
export function spaceOfTrials(
  trials: readonly OptunaTrial[],
  tried: readonly Configuration[],
  nameOf: (parameter: string) => string,
): SearchSpace | Refusal {
  const ranges = rangesOf(trials);
  if (isRefusal(ranges)) return ranges;
  const dimensions: Record<string, Dimension> = {};
  const chosen: string[] = [];
  for (const [parameter, range] of ranges) {
    const name = nameOf(parameter);
    const dimension = dimensionOf(parameter, range);
    if (isRefusal(dimension)) return dimension;
    const when = conditionOf(name, chosen, tried);
    if (when === undefined)
      return no(parameter, 'it is missing in some trials, and no choice of an earlier parameter says in which');
    dimensions[name] = Object.keys(when).length === 0 ? dimension : { ...dimension, when };
    if (dimension.kind === 'categorical') chosen.push(name);
  }
  const space = parseSpace({ dimensions });
  return isRefusal(space) ? refuse('invalid-import', space.message) : space;
}
