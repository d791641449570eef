import type { Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { Part } from './role';

/**
 * Runs a worker as a part of a process; says in one line that it polls, and what.
 *
 * @param stopping is aborted when the worker is about to end, for activities that do not end by themselves
 */
export function polling(
  worker: Worker,
  log: Logger,
  what: Readonly<Record<string, unknown>>,
  stopping?: AbortController,
): Part {
  const queue = worker.options.taskQueue;
  const ended = worker.run();
  log.info({ queue, ...what }, `polls ${queue}`);
  return {
    name: `worker of ${queue}`,
    ended,
    stop: async () => {
      stopping?.abort();
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended;
    },
  };
}
