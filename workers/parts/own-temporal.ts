import { join } from 'node:path';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { PlatformError, refuse } from '../../src/contracts/errors';
import { findTemporal } from '../../tools/temporal/find';
import { progressOn } from '../../tools/temporal/progress';
import { startTemporal } from '../../tools/temporal/start';
import type { Part, Role } from './role';

const HOST = '127.0.0.1';

/** The Temporal server that a development process works with. */
export interface TemporalServerPart extends Part {
  /** For people: what it is. */
  readonly what: string;
  readonly address: string;
  /** Of the Web UI, when we know it. */
  readonly url: string | undefined;
}

/** @throws PlatformError `invalid-request` when somebody listens on the port */
async function claim(port: number): Promise<void> {
  const server = createServer();
  const failed = once(server, 'error').then(([error]: unknown[]) => {
    throw error;
  });
  try {
    await Promise.race([once(server.listen(port, HOST), 'listening'), failed]);
  } catch (error) {
    const text = `port ${String(port)} of ${HOST} is in use; set TEMPORAL_ADDRESS to work with the Temporal server that listens there, or choose another port with --temporal-port`;
    throw new PlatformError(refuse('invalid-request', text), error);
  }
  failed.catch(() => undefined);
  server.close();
}

/**
 * The server of the configuration or the standard Temporal environment, when one is named; else starts one of our own whose
 * data lies in the data directory. One line says what was chosen.
 *
 * @throws PlatformError `invalid-request` when the port is taken
 */
export async function findOrStartTemporal(role: Role): Promise<TemporalServerPart> {
  const { config } = role;
  const notOurs = (address: string): TemporalServerPart => ({
    name: 'temporal server',
    what: 'not ours',
    address,
    url: undefined,
    stop: () => Promise.resolve(),
  });
  if (config.address !== undefined) return notOurs(config.address);
  const found = await findTemporal(progressOn());
  if (found.kind === 'server') return notOurs(found.address);
  await claim(config.temporalPort);
  const { namespace = 'default' } = config;
  const server = await startTemporal({
    program: found.path,
    port: config.temporalPort,
    dbFilename: join(config.dataDir, 'temporal.sqlite'),
    log: join(config.dataDir, 'temporal.log'),
    namespace,
  });
  return role.add({
    name: 'temporal server',
    what: `started here, ${found.version}`,
    address: server.address,
    url: server.url,
    ended: server.ended.then(() => {
      if (role.isStopping) return;
      throw new PlatformError(refuse('temporal-unavailable', 'the Temporal server has ended by itself'));
    }),
    stop: () => server.stop(),
  });
}
