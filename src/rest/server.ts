/**
 * The process of the facade. It reads over the Postgres of `MABEAM_DATABASE_URL`; without one, reads answer
 * `reads-unavailable`: the embedded database belongs to the store process, which serves a facade itself.
 */
import { startFacadeOf } from '../../workers/parts/facade';
import { runRole } from '../../workers/parts/role';
import { openStoreOf } from '../../workers/parts/store';

void runRole(
  'api',
  async (role) => {
    const part = role.config.databaseUrl === undefined ? undefined : role.add(openStoreOf(role));
    role.add(await startFacadeOf(role, part?.store));
  },
  { hasWorkers: false },
);
