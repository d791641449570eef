import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { toPlatformError } from './failures';

/** True for a run that has not ended; one that is being renewed is shown as continued for a moment. */
export function isOpenRun({ status }: Pick<WorkflowExecutionDescription, 'status'>): boolean {
  return status.name === 'RUNNING' || status.name === 'CONTINUED_AS_NEW' || status.name === 'PAUSED';
}

/** Acts until the deadline, epoch milliseconds. @throws PlatformError that says what failed */
export async function reach<T>(client: Client, id: string, deadline: number, act: () => Promise<T>): Promise<T> {
  try {
    return await client.withDeadline(deadline, act);
  } catch (error) {
    throw toPlatformError(error, id);
  }
}
