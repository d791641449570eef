import type { Client } from '@temporalio/client';
import type { QueryDefinition } from '@temporalio/common';
import { isEarlyHistory } from '../contracts/entity';
import { toPlatformError } from './failures';
import { pause } from './waiting';

const EARLY_MS = 20;

/** Asks once, and not for longer than `ms`: for looks that must not be held up by whoever does not answer. @throws PlatformError */
export async function glance<R, P extends unknown[]>(
  client: Client,
  id: string,
  query: QueryDefinition<R, P>,
  ms: number,
  ...args: P
): Promise<R> {
  const deadline = Date.now() + ms;
  const ask = (): Promise<R> => client.workflow.getHandle(id).query(query, ...args);
  try {
    return await inTime(deadline, () => client.withDeadline(deadline, ask));
  } catch (error) {
    throw toPlatformError(error, id);
  }
}

/** Asks again while the history came before its workflow task: that is over when the task has started. */
async function inTime<R>(deadline: number, ask: () => Promise<R>): Promise<R> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isEarlyHistory(error) || Date.now() + EARLY_MS >= deadline) throw error;
    }
    await pause(EARLY_MS);
  }
}
