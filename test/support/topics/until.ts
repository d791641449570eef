import { until as untilWithin } from '../kernel/harness';

const LONG_MS = 90_000;

/**
 * Asks until the answer is there. The deadline is of the promise, not of the machine: a store that was away is tried again after
 * ten seconds, a lease is thirty, and a hundred subscribers are some thousand statements.
 */
export function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  return untilWithin(what, look, LONG_MS);
}

/** Gives the tests of a file the time for that. */
export function takeTime(): void {
  jest.setTimeout(3 * LONG_MS);
}
