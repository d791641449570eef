/** A process that runs workflows, the platform's short activities and the users' activities. Safe to run many times. */
import { runRole } from './parts/role';
import { openConnection } from './parts/temporal';
import { bundleOf, definitionsOf, startWorkflowWorker } from './parts/workflow-worker';

void runRole('worker', async (role) => {
  const definitions = definitionsOf(role);
  const bundle = bundleOf(definitions);
  const temporal = role.add(await openConnection(role));
  role.add(await startWorkflowWorker(role, temporal, definitions, bundle));
});
