/**
 * The process that owns the database: applies the migrations, takes events from every entity, keeps the read models. With
 * the embedded database it also serves the facade, because only one process can have its directory.
 */
import { startFacadeOf } from './parts/facade';
import { startRootSupervisors } from './parts/root-supervisors';
import { runRole } from './parts/role';
import { migrateStore, openStoreOf, startDeliveries, startStoreWorker } from './parts/store';
import { openConnection } from './parts/temporal';

void runRole('store', async (role) => {
  const part = role.add(openStoreOf(role));
  await migrateStore(role, part);
  const temporal = role.add(await openConnection(role));
  role.add(await startStoreWorker(role, temporal, part));
  role.add(startDeliveries(role, temporal, part));
  role.add(startRootSupervisors(role, temporal, part));
  if (part.store.database.kind === 'pglite') role.add(await startFacadeOf(role, part.store));
});
