import { Runtime } from '@temporalio/worker';

const quiet = (): void => undefined;

/** What workers and the bundler tell of themselves goes nowhere. */
export const silent = { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet };

/** Silences the runtime of this process; one that is there already is left as it is. */
export function silence(): void {
  try {
    Runtime.install({ logger: silent });
  } catch {
    // who was first has decided
  }
}
