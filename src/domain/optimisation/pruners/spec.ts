import { show } from '../../../contracts/ids';
import { PRUNERS } from '../../../contracts/optimisation/pruning';

/** Whether a value may be given for an option, and what it has to be in words. */
interface Option {
  readonly isGood: (value: unknown) => boolean;
  readonly words: string;
}

const whole = (least: number): Option => ({
  isGood: (value) => Number.isSafeInteger(value) && (value as number) >= least,
  words: `a whole number from ${String(least)}`,
});
const between = (least: number, most: number): Option => ({
  isGood: (value) => Number.isFinite(value) && (value as number) >= least && (value as number) <= most,
  words: `a number from ${String(least)} to ${String(most)}`,
});
const orAuto = ({ isGood, words }: Option): Option => ({
  isGood: (value) => value === 'auto' || isGood(value),
  words: `${words}, or auto`,
});
const flag: Option = { isGood: (value) => typeof value === 'boolean', words: 'true or false' };
const finite: Option = { isGood: (value) => Number.isFinite(value), words: 'a finite number' };

const steps = { warmupSteps: whole(0), intervalSteps: whole(1) };
const compared = { ...steps, startupTrials: whole(0), minTrials: whole(1) };
const OPTIONS: Readonly<Record<(typeof PRUNERS)[number], Readonly<Record<string, Option>>>> = {
  median: compared,
  percentile: { ...compared, percentile: between(0, 100) },
  halving: {
    minResource: orAuto(whole(1)),
    reductionFactor: whole(2),
    minEarlyStoppingRate: whole(0),
    bootstrapCount: whole(0),
    promote: flag,
    maxResource: whole(1),
  },
  hyperband: {
    minResource: whole(1),
    maxResource: orAuto(whole(1)),
    reductionFactor: whole(2),
    bootstrapCount: whole(0),
  },
  wilcoxon: { pThreshold: between(0, 1), startupSteps: whole(0) },
  threshold: { ...steps, lower: finite, upper: finite },
  patient: {
    patience: whole(0),
    minDelta: between(0, Number.MAX_VALUE),
    of: { isGood: (value) => typeof value === 'object' && value !== null, words: 'another pruner' },
  },
};
const MANDATORY: Readonly<Partial<Record<(typeof PRUNERS)[number], string>>> = {
  percentile: 'percentile',
  patient: 'patience',
};

/** The same of halving, with promotion or without. */
function halvingContradictions(given: Readonly<Record<string, unknown>>): readonly string[] {
  const { promote = false, minResource, maxResource, bootstrapCount = 0 } = given;
  if (promote !== true) return maxResource === undefined ? [] : ['maxResource goes with promote'];
  if (typeof minResource !== 'number') return ['promote needs a minResource that is a number'];
  if (bootstrapCount !== 0) return ['promote has no bootstrapCount: what comes first waits'];
  const isGood = maxResource === undefined || Number(maxResource) > minResource;
  return isGood ? [] : [`maxResource is more than minResource; got ${show(maxResource)}`];
}

/** What options say together. */
function contradictions(kind: string, given: Readonly<Record<string, unknown>>): readonly string[] {
  const { lower, upper, bootstrapCount = 0, minResource, maxResource } = given;
  if (kind === 'threshold' && lower === undefined && upper === undefined) return ['lower or upper is given'];
  if (kind === 'threshold' && Number(lower ?? -Infinity) > Number(upper ?? Infinity))
    return [`lower is at most upper; got ${show(lower)} and ${show(upper)}`];
  const resource = kind === 'halving' ? minResource : kind === 'hyperband' ? maxResource : 1;
  if (bootstrapCount !== 0 && (resource ?? 'auto') === 'auto')
    return [`bootstrapCount needs a ${kind === 'halving' ? 'minResource' : 'maxResource'} that is a number`];
  if (kind === 'halving') return halvingContradictions(given);
  if (kind === 'hyperband' && typeof maxResource === 'number' && maxResource < Number(minResource ?? 1))
    return [`maxResource is at least minResource; got ${show(maxResource)}`];
  return [];
}

/** What is wrong with the specification of a pruner, in words; nothing when all is well. */
export function prunerProblems(value: unknown, path = 'pruner'): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [`${path} has a kind and options; got ${show(value)}`];
  const { kind, ...given } = value as Readonly<Record<string, unknown>>;
  const known = PRUNERS.find((each) => each === kind);
  if (known === undefined) return [`${path}.kind is one of ${PRUNERS.join(', ')}; got ${show(kind)}`];
  const options = OPTIONS[known];
  const wanted = MANDATORY[known];
  const problems = Object.entries(given).flatMap(([name, option]) => {
    const rule = options[name];
    if (rule === undefined) return [`${path} of kind ${known} has no ${show(name)}`];
    return rule.isGood(option) ? [] : [`${path}.${name} is ${rule.words}; got ${show(option)}`];
  });
  if (wanted !== undefined && given[wanted] === undefined) problems.push(`${path}.${wanted} is given`);
  if (problems.length > 0) return problems;
  const of = given['of'] as { readonly kind?: unknown; readonly promote?: unknown } | undefined;
  const inner = of === undefined ? [] : prunerProblems(of, `${path}.of`);
  const nested =
    of?.kind === 'patient'
      ? [`${path}.of is no patient one itself`]
      : of?.promote === true
        ? [`${path}.of cannot promote`]
        : inner;
  return [...contradictions(known, given).map((each) => `${path}: ${each}`), ...nested];
}
