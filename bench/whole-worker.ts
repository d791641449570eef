import { Client } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createAgentActivities } from '../activities/agents';
import { createSupervisionActivities } from '../activities/supervise';
import { taskQueues } from '../src/contracts/task-queues';
import { supervisionPort } from '../workers/parts/supervision-port';
import { appendEvents, payloadConverterPath } from './setting';

/** As many activities at once as the worker of the product has: each supervisor's sweep is one. */
const ACTIVITY_SLOTS = 200;

const quiet = (): void => undefined;

/**
 * usage: whole-worker PREFIX BUNDLE. All that a space needs as one process: workflows, the activities of agents and
 * supervisors, and a store that keeps nothing. It ends when it is killed, or when nobody is there any more.
 */
async function main([queuePrefix = '', codePath = '']: readonly string[]): Promise<void> {
  Runtime.install({ logger: { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet } });
  const address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';
  const connection = await NativeConnection.connect({ address });
  const queues = taskQueues(queuePrefix);
  const port = () => Promise.reject(new Error('no agent of the bench calls a set'));
  const worker = await Worker.create({
    connection,
    taskQueue: queues.main,
    workflowBundle: { codePath },
    dataConverter: { payloadConverterPath },
    activities: {
      ...createAgentActivities(port),
      ...createSupervisionActivities(supervisionPort(new Client({ connection }), queuePrefix)),
    },
    maxConcurrentActivityTaskExecutions: ACTIVITY_SLOTS,
    shutdownGraceTime: 500,
  });
  const store = await Worker.create({ connection, taskQueue: queues.store, activities: { appendEvents } });
  process.on('disconnect', () => process.exit(1));
  process.send?.('ready');
  await Promise.all([worker.run(), store.run()]);
}

void main(process.argv.slice(2));
