import { Worker } from '@temporalio/worker';
import { createAttemptGuard } from '../../activities/evaluator-guard';
import { createEvaluatorActivities } from '../../activities/evaluate';
import type { EvaluatorDefinition } from '../../activities/evaluator-definition';
import { PlatformError, refuse } from '../../src/contracts/errors';
import { evaluatorQueue } from '../../src/contracts/task-queues';
import { BREAK_AFTER, COOL_DOWN_MS, MAX_COOL_DOWN_MS } from '../../src/contracts/optimisation/worker-breaker';
import type { Config } from '../../src/config';
import type { BreakRule } from '../../src/domain/optimisation/worker-breaker';
import { breakableWorker } from './breakable-worker';
import type { Definitions } from './definitions';
import { plainLog } from './plain-log';
import type { Role } from './role';
import type { TemporalConnection } from './temporal';
import { workerOptions } from './worker-options';

/** When a worker of this process is taken out. */
function ruleOf({ breakAfter = BREAK_AFTER, coolDownSeconds }: Config): BreakRule {
  const coolDownMs = coolDownSeconds === undefined ? COOL_DOWN_MS : coolDownSeconds * 1_000;
  return { breakAfter, coolDownMs, coolDownMsMax: MAX_COOL_DOWN_MS };
}

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
    const guard = createAttemptGuard(ruleOf(config), Date.now);
    const activities = createEvaluatorActivities(definition as EvaluatorDefinition<never>, {
      log: plainLog(log),
      guard,
    });
    const create = (slots?: number): Promise<Worker> =>
      Worker.create({
        ...workerOptions(config),
        connection,
        namespace,
        taskQueue: evaluatorQueue(name, config.queuePrefix),
        activities: { ...activities },
        ...(slots === undefined ? {} : { maxConcurrentActivityTaskExecutions: slots }),
      });
    role.add(await breakableWorker({ guard, create, log, what: { evaluator: name } }));
  }
}
