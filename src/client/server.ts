import { isGrpcServiceError, type Client } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { PlatformError, refuse } from '../contracts/errors';
import type { DeploymentHealth } from '../contracts/health';
import type { ReadModels } from '../contracts/read-models';
import { taskQueues } from '../contracts/task-queues';
import { deploymentHealth } from './deployment';
import { placedQueues } from './placed-queues';
import { readerOf } from './reader';
import { toPlatformError } from './failures';
import { measureHop, type Hop } from './hop';
import { ATTRIBUTE_NAMES, isNotAllowed, missingSearchAttributes, registerSearchAttributes } from './search-attributes';
import { connectTemporal, type TemporalOptions } from './temporal';
import { pause } from './waiting';

const RETENTION = '3 days';
const READY_MS = 30_000;
const PAUSE_MS = 250;
const NOT_FOUND = [5];

/** How to reach a server for setting it up and for looking at it. */
export interface ServerOptions extends TemporalOptions {
  readonly reads?: ReadModels;
}

/** What `setup` did about one thing. */
export interface SetupStep {
  readonly what: 'namespace' | 'search attributes';
  readonly outcome: 'present' | 'made' | 'refused';
  readonly detail: string;
}

/** A Temporal server as operators see it, and the store behind it. */
export interface Server {
  readonly address: string;
  readonly namespace: string;
  /** @returns the version. @throws PlatformError `not-found` when the namespace is missing */
  version(): Promise<string>;
  /** Names that are not registered. @throws PlatformError when the server does not tell */
  missingSearchAttributes(): Promise<readonly string[]>;
  /** How long a task waits in the server. Takes a second, more on a busy machine. @throws PlatformError */
  measureHop(): Promise<Hop>;
  /** The queues of this deployment and who works on them. @throws PlatformError */
  deployment(): Promise<DeploymentHealth>;
  /** The state of the store. @throws PlatformError `reads-unavailable` */
  store(): ReturnType<ReadModels['state']>;
  /** Registers the namespace and our search attributes where they are missing. Safe to repeat. @throws PlatformError */
  setup(): Promise<readonly SetupStep[]>;
  close(): Promise<void>;
}

async function hasNamespace({ workflowService, options }: Client): Promise<boolean> {
  try {
    await workflowService.describeNamespace({ namespace: options.namespace });
    return true;
  } catch (error) {
    if (error instanceof Error && isGrpcServiceError(error) && NOT_FOUND.includes(error.code)) return false;
    throw error;
  }
}

async function setupNamespace(client: Client): Promise<SetupStep> {
  const { namespace } = client.options;
  if (await hasNamespace(client)) return { what: 'namespace', outcome: 'present', detail: namespace };
  try {
    await client.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs(RETENTION),
    });
    return { what: 'namespace', outcome: 'made', detail: `${namespace}, histories are kept ${RETENTION}` };
  } catch (error) {
    if (!isNotAllowed(error)) throw error;
    return { what: 'namespace', outcome: 'refused', detail: `${namespace} is missing, and we may not make it` };
  }
}

/** What is missing; a namespace that was just made is known to every part of the server a few seconds later. */
async function missingSoon(client: Client): Promise<readonly string[]> {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    try {
      return await missingSearchAttributes(client);
    } catch (error) {
      if (isNotAllowed(error) || Date.now() > deadline) throw error;
    }
    await pause(PAUSE_MS);
  }
}

async function setupAttributes(client: Client): Promise<SetupStep> {
  const what = 'search attributes';
  try {
    const missing = await missingSoon(client);
    if (missing.length === 0) return { what, outcome: 'present', detail: ATTRIBUTE_NAMES.join(', ') };
    await registerSearchAttributes(client, missing);
    return { what, outcome: 'made', detail: missing.join(', ') };
  } catch (error) {
    if (!isNotAllowed(error)) throw error;
    const detail = `we may not register ${ATTRIBUTE_NAMES.join(', ')}; mabeam runs without them`;
    return { what, outcome: 'refused', detail };
  }
}

/**
 * Connects to a server for `setup` and `doctor`.
 * @throws PlatformError `temporal-unavailable` when nobody answers
 */
export async function openServer(options: ServerOptions = {}): Promise<Server> {
  const client = options.client ?? (await connectTemporal(options));
  const { namespace } = client.options;
  const queues = taskQueues(options.queuePrefix ?? process.env['MABEAM_QUEUE_PREFIX'] ?? '');
  const known = async <T>(act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      throw toPlatformError(error, `the namespace ${namespace}`);
    }
  };
  return {
    address: addressOf(client),
    namespace,
    version: () =>
      known(async () => {
        if (!(await hasNamespace(client))) {
          const text = `the namespace ${namespace} is missing; make it with: mabeam setup`;
          throw new PlatformError(refuse('not-found', text));
        }
        return (await client.workflowService.getSystemInfo({})).serverVersion;
      }),
    missingSearchAttributes: () => known(() => missingSearchAttributes(client)),
    measureHop: () => known(() => measureHop(client, `mabeam-doctor-${globalThis.crypto.randomUUID()}`)),
    deployment: () =>
      known(async () => deploymentHealth(client, queues, { placed: await placedQueues(client, queues) })),
    store: () => readerOf(options.reads).state(),
    setup: () =>
      known(async () => {
        const ofNamespace = await setupNamespace(client);
        return ofNamespace.outcome === 'refused' ? [ofNamespace] : [ofNamespace, await setupAttributes(client)];
      }),
    close: async () => {
      if (options.client === undefined) await client.connection.close();
    },
  };
}

function addressOf({ connection }: Client): string {
  const { options } = connection as { readonly options?: { readonly address?: unknown } };
  return typeof options?.address === 'string' ? options.address : 'unknown';
}
