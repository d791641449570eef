import type { SearchSpace } from '../../../contracts/optimisation/search-space';
import type { SamplerName } from '../../../contracts/optimisation/study';
import type { TeamMember } from '../../../contracts/optimisation/team';
import { isNative } from './spec';

/** Trials that have ended until `cmaes` takes over from `gp`. */
const GP_UNTIL = 100;

/** Where conditions decide which dimensions there are, in the order of preference. */
const CONDITIONAL: readonly SamplerName[] = ['tpe', 'nsga2', 'cmaes', 'gp', 'sobol', 'random'];
const EARLY: readonly SamplerName[] = ['gp', 'cmaes', 'tpe', 'sobol', 'nsga2', 'random'];
const LATE_NUMBERS: readonly SamplerName[] = ['cmaes', 'tpe', 'gp', 'sobol', 'nsga2', 'random'];
const LATE_CHOICES: readonly SamplerName[] = ['tpe', 'gp', 'cmaes', 'nsga2', 'sobol', 'random'];

type Dimensions = SearchSpace['dimensions'];

const isConditional = (dimensions: Dimensions): boolean =>
  Object.values(dimensions).some(({ when }) => when !== undefined);
const hasChoices = (dimensions: Dimensions): boolean =>
  Object.values(dimensions).some(({ kind }) => kind === 'categorical' || kind === 'module');

function orderFor({ dimensions }: SearchSpace, ended: number): readonly SamplerName[] {
  if (isConditional(dimensions)) return CONDITIONAL;
  if (ended < GP_UNTIL) return EARLY;
  return hasChoices(dimensions) ? LATE_CHOICES : LATE_NUMBERS;
}

/**
 * The written rule: which of some members suits a space and a number of trials best, by their samplers. With conditions `tpe`;
 * else `gp` for the first 100 trials, then `cmaes`, or `tpe` where there are choices without an order; the next best where the
 * team lacks one.
 *
 * @returns its place; nothing when no member has a sampler
 * @see Optuna's AutoSampler, after whose rule it is. We differ: its `gp` goes on to 250 trials, and choices are for `tpe` at
 *   once; ours knows choices, and is better there up to 50 trials (`bench/results/portfolio.md`)
 */
export function writtenRule(members: readonly TeamMember[], space: SearchSpace, ended: number): number | undefined {
  for (const name of orderFor(space, ended)) {
    const at = members.findIndex((member) => isNative(member) && member.sampler === name);
    if (at >= 0) return at;
  }
  return undefined;
}

/** The same in words. */
export function writtenWhy({ dimensions }: SearchSpace, ended: number): string {
  if (isConditional(dimensions)) return 'the written rule: the space has conditions';
  if (ended < GP_UNTIL) return `the written rule: no conditions, and fewer than ${String(GP_UNTIL)} trials have ended`;
  const what = hasChoices(dimensions) ? 'choices without an order' : 'numbers alone';
  return `the written rule: ${what}, and ${String(GP_UNTIL)} trials have ended`;
}
