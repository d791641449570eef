import { Worker } from '@temporalio/worker';
import { createEvaluatorActivities } from '../../activities/evaluate';
import type { EvaluatorDefinition } from '../../activities/evaluator-definition';
import { PlatformError, refuse } from '../../src/contracts/errors';
import { evaluatorQueue } from '../../src/contracts/task-queues';
import type { Definitions } from './definitions';
import { plainLog } from './plain-log';
import { polling } from './polling';
import type { Role } from './role';
import type { TemporalConnection } from './temporal';
import { workerOptions } from './worker-options';

/**
 * Starts a worker for each evaluator of the definitions, on the queue of its name.
 * @throws PlatformError `invalid-definition` when there is none: the process would do nothing
 */
export async function startEvaluatorWorkers(
  role: Role,
  { connection, namespace }: TemporalConnection,
  { evaluators }: Definitions,
): Promise<void> {
  const { config, log } = role;
  if (evaluators.length === 0) {
    const text = `expected an export made with defineEvaluator in a definition file (MABEAM_DEFINITIONS); got none in ${config.definitions.join(', ') || 'no file'}`;
    throw new PlatformError(refuse('invalid-definition', text));
  }
  for (const { name, definition } of evaluators) {
    const worker = await Worker.create({
      ...workerOptions(config),
      connection,
      namespace,
      taskQueue: evaluatorQueue(name, config.queuePrefix),
      activities: createEvaluatorActivities(definition as EvaluatorDefinition<never>, { log: plainLog(log) }),
    });
    role.add(polling(worker, log, { evaluator: name }));
  }
}
