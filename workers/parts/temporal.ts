import { Client } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import { PlatformError, refuse } from '../../src/contracts/errors';
import { givenAddress } from './parent';
import type { Part, Role } from './role';

const PATIENCE_MS = 60_000;
const RETRY_MS = 1_000;

/** The one connection of a process: its workers and its client share it. */
export interface TemporalConnection extends Part {
  readonly connection: NativeConnection;
  readonly client: Client;
  readonly namespace: string;
}

/**
 * Connects to the server that this process is given, else that of the standard Temporal environment, else
 * 127.0.0.1:7233. Waits a minute for a server that is not there yet.
 *
 * @throws PlatformError `temporal-unavailable`
 */
export async function openConnection(role: Role): Promise<TemporalConnection> {
  const { config, log } = role;
  const { connectionOptions, namespace: standard } = loadClientConnectConfig();
  const address = (await givenAddress(role)) ?? connectionOptions.address ?? '127.0.0.1:7233';
  const namespace = config.namespace ?? standard ?? 'default';
  role.parent?.tell({ namespace });
  const deadline = Date.now() + PATIENCE_MS;
  for (let tries = 0; ; tries += 1) {
    try {
      const connection = await NativeConnection.connect({ ...connectionOptions, address });
      const client = new Client({ connection, namespace });
      return { name: 'temporal', connection, client, namespace, stop: () => connection.close() };
    } catch (error) {
      if (Date.now() > deadline || role.isStopping) {
        const text = `no Temporal server answers at ${address} (namespace ${namespace}); start one with: npx mabeam dev`;
        throw new PlatformError(refuse('temporal-unavailable', text), error);
      }
      if (tries === 0) log.warn({ address, reason: String(error) }, 'waiting for the Temporal server');
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
