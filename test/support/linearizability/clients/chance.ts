import { isPlatformError, type ErrorCode } from '../../../../src/contracts/errors';

/** Patience that is enough for whatever is not a fault. */
export const LONG_MS = 20_000;

/** Whether a call was given up: then nobody knows whether it was done, or will be. */
export function isLate(error: unknown): boolean {
  return isPlatformError(error) ? error.code === 'timeout' : /deadline/i.test(String(error));
}

/** Whether an error is one of those of the table. */
export function hasCode(error: unknown, ...codes: readonly ErrorCode[]): boolean {
  return isPlatformError(error) && codes.includes(error.code);
}

/** One of several, each as likely. */
export function oneOf<T>(random: () => number, of: readonly T[]): T {
  const found = of[Math.floor(random() * of.length)];
  if (found === undefined) throw new Error('nothing to choose from');
  return found;
}

/** How a client goes about what it does at random. */
export interface Use {
  readonly client: string;
  readonly rounds: number;
  readonly random: () => number;
  /** How long it waits for an answer just now. */
  readonly patienceMs: () => number;
}
