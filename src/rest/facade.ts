import { connect, type Space } from '../client/index';
import type { RegistryState } from '../client/registry';
import { connectTemporal, type RegistryOptions } from '../client/temporal';
import type { Client } from '@temporalio/client';
import { PlatformError, refuse } from '../contracts/errors';
import type { ReadModels } from '../contracts/read-models';
import type { SubscriptionStore } from '../contracts/subscription';
import { taskQueues } from '../contracts/task-queues';
import { createApp } from './app';
import { createContact, within } from './contact';
import { listen } from './listen';
import type { AppDeps, PartState } from './route';

const CHECK_MS = 3_000;
const LOOK_MS = 1_500;
/** `TASK_QUEUE_TYPE_WORKFLOW` of Temporal's protocol. */
const WORKFLOWS = 1;
const DEFAULT_PORT = 7411;
/** Clients of spaces that are kept; the one not asked for the longest goes first. */
const MAX_SPACES = 256;

const quiet: AppDeps['log'] = { info: () => undefined, error: () => undefined };

/** How the facade is put together. */
export interface FacadeOptions {
  /** Loopback only; default 127.0.0.1. */
  readonly host?: string;
  /** Names beside those of loopback by which callers may ask for it. */
  readonly hosts?: readonly string[];
  /** Default 7411; 0 takes a free one. */
  readonly port?: number;
  readonly address?: string;
  readonly namespace?: string;
  readonly queuePrefix?: string;
  /** The store's read models, in the process that owns the database. */
  readonly reads?: ReadModels;
  /** The store's subscriptions, in the process that owns the database. */
  readonly subscriptions?: SubscriptionStore;
  /** Which registry lookups go through. Without a backend of the store, `postgres` falls back to Temporal here. */
  readonly registry?: RegistryOptions;
  /** Default: none. */
  readonly log?: AppDeps['log'];
  /** Signs page tokens; default: a new one, so that tokens end with the process. */
  readonly pageSecret?: string;
}

/** A facade that runs. */
export interface Facade {
  readonly url: string;
  close(): Promise<void>;
}

async function part(check: () => Promise<string>): Promise<PartState> {
  try {
    return { ok: true, detail: await within(CHECK_MS, check()) };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

interface Remembered<T> {
  (key: string): Promise<T>;
  /** What is open now, the one used last at the end. */
  all(): Promise<readonly T[]>;
}

/**
 * Remembers what was opened, the last `most` of them; a failure is forgotten, so that the next request tries again.
 * @param close what becomes of one that was not asked for in a long time
 */
function remembered<T>(
  open: (key: string) => Promise<T>,
  most = Infinity,
  close?: (value: T) => Promise<void>,
): Remembered<T> {
  const known = new Map<string, Promise<T>>();
  const of = (key: string): Promise<T> => {
    const opened = known.get(key) ?? open(key);
    known.delete(key);
    known.set(key, opened);
    opened.catch(() => known.delete(key));
    const [oldest] = known.size > most ? known : [];
    if (oldest !== undefined) {
      known.delete(oldest[0]);
      void oldest[1].then(close).catch(() => undefined);
    }
    return opened;
  };
  const all = async (): Promise<readonly T[]> =>
    (await Promise.allSettled(known.values())).flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  return Object.assign(of, { all });
}

async function pollersOf(client: Client, queue: string): Promise<string> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: queue },
    taskQueueType: WORKFLOWS,
  });
  if (pollers.length === 0) throw new Error(`nobody polls ${queue}`);
  return `${String(pollers.length)} poll ${queue}`;
}

/** A facade without a store must not ask itself over HTTP. */
const unplugged: NonNullable<RegistryOptions['postgres']> = {
  name: 'postgres',
  isStrong: false,
  find: () => Promise.reject(new PlatformError(refuse('reads-unavailable', 'no store is plugged into this facade'))),
};

/** The counters of all spaces of this process together. */
function registryDetail(states: readonly RegistryState[]): string {
  const sum = (of: (state: RegistryState) => number): string =>
    String(states.reduce((total, state) => total + of(state), 0));
  const counts = (['hit', 'miss', 'stale', 'invalidated', 'entries'] as const).map(
    (name) => `${sum(({ counters }) => counters[name])} ${name}`,
  );
  return `${states[0]?.backend ?? 'no lookup yet'}: ${counts.join(', ')}`;
}

/** Starts the facade. It starts without Temporal, too: calls answer 503 until the server is there. */
export async function startFacade(options: FacadeOptions = {}): Promise<Facade> {
  const { reads } = options;
  const { queuePrefix = '', log = quiet } = options;
  const clientOf = remembered(() => connectTemporal(options));
  const spaceOf = remembered<Space>(
    async (space) => {
      const client = await clientOf('');
      const registry = { postgres: unplugged, ...options.registry };
      return connect({ space, client, queuePrefix, registry, ...(reads === undefined ? {} : { reads }) });
    },
    MAX_SPACES,
    (space) => space.close(),
  );
  const app = createApp({
    space: async (name) => await spaceOf(name),
    reads,
    subscriptions: options.subscriptions,
    log,
    ...(options.hosts === undefined ? {} : { hosts: options.hosts }),
    contact: createContact(async () => {
      const client = await clientOf('');
      // Else each look at a server that is away would go on trying for half a minute.
      return client.withDeadline(Date.now() + LOOK_MS, () => client.workflowService.getSystemInfo({}));
    }),
    ...(options.pageSecret === undefined ? {} : { pageSecret: options.pageSecret }),
    health: async () => ({
      temporal: await part(async () => {
        const info = await (await clientOf('')).workflowService.getSystemInfo({});
        return `server ${info.serverVersion}`;
      }),
      store: await part(async () => {
        if (reads === undefined) throw new Error('no store is plugged');
        const { source, events } = await reads.state();
        return `${source}, ${String(events)} events`;
      }),
      registry: { ok: true, detail: registryDetail((await spaceOf.all()).map((each) => each.registry.state())) },
      pollers: await part(async () => pollersOf(await clientOf(''), taskQueues(queuePrefix).main)),
    }),
  });
  const host = options.host ?? '127.0.0.1';
  const server = await listen(app, host, options.port ?? DEFAULT_PORT);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${String(port)}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all((await spaceOf.all()).map((each) => each.close()));
      await (await clientOf('').catch(() => undefined))?.connection.close();
    },
  };
}
