/** A process that evaluates trials and does nothing else. Run many: each takes what it has room for. */
import { startEvaluatorWorkers } from './parts/evaluator-workers';
import { runRole } from './parts/role';
import { openConnection } from './parts/temporal';
import { definitionsOf } from './parts/workflow-worker';

void runRole('evaluator', async (role) => {
  const definitions = definitionsOf(role);
  const temporal = role.add(await openConnection(role));
  await startEvaluatorWorkers(role, temporal, definitions);
});
