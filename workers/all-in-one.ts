/**
 * Everything on one machine, for development: a Temporal server, the workers, the store on the embedded database (or the
 * Postgres of the configuration), the facade; evaluators in a process of their own, because they are the ones that are
 * heavy. State lies in the data directory and is there again after a restart.
 */
import { startFacadeOf } from './parts/facade';
import { findOrStartTemporal } from './parts/own-temporal';
import { startProcess } from './parts/processes';
import { startRegistrySweep } from './parts/registry-sweep';
import { startRootSupervisors } from './parts/root-supervisors';
import { runRole } from './parts/role';
import { migrateStore, openStoreOf, startStoreWorker } from './parts/store';
import { openConnection } from './parts/temporal';
import { bundleOf, definitionsOf, startWorkflowWorker } from './parts/workflow-worker';
import { welcome } from './parts/welcome';

void runRole('dev', async (role) => {
  const definitions = definitionsOf(role);
  const store = role.add(openStoreOf(role));
  const migrated = migrateStore(role, store);
  const bundle = bundleOf(definitions);
  const server = await findOrStartTemporal(role);
  await migrated;
  const temporal = role.add(await openConnection(role, server.address));
  role.add(await startStoreWorker(role, temporal, store));
  role.add(startRegistrySweep(role, temporal, store));
  role.add(startRootSupervisors(role, temporal, store));
  role.add(await startWorkflowWorker(role, temporal, definitions, bundle));
  const facade = role.add(await startFacadeOf(role, store.store, server.address));
  if (definitions.evaluators.length > 0) {
    const env = { ...process.env, TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: temporal.namespace };
    role.add(startProcess('workers/evaluator', process.argv.slice(2), env));
  }
  process.stdout.write(
    welcome({ server, namespace: temporal.namespace, facade, store, definitions, dataDir: role.config.dataDir }),
  );
});
