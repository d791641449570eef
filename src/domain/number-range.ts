import type { NumberRange } from '../contracts/coordination/ballot';
import { refuse, type Refusal } from '../contracts/errors';
import { show } from '../contracts/ids';

/** A value may miss its step by this share of a step: decimal steps are not exact in binary. */
const STEP_SLACK = 1e-6;

/** Numbers that are allowed: a closed interval, perhaps whole numbers or steps from its low end. */
export type Interval = Pick<NumberRange, 'low' | 'high' | 'step' | 'isWhole'>;

/** The interval in words, as messages show it: `[0, 10] in steps of 2`. */
export function describeInterval({ low, high, step, isWhole }: Interval): string {
  const steps = step === undefined || (isWhole && step === 1) ? '' : ` in steps of ${String(step)}`;
  return `[${String(low)}, ${String(high)}]${steps}`;
}

const isOnStep = (value: number, low: number, step: number): boolean => {
  const steps = (value - low) / step;
  return Math.abs(steps - Math.round(steps)) <= STEP_SLACK;
};

/** A value is not of the kind that was expected. */
export const wrongKind = (name: string, wanted: string, value: unknown): Refusal =>
  refuse('wrong-kind', `${name} must be ${wanted}; got ${show(value)}`, { details: { variable: name } });

/**
 * Whether a value is a number of an interval. Pure.
 * @returns `wrong-kind` or `value-out-of-range`, naming variable, range and value; nothing when it fits.
 */
export function numberRefusal(name: string, interval: Interval, value: unknown): Refusal | undefined {
  const { low, high, step, isWhole } = interval;
  if (typeof value !== 'number' || !Number.isFinite(value)) return wrongKind(name, 'a number', value);
  if (isWhole && !Number.isInteger(value)) return wrongKind(name, 'a whole number', value);
  if (value >= low && value <= high && (step === undefined || isOnStep(value, low, step))) return undefined;
  const message = `${name} must lie in ${describeInterval(interval)}; got ${show(value)}`;
  return refuse('value-out-of-range', message, { details: { variable: name } });
}
