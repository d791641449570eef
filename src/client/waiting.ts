import type { Client } from '@temporalio/client';
import { PlatformError, refuse } from '../contracts/errors';

/** Each pause is this much longer than the one before, so that what is seen is at most this share too late. */
const POLL_GROWTH = 1.15;
const POLL_MS = 20;
const POLL_MS_MAX = 250;
const WAIT_MS = 600_000;
/** Calls that wait for the end of a workflow; in between, ever more rarely, what is awaited is looked at all the same. */
const LONG_MS = 400;
const LONG_GROWTH = 1.5;
const LONG_MS_MAX = 5_000;

/** How something is waited for. */
export interface Waiting {
  /** What did not happen, when it does not. */
  readonly what: string;
  /** Default: ten minutes. */
  readonly timeoutMs?: number;
  /** Tells when it is worth to look again: resolves with false when it cannot tell, with true when it is time or may be. */
  readonly until?: (ms: number) => Promise<boolean>;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Looks again and again until there is something. @throws PlatformError `timeout`, with what did not happen */
export async function waited<T>(look: () => Promise<T | undefined>, how: Waiting): Promise<T> {
  const { what, timeoutMs = WAIT_MS, until } = how;
  const deadline = Date.now() + timeoutMs;
  let longMs = LONG_MS;
  for (let waitMs = POLL_MS; ;) {
    const found = await look();
    const leftMs = deadline - Date.now();
    if (found !== undefined) return found;
    if (leftMs <= 0) throw new PlatformError(refuse('timeout', `${what} within ${String(timeoutMs)} ms`));
    if (until !== undefined && (await until(Math.min(longMs, leftMs)))) {
      longMs = Math.min(longMs * LONG_GROWTH, LONG_MS_MAX);
      continue;
    }
    await pause(Math.min(waitMs, leftMs));
    waitMs = Math.min(waitMs * POLL_GROWTH, POLL_MS_MAX);
  }
}

/**
 * Waits for the end of a workflow by calls that the server answers when it comes: it costs no event and no query.
 *
 * @returns a wait for at most so long: true when it ends meanwhile or may run on, false when it has ended before or is not there
 */
export function endOf(client: Client, workflowId: string): (ms: number) => Promise<boolean> {
  let hasEnded = false;
  return async (ms) => {
    if (hasEnded) return false;
    const timer = new AbortController();
    const timeout = setTimeout(() => {
      timer.abort();
    }, ms);
    const from = Date.now();
    try {
      await client.withAbortSignal(timer.signal, () => client.workflow.getHandle(workflowId).result());
      hasEnded = true;
      return true;
    } catch {
      // Not there yet, out of reach, or the time is up.
      return Date.now() - from >= ms;
    } finally {
      clearTimeout(timeout);
    }
  };
}
