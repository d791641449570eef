import type { Reported, Reports } from '../../../contracts/optimisation/pruning';
import type { Curve } from './pruner';

/** A value as JSON can carry it. */
export function encoded(value: number): Reported {
  return Number.isFinite(value) ? value : (String(value) as Reported);
}

/** The value that JSON carried. */
export function decoded(value: Reported): number {
  return Number(value);
}

const curves = new WeakMap<Reports, Curve>();

/** What was reported, as numbers. Reports never change, so it is made once. */
export function curveOf(reports: Reports): Curve {
  const known = curves.get(reports);
  if (known !== undefined) return known;
  const curve = { steps: reports.steps, values: reports.values.map(decoded) };
  curves.set(reports, curve);
  return curve;
}

/** The first reports of a curve. */
export function cut({ steps, values }: Curve, length: number): Curve {
  return { steps: steps.slice(0, length), values: values.slice(0, length) };
}
