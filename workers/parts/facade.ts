import type { ReadModels } from '../../src/contracts/read-models';
import { startFacade } from '../../src/rest/facade';
import { plainLog } from './plain-log';
import type { Part, Role } from './role';

/** The facade as a part of a process. */
export interface FacadePart extends Part {
  readonly url: string;
}

/** Starts the facade of the configuration. */
export async function startFacadeOf({ config, log }: Role, reads: ReadModels | undefined): Promise<FacadePart> {
  const { host, port, queuePrefix, address, namespace, registry } = config;
  const facade = await startFacade({
    host,
    port,
    queuePrefix,
    registry: { selection: registry },
    log: plainLog(log),
    ...(address === undefined ? {} : { address }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(reads === undefined ? {} : { reads }),
  });
  log.info({ url: facade.url }, `listens on ${facade.url}`);
  return { name: 'facade', url: facade.url, stop: () => facade.close() };
}
