import { NativeConnection, Worker } from '@temporalio/worker';
import { createEvaluatorActivities } from '../../../activities/evaluate';
import { defineEvaluator } from '../../../activities/evaluator-definition';

/** A worker process that evaluates slowly; it says when it begins, so that a test can pause it in the middle. */
async function main(): Promise<void> {
  const [queue = '', evaluateMs = '0', slots = '1'] = process.argv.slice(2);
  const connection = await NativeConnection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233' });
  const slow = defineEvaluator('slow', async ({ trial, attempt }) => {
    process.stdout.write(`begun ${String(trial)}/${String(attempt)}\n`);
    await new Promise((resolve) => setTimeout(resolve, Number(evaluateMs)));
    process.stdout.write(`found ${String(trial)}/${String(attempt)}\n`);
    return { loss: -1 };
  });
  const worker = await Worker.create({
    connection,
    taskQueue: queue,
    activities: { ...createEvaluatorActivities(slow, { worker: 'paused' }) },
    maxConcurrentActivityTaskExecutions: Number(slots),
    shutdownGraceTime: 50,
  });
  await worker.run();
  await connection.close();
  process.stdout.write('ended in order\n');
}

void main();
