import { cancellationSignal, getClient } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/common';
import { setTimeout as pause } from 'node:timers/promises';
import type { Stamp } from '../src/contracts/causality';
import { stopUpdate } from '../src/contracts/entity';
import type { StopOrder } from '../src/contracts/supervision';
import type { ChildExit } from '../src/contracts/supervisor';
import { exitOf, find, isOf, type Client } from './incarnation';

/** A stop that was asked for is looked at again after this long, should the answer be lost. */
const LOOK_MS = 1_000;

/**
 * Asks a workflow to stop, waits until it is over, and kills it when its time is up.
 * @param hear is told what it knew when it answered
 * @returns how it ended
 */
export async function stop(order: StopOrder, hear?: (stamp: Stamp) => void): Promise<ChildExit> {
  const client = getClient();
  const { workflowId, shutdown, stamp } = order;
  const carried = stamp === undefined ? {} : { stamp };
  const handle = client.workflow.getHandle(workflowId);
  const endsAt = shutdown === 'infinity' ? Infinity : Date.parse(order.deadline ?? new Date().toISOString());
  const id = `stop/${String(order.supervisor)}/${String(order.generation)}`;
  let isAsked = shutdown === 'brutal_kill';
  for (;;) {
    const found = await find(client, workflowId);
    if (found === undefined || !isOf(found, order)) return { kind: 'killed' };
    if (found.status !== 'RUNNING') return exitOf(client, workflowId, found.runId);
    const leftMs = shutdown === 'brutal_kill' ? 0 : endsAt - Date.now();
    if (leftMs <= 0) {
      // That very chain of runs: the name may have another owner by now.
      const chain = found.firstRunId === undefined ? {} : { firstExecutionRunId: found.firstRunId };
      const one = client.workflow.getHandle(workflowId, undefined, chain);
      await one.terminate('its supervisor kills it').catch(ignoreGone);
      continue;
    }
    if (!isAsked) {
      const asking = client.withDeadline(Date.now() + Math.min(leftMs, LOOK_MS), () =>
        handle.executeUpdate(stopUpdate, { args: [{ id, args: {}, ...carried }], updateId: id }),
      );
      isAsked = await asking.then(
        ({ stamp: told }) => {
          if (told !== undefined) hear?.(told);
          return true;
        },
        () => false,
      );
    }
    await ended(client, workflowId, Math.min(leftMs, LOOK_MS));
    cancellationSignal().throwIfAborted();
  }
}

/** Waits until a workflow is over, or for a while. */
async function ended(client: Client, workflowId: string, ms: number): Promise<void> {
  const gone = new AbortController();
  const over = client
    .withAbortSignal(gone.signal, () => client.workflow.getHandle(workflowId).result())
    .then(ignore, ignore);
  await Promise.race([over, pause(ms, undefined, { signal: gone.signal }).catch(ignore)]);
  gone.abort();
}

const ignore = (): void => undefined;
function ignoreGone(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}
