import { PlatformError, refuse } from '../src/contracts/errors';
import { show } from '../src/contracts/ids';
import type { TrialProgress } from '../src/contracts/optimisation/pruning';
import type { TrialInput } from '../src/contracts/optimisation/study';
import { isCost } from '../src/domain/optimisation/budget';

/** What the attempt before left. */
export function progressOf(details: unknown): Omit<TrialProgress, 'mabeam:progress'> {
  const isWrapped = typeof details === 'object' && details !== null && 'mabeam:progress' in details;
  return isWrapped ? (details as TrialProgress) : { checkpoint: details };
}

/** The same for the next one: a checkpoint as it is, unless more goes with it. */
export function progressFrom({ checkpoint, reports, spent }: Omit<TrialProgress, 'mabeam:progress'>): unknown {
  if (reports === undefined && spent === undefined) return checkpoint;
  return {
    'mabeam:progress': 1,
    checkpoint,
    ...(reports === undefined ? {} : { reports }),
    ...(spent === undefined ? {} : { spent }),
  };
}

/**
 * Adds what the attempt has spent to what is known of its trial.
 * @returns the progress with it, and what the trial may still spend
 * @throws PlatformError `invalid-message`
 */
export function spend(
  progress: unknown,
  amount: number,
  { maxCost = Infinity }: TrialInput,
): { readonly progress: unknown; readonly left: number } {
  if (!isCost(amount))
    throw new PlatformError(refuse('invalid-message', `what is spent is a number from 0; got ${show(amount)}`));
  const before = progressOf(progress);
  const spent = (before.spent ?? 0) + amount;
  return { progress: progressFrom({ ...before, spent }), left: maxCost - spent };
}
