import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { StudyHandle } from '../../../src/client/optimisation';
import { evaluatorQueue, prefixOf } from '../../../src/contracts/task-queues';
import { until } from '../kernel/harness';
import type { StudiesHarness } from './harness';

/** A worker process that evaluates past a checkpoint and then for ever (`reporting-process.ts`), until it is killed. */
export function reportingProcess({ temporal }: StudiesHarness, evaluator: string): { kill(): Promise<void> } {
  const queue = evaluatorQueue(evaluator, prefixOf(temporal.queues));
  const script = resolve(__dirname, 'reporting-process.ts');
  const running = spawn(process.execPath, ['--import', 'tsx', script, queue], {
    stdio: 'ignore',
    env: { ...process.env, TEMPORAL_ADDRESS: process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233' },
  });
  const gone = once(running, 'exit');
  return {
    kill: async () => {
      running.kill('SIGKILL');
      await gone;
    },
  };
}

/** Until the server has a checkpoint with that text, of the one evaluation that runs. */
export function untilSaved({ temporal }: StudiesHarness, { workflowId }: StudyHandle, text: string): Promise<true> {
  return until('the checkpoint to arrive', async () => {
    const { raw } = await temporal.client.workflow.getHandle(workflowId).describe();
    const details = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0]?.data ?? [];
    return Buffer.from(details).toString().includes(text) ? true : undefined;
  });
}
