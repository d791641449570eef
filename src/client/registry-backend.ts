import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { LifeState } from '../contracts/entity';
import { workflowId } from '../contracts/ids';
import { GENERATION_MEMO, type Registration, type RegistryKey } from '../contracts/registry';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes';
import type { Found, RegistryBackend } from '../registry/backend';
import { toPlatformError } from './failures';
import { isOpenRun } from './runs';

const DESCRIBE_MS = 10_000;

/** The state of life of what Describe shows; the kernel's word refines a run that is open. */
function statusOf(found: WorkflowExecutionDescription): LifeState {
  if (isOpenRun(found)) {
    const word = found.typedSearchAttributes.get(SEARCH_ATTRIBUTES.status);
    return word === 'starting' || word === 'draining' ? word : 'running';
  }
  return found.status.name === 'COMPLETED' || found.status.name === 'CANCELLED' ? 'stopped' : 'failed';
}

/**
 * The authority on names: one open run per workflow id is the only uniqueness that Temporal promises, and Describe the only
 * strong read of it. Visibility lists are never asked (they are late). Uniqueness holds within one cluster (T20).
 */
export function createTemporalRegistry(client: Client): RegistryBackend {
  /** Start of the chain of runs: from the memo that each renewal passes on, else from the first run itself. */
  async function numberOf(id: string, found: WorkflowExecutionDescription): Promise<number> {
    const carried = found.memo?.[GENERATION_MEMO];
    if (typeof carried === 'number') return carried;
    const firstRunId = found.raw.workflowExecutionInfo?.firstRunId ?? found.runId;
    if (firstRunId === found.runId) return found.startTime.getTime();
    return (await client.workflow.getHandle(id, firstRunId).describe()).startTime.getTime();
  }
  async function find(key: RegistryKey): Promise<Found> {
    const id = workflowId(key.space, key.kind, key.name);
    try {
      return await client.withDeadline(Date.now() + DESCRIBE_MS, async () => {
        const found = await client.workflow.getHandle(id).describe();
        const number = await numberOf(id, found);
        const registration: Registration = {
          ...key,
          workflowId: id,
          generation: { firstRunId: found.raw.workflowExecutionInfo?.firstRunId ?? found.runId, number },
          status: statusOf(found),
          registeredAt: new Date(number).toISOString(),
        };
        return { registration };
      });
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { registration: undefined };
      throw toPlatformError(error, id);
    }
  }
  return { name: 'temporal', isStrong: true, find };
}
