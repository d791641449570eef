import { getClient } from '@temporalio/activity';
import {
  bundleWorkflowCode,
  NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { resolve } from 'node:path';
import { createAgentActivities } from '../activities/agents';
import { createFanOutActivities } from '../activities/fan-out';
import { createSupervisionActivities } from '../activities/supervise';
import { connect, type Space } from '../src/client';
import { openTemporal, type Temporal } from '../src/client/temporal';
import type { OutboxBatch } from '../src/contracts/envelope';
import { parseSpace } from '../src/contracts/ids';
import { supervisionPort } from '../workers/parts/supervision-port';

const quiet = (): void => undefined;
const logger = { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet };
/** Give it to the data converter of every worker of the bench. */
export const payloadConverterPath = resolve(__dirname, '../workflows/kernel/payload-converter.ts');

/** A space of the run's own, with one worker that serves bare workflows and ours from one bundle and one queue. */
export interface Setting {
  readonly space: Space;
  readonly temporal: Temporal;
  readonly queue: string;
  close(): Promise<void>;
}

function silence(): void {
  try {
    Runtime.install({ logger });
  } catch {
    // a second setting beside the first uses its runtime
  }
}

/** Bundles the workflows of the bench once. */
export function bundle(): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({ workflowsPath: resolve(__dirname, 'workflows.ts'), payloadConverterPath, logger });
}

async function bareUpdateAll(ids: readonly string[]): Promise<number> {
  const { workflow } = getClient();
  const all = ids.map((id) => workflow.getHandle(id).executeUpdate<number, [number]>('bareAddNow', { args: [1] }));
  return (await Promise.all(all)).length;
}

/** Takes what entities hand over and keeps nothing: the store is not what is measured. */
export function appendEvents(batch: OutboxBatch): Promise<{ storedThrough: number }> {
  return Promise.resolve({ storedThrough: batch.events.at(-1)?.sequence ?? 0 });
}

/**
 * Starts the workers on the server at `TEMPORAL_ADDRESS`.
 *
 * @param isStoreUp false: hand-overs wait, so that histories hold only what is counted
 */
export async function startSetting(name: string, isStoreUp = true): Promise<Setting> {
  silence();
  const spaceName = parseSpace(`${name}-${String(Date.now())}`);
  if (typeof spaceName !== 'string') throw new Error(spaceName.message);
  const queuePrefix = `${spaceName}-`;
  const address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';
  const temporal = await openTemporal(spaceName, { address, queuePrefix });
  const space = await connect({ space: spaceName, queuePrefix, client: temporal.client });
  const connection = await NativeConnection.connect({ address });
  const port = () => Promise.reject(new Error('no agent of the bench calls a set'));
  const stopping = new AbortController();
  const ofSupervisors = createSupervisionActivities(supervisionPort(temporal.client, queuePrefix), stopping.signal);
  const main = await Worker.create({
    connection,
    taskQueue: temporal.queues.main,
    workflowBundle: await bundle(),
    dataConverter: { payloadConverterPath },
    activities: { ...createAgentActivities(port), ...createFanOutActivities(), ...ofSupervisors, bareUpdateAll },
    shutdownGraceTime: 1_000,
  });
  const options = { connection, taskQueue: temporal.queues.store, activities: { appendEvents } };
  const store = isStoreUp ? await Worker.create(options) : undefined;
  const running = [main.run(), ...(store === undefined ? [] : [store.run()])];
  return {
    space,
    temporal,
    queue: temporal.queues.main,
    close: async () => {
      stopping.abort();
      main.shutdown();
      store?.shutdown();
      await Promise.all(running);
      await connection.close();
      await temporal.close();
    },
  };
}
