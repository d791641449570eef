import { PlatformError, refuse } from '../src/contracts/errors';
import { show } from '../src/contracts/ids';
import type { TrialInput } from '../src/contracts/optimisation/study';
import { KEPT_TRIES, type Try } from '../src/contracts/optimisation/tries';
import { isCost } from '../src/domain/optimisation/budget';
import { progressFrom, progressOf } from '../src/domain/optimisation/progress';
import { readTries } from '../src/domain/optimisation/tries';

/** The progress of an attempt that begins: it is the newest of the tries. */
export function begun(left: unknown, own: Pick<Try, 'attempt' | 'worker'>, now: number): unknown {
  const before = progressOf(left);
  const at = new Date(now).toISOString();
  return progressFrom({
    ...before,
    tries: [...readTries(before.tries), { ...own, begunAt: at, seenAt: at }].slice(-KEPT_TRIES),
  });
}

/** The same with what is known of the attempt now. */
export function seen(progress: unknown, now: number, more: Pick<Try, 'threw'> = {}): unknown {
  const before = progressOf(progress);
  const tries = readTries(before.tries);
  const last = tries.at(-1);
  if (last === undefined) return progress;
  return progressFrom({
    ...before,
    tries: [...tries.slice(0, -1), { ...last, seenAt: new Date(now).toISOString(), ...more }],
  });
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
