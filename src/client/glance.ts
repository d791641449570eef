import type { Client } from '@temporalio/client';
import type { QueryDefinition } from '@temporalio/common';
import { toPlatformError } from './failures';

/** Asks once, and not for longer than `ms`: for looks that must not be held up by whoever does not answer. @throws PlatformError */
export async function glance<R>(client: Client, id: string, query: QueryDefinition<R>, ms: number): Promise<R> {
  try {
    return await client.withDeadline(Date.now() + ms, () => client.workflow.getHandle(id).query(query));
  } catch (error) {
    throw toPlatformError(error, id);
  }
}
