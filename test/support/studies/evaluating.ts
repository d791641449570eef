import { NativeConnection, Worker } from '@temporalio/worker';
import { createEvaluatorActivities } from '../../../activities/evaluate';
import { defineEvaluator, type Evaluate } from '../../../activities/evaluator-definition';
import { evaluatorQueue } from '../../../src/contracts/task-queues';

/** A worker that evaluates. */
export interface Evaluating {
  close(): Promise<void>;
}

/** Starts a worker that evaluates under a name for whoever has the prefix, over a connection of its own. */
export async function startEvaluating(name: string, queuePrefix: string, evaluate: Evaluate): Promise<Evaluating> {
  const address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    taskQueue: evaluatorQueue(name, queuePrefix),
    activities: { ...createEvaluatorActivities(defineEvaluator(name, evaluate)) },
    shutdownGraceTime: 50,
  });
  const running = worker.run();
  return {
    close: async () => {
      worker.shutdown();
      await running;
      await connection.close();
    },
  };
}
