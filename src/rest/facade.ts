import { deploymentHealth } from '../client/deployment';
import { placedQueues } from '../client/placed-queues';
import { found, serverText, storeText } from '../client/health';
import { connect, type Space } from '../client/index';
import type { RegistryState } from '../client/registry';
import { connectTemporal, type RegistryOptions } from '../client/temporal';
import { PlatformError, refuse } from '../contracts/errors';
import type { Finding, QueueHealth, WorkerHealth } from '../contracts/health';
import type { ReadModels } from '../contracts/read-models';
import type { SubscriptionStore } from '../contracts/subscription';
import type { TopicStore } from '../contracts/coordination/topic';
import { taskQueues } from '../contracts/task-queues';
import { createApp } from './app';
import { createContact, within } from './contact';
import { listen } from './listen';
import type { AppDeps, PartState } from './route';

const CHECK_MS = 3_000;
const LOOK_MS = 1_500;
/** Spaces whose supervision `/readyz` tells of. */
const SPACES_TOLD = 5;
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
  /** The store's topics, in the process that owns the database. */
  readonly topics?: TopicStore;
  /** Reads an SQLite file of Optuna that was uploaded; default: journals alone are read. */
  readonly readOptunaSqlite?: AppDeps['readOptunaSqlite'];
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

/** What was looked at, within a time; a failure is a finding, too. */
function checked(needed: boolean, look: () => Promise<string>): Promise<PartState> {
  return found(() => within(CHECK_MS, look())).then((finding) => ({ ...finding, needed }));
}

/** A finding of several, in one line; what is not well is told alone. */
function summed(findings: readonly Finding[]): string {
  const ill = findings.filter(({ ok }) => !ok);
  if (ill.length > 0) throw new Error(ill.map(({ detail }) => detail).join('; '));
  return findings.map(({ detail }) => detail).join('; ');
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

const named = ({ ok, identity, detail }: WorkerHealth): Finding => ({ ok, detail: `${identity} ${detail}` });

/** What is supervised in the spaces that were asked for last. */
async function supervisionDetail(spaces: readonly Space[]): Promise<string> {
  if (spaces.length === 0) return 'no space was asked for yet';
  const healths = await Promise.all(spaces.map((space) => space.health({ asked: 0 })));
  return summed(
    healths.map(({ supervision: { ok, detail, supervisors } }, at) => {
      const ill = supervisors.filter((each) => !each.ok).map((each) => `, ${each.name} ${each.detail}`);
      return { ok, detail: `${spaces[at]?.name ?? ''}: ${detail}${ill.slice(0, 3).join('')}` };
    }),
  );
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
    topics: options.topics,
    ...(options.readOptunaSqlite === undefined ? {} : { readOptunaSqlite: options.readOptunaSqlite }),
    log,
    ...(options.hosts === undefined ? {} : { hosts: options.hosts }),
    contact: createContact(async () => {
      const client = await clientOf('');
      // Else each look at a server that is away would go on trying for half a minute.
      return client.withDeadline(Date.now() + LOOK_MS, () => client.workflowService.getSystemInfo({}));
    }),
    ...(options.pageSecret === undefined ? {} : { pageSecret: options.pageSecret }),
    health: async () => {
      const spaces = await spaceOf.all();
      // Waited for below, in the same turn: one that fails has somebody to hear of it.
      const known = taskQueues(queuePrefix);
      const deployment = clientOf('').then(async (client) =>
        deploymentHealth(client, known, { placed: await placedQueues(client, known) }),
      );
      const isOfAll = ({ use }: QueueHealth): boolean => use !== 'agents';
      const [temporal, store, queues, workers, supervision] = await Promise.all([
        checked(true, async () => serverText(await clientOf(''))),
        checked(true, async () => {
          if (reads === undefined) throw new Error('no store is plugged');
          return storeText(reads);
        }),
        checked(true, async () => summed((await deployment).queues.filter(isOfAll))),
        checked(false, async () => {
          const { queues: all, workers: each } = await deployment;
          return summed([...all.filter((queue) => !isOfAll(queue)), ...each.map(named)]);
        }),
        checked(false, () => supervisionDetail(spaces.slice(-SPACES_TOLD))),
      ]);
      const registry = { ok: true, needed: false, detail: registryDetail(spaces.map((each) => each.registry.state())) };
      return { temporal, store, queues, workers, supervision, registry };
    },
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
