import type { Client } from '@temporalio/client';
import { PlatformError, refuse } from '../contracts/errors';

/** Each pause is this much longer than the one before, so that what is seen is at most this share too late. */
const POLL_GROWTH = 1.15;
const POLL_MS = 10;
const POLL_MS_MAX = 250;
const WAIT_MS = 600_000;
/** Pauses between looks that cost the server little and the workflow nothing. */
const BETWEEN_MS = 30;
const BETWEEN_GROWTH = 1.05;
/** Calls that wait for something; in between, ever more rarely, what is awaited is looked at all the same. */
const LONG_MS = 400;
const LONG_GROWTH = 1.5;
const LONG_MS_MAX = 5_000;

/** How something is waited for. */
export interface Waiting {
  /** What did not happen, when it does not. */
  readonly what: string;
  /** Default: ten minutes. */
  readonly timeoutMs?: number;
  /** Waits at most so long until it is worth to look again. False: it cannot tell, so the next look comes after a pause. */
  readonly until?: (ms: number) => Promise<boolean>;
}

/** Resolves after a while. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves after a while, or when the signal aborts, at once if it has. */
export function pauseOr(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}

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

/** A wait of at most so long. @returns false when it cannot tell: what is awaited is looked at after a pause then */
type Until = NonNullable<Waiting['until']>;

async function within<T>(client: Client, ms: number, act: () => Promise<T>): Promise<T> {
  const timer = new AbortController();
  const timeout = setTimeout(() => {
    timer.abort();
  }, ms);
  try {
    return await client.withAbortSignal(timer.signal, act);
  } finally {
    clearTimeout(timeout);
  }
}

/**
 * Waits until a workflow sends a signal of a name, by calls that the server answers when its history grows: no event, no query,
 * no worker. The history is read from its beginning, once: for workflows whose runs are short.
 */
export function signalOf(client: Client, workflowId: string, signal: string): Until {
  let nextPageToken: Uint8Array | undefined;
  let hasSent = false;
  const read = async (): Promise<boolean> => {
    for (;;) {
      const { history, nextPageToken: next } = await client.workflowService.getWorkflowExecutionHistory({
        namespace: client.options.namespace,
        execution: { workflowId },
        waitNewEvent: true,
        ...(nextPageToken === undefined ? {} : { nextPageToken }),
      });
      nextPageToken = next.length > 0 ? next : undefined;
      const names = history?.events?.map(
        (each) => each.signalExternalWorkflowExecutionInitiatedEventAttributes?.signalName,
      );
      if (names?.includes(signal) === true) return true;
      // The run is over: the next one, if there is one, is read from its beginning.
      if (nextPageToken === undefined) return false;
    }
  };
  return async (ms) => {
    if (hasSent) return false;
    const from = Date.now();
    try {
      hasSent = await within(client, ms, read);
      return hasSent;
    } catch {
      // Not there yet, out of reach, or the time is up.
      return Date.now() - from >= ms;
    }
  };
}

async function pendingIn(client: Client, workflowId: string): Promise<readonly unknown[]> {
  try {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    return (raw.pendingActivities ?? []).map(({ activityType }) => activityType?.name);
  } catch {
    return []; // whoever looks then says why
  }
}

/** Waits while an activity of a name is under way in a workflow, by looks that need no worker. */
export function whileDoing(client: Client, workflowId: string, activity: string): Until {
  return async (ms) => {
    const deadline = Date.now() + ms;
    for (let waitMs = BETWEEN_MS; Date.now() < deadline; waitMs *= BETWEEN_GROWTH) {
      const pending = await pendingIn(client, workflowId);
      if (!pending.includes(activity)) return false;
      await pause(Math.min(waitMs, POLL_MS_MAX));
    }
    return true;
  };
}
