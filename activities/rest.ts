import { setTimeout as pause } from 'node:timers/promises';
import { cancelled } from '@temporalio/activity';
import { orAborted, workerEnds } from './or-aborted';

/**
 * Waits, but no longer than the activity and its worker last: no timer is left behind.
 * @param stopping aborts when the worker is about to end
 * @throws CancelledFailure, or the failure that lets another worker go on
 */
export async function rest(ms: number, stopping: AbortSignal): Promise<void> {
  const over = new AbortController();
  try {
    const rested = pause(Math.max(0, ms), undefined, { signal: over.signal });
    await orAborted(Promise.race([rested, cancelled()]), stopping, workerEnds);
  } finally {
    over.abort();
  }
}
