import { PlatformError, refuse } from '../../src/contracts/errors';
import { startFacade } from '../../src/rest/facade';
import type { Store } from '../../src/store/open';
import { readOptunaSqliteBytes } from '../../src/store/optuna-sqlite';
import { givenAddress } from './parent';
import { plainLog } from './plain-log';
import type { Part, Role } from './role';

/** The facade as a part of a process. */
export interface FacadePart extends Part {
  readonly url: string;
}

/**
 * Starts the facade of the configuration.
 *
 * @param store the store, in a process that has the database
 * @throws PlatformError `invalid-request` when the port is taken, or the address is not one of loopback
 */
export async function startFacadeOf(
  role: Role,
  store: Pick<Store, 'reads' | 'registry' | 'subscriptions' | 'topics'> | undefined,
): Promise<FacadePart> {
  const { config, log } = role;
  const { host, hosts, port, queuePrefix, namespace, registry } = config;
  const address = await givenAddress(role);
  const facade = await startFacade({
    host,
    port,
    ...(hosts === undefined ? {} : { hosts }),
    queuePrefix,
    readOptunaSqlite: readOptunaSqliteBytes,
    registry: { selection: registry, ...(store === undefined ? {} : { postgres: store.registry }) },
    log: plainLog(log),
    ...(address === undefined ? {} : { address }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(store === undefined ? {} : { reads: store.reads, subscriptions: store.subscriptions, topics: store.topics }),
  }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    const text = `port ${String(port)} of ${host} is in use by another process; choose one with --port or MABEAM_PORT`;
    throw new PlatformError(refuse('invalid-request', text), error);
  });
  log.info({ url: facade.url }, `listens on ${facade.url}`);
  role.parent?.tell({ facade: facade.url });
  return { name: 'facade', url: facade.url, stop: () => facade.close() };
}
