import { NativeConnection, Worker } from '@temporalio/worker';
import { createEvaluatorActivities } from '../../../activities/evaluate';
import { defineEvaluator } from '../../../activities/evaluator-definition';

/** Steps until the checkpoint, and all that are reported before the end that never comes. */
const [SAVED, REPORTED] = [3, 6];

/**
 * A worker process that reports six steps, remembers that it came to the third, and goes on for ever: it is there to be killed.
 * Without more to come nothing of what it reported is delivered.
 */
async function main(): Promise<void> {
  const [queue = ''] = process.argv.slice(2);
  const connection = await NativeConnection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233' });
  const endless = defineEvaluator('killed', async ({ report, checkpoint, signal }) => {
    for (let step = 0; step < REPORTED; step++) {
      report(step, 10 + step);
      if (step + 1 === SAVED) checkpoint({ saved: SAVED });
    }
    process.stdout.write('begun\n');
    await new Promise((_resolve, reject) => {
      signal.addEventListener('abort', reject);
    });
    return { loss: -1 };
  });
  const worker = await Worker.create({
    connection,
    taskQueue: queue,
    activities: { ...createEvaluatorActivities(endless, { worker: 'killed' }) },
  });
  await worker.run();
}

void main();
