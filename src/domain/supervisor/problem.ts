import type { SpecProblem } from '../../contracts/supervisor';

/** A value that passed its checks, or what is wrong with it. */
export type Checked<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: SpecProblem };

/** A failed check. @param otp what OTP would answer; by default it takes it */
export function bad(
  field: string,
  message: string,
  otp = 'none',
): { readonly ok: false; readonly problem: SpecProblem } {
  return { ok: false, problem: { field, message, otp } };
}

/** Whether an optional field was left out. */
export function isAbsent(value: unknown): value is undefined {
  return value === undefined;
}

/** A value as Erlang prints it: texts as atoms, everything that is no number, text or boolean as `...`. */
export function term(value: unknown): string {
  if (typeof value === 'string') return /^[a-z][a-zA-Z0-9_@]*$/.test(value) ? value : `'${value.slice(0, 80)}'`;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '...';
}
