import { show } from '../../contracts/ids';
import { MAX_POPULATION } from '../../contracts/optimisation/lineage';
import type { SamplerName, SamplerOptions } from '../../contracts/optimisation/study';
import { samplers } from './samplers/table';

/** What is wrong with the options of `pbt`, in sentences. */
export function populationProblems(options: Readonly<Record<string, unknown>>): readonly string[] {
  const { population, quantile, resample, perturb } = options;
  const isBetween = (value: unknown, least: number, most: number): boolean =>
    typeof value === 'number' && value >= least && value <= most;
  const [down, up, ...more] = Array.isArray(perturb) ? (perturb as readonly unknown[]) : [];
  const isPair = isBetween(down, 0, 1) && isBetween(up, 1, 1e6) && down !== 0 && down !== 1 && up !== 1;
  const rules: readonly (readonly [string, boolean, string])[] = [
    [
      'population',
      Number.isInteger(population) && isBetween(population, 2, MAX_POPULATION),
      `is a whole number from 2 to ${String(MAX_POPULATION)}`,
    ],
    ['quantile', isBetween(quantile, 0, 0.5) && quantile !== 0, 'is a number above 0, to 0.5'],
    ['resample', isBetween(resample, 0, 1), 'is a number from 0 to 1'],
    ['perturb', isPair && more.length === 0, 'has two factors, one between 0 and 1 and one above 1'],
  ];
  return rules.flatMap(([name, isGood, rule]) =>
    options[name] === undefined || isGood ? [] : [`samplerOptions.${name} ${rule}; got ${show(options[name])}`],
  );
}

/** So many trials at once have something to do. */
export function mostAtOnce(sampler: SamplerName, options: SamplerOptions | undefined): number {
  return samplers[sampler].atOnce?.(options) ?? Infinity;
}

/** Why more trials at once would have nothing to do. */
export function idleProblem(
  sampler: SamplerName,
  options: SamplerOptions | undefined,
  parallelism: number,
): string | undefined {
  const most = mostAtOnce(sampler, options);
  if (parallelism <= most) return undefined;
  return `with a population of ${String(most)} at most ${String(most)} trials run at once; got parallelism ${String(parallelism)}`;
}

/** Why a study cannot have a sampler whose trials go on from earlier ones; nothing when it can, or has another. */
export function populationMisfit(study: {
  readonly sampler: SamplerName;
  readonly samplerOptions: SamplerOptions | undefined;
  readonly parallelism: number;
  readonly evaluator: string | undefined;
}): string | undefined {
  const { sampler, samplerOptions, parallelism, evaluator } = study;
  if (samplers[sampler].descend !== undefined && evaluator === undefined)
    return `the sampler ${sampler} hands checkpoints from trial to trial, which a client outside cannot tell: name an evaluator`;
  return idleProblem(sampler, samplerOptions, parallelism);
}
