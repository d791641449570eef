import type { OptunaDistribution } from '../../../contracts/optimisation/optuna';
import type { Value } from '../../../contracts/variable';
import { recordOf } from '../../record';
import { readPythonJson } from './json';

type Range = Extract<OptunaDistribution, { readonly kind: 'float' | 'int' }>;

/** Those before Optuna 3, which old files still name, among them. */
const RANGES: Readonly<
  Record<string, { readonly kind: Range['kind']; readonly log?: boolean; readonly step?: string }>
> = {
  FloatDistribution: { kind: 'float', step: 'step' },
  IntDistribution: { kind: 'int', step: 'step' },
  UniformDistribution: { kind: 'float', log: false },
  LogUniformDistribution: { kind: 'float', log: true },
  DiscreteUniformDistribution: { kind: 'float', log: false, step: 'q' },
  IntUniformDistribution: { kind: 'int', log: false, step: 'step' },
  IntLogUniformDistribution: { kind: 'int', log: true, step: 'step' },
};

const choiceOf = (value: unknown): Value | null =>
  typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
    ? value
    : null;

/** Reads the JSON of a distribution. @returns nothing for what is none */
export function readDistribution(text: unknown): OptunaDistribution | undefined {
  let json: Readonly<Record<string, unknown>> | undefined;
  try {
    json = typeof text === 'string' ? recordOf(readPythonJson(text)) : undefined;
  } catch {
    return undefined;
  }
  const attributes = recordOf(json?.['attributes']);
  if (attributes === undefined) return undefined;
  if (json?.['name'] === 'CategoricalDistribution') {
    const { choices } = attributes;
    return Array.isArray(choices) ? { kind: 'categorical', choices: choices.map(choiceOf) } : undefined;
  }
  const range = RANGES[String(json?.['name'])];
  const { low, high } = attributes;
  if (range === undefined || typeof low !== 'number' || typeof high !== 'number') return undefined;
  const step = range.step === undefined ? undefined : attributes[range.step];
  return {
    kind: range.kind,
    low,
    high,
    log: range.log ?? attributes['log'] === true,
    ...(typeof step === 'number' ? { step } : {}),
  };
}

/** Whether Optuna lets a parameter have one after the other: the same kind and logarithm, or the same choices. */
export function canFollow(before: OptunaDistribution, next: OptunaDistribution): boolean {
  if (before.kind === 'categorical') {
    return (
      next.kind === 'categorical' &&
      before.choices.length === next.choices.length &&
      before.choices.every((choice, at) => choice === next.choices[at])
    );
  }
  return next.kind === before.kind && next.log === before.log;
}

/** The value that an internal number stands for; `null` for one without counterpart, nothing for one outside. */
export function valueOf(distribution: OptunaDistribution, internal: number): Value | null | undefined {
  if (distribution.kind === 'categorical') return distribution.choices[Math.trunc(internal)];
  return distribution.kind === 'int' ? Math.trunc(internal) : internal;
}
