import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import { createServiceActivities } from '../../activities/serve';
import { createStoreActivities } from '../../activities/store';
import { taskQueues } from '../../src/contracts/task-queues';
import { openStore, type Store } from '../../src/store/open';
import { plainLog } from './plain-log';
import { polling } from './polling';
import type { Part, Role } from './role';
import type { TemporalConnection } from './temporal';
import { choresOf } from './services';
import { spacesOf } from './spaces';
import { startTopicDelivery } from './topic-delivery';
import { workerOptions } from './worker-options';

const MIGRATE_MS = 60_000;
const RETRY_MS = 1_000;

/** The store as a part of a process. */
export interface StorePart extends Part {
  readonly store: Store;
  /** Where the data lies, for people; no password in it. */
  readonly place: string;
}

/** Opens the store of the configuration: the Postgres of its URL, else the embedded one in the data directory. */
export function openStoreOf({ config, log, parent }: Role): StorePart {
  const { databaseUrl, dataDir } = config;
  const directory = join(dataDir, 'store');
  const where = databaseUrl === undefined ? { dataDir: directory } : { url: databaseUrl };
  const store = openStore({ ...where, log: plainLog(log) });
  const place = databaseUrl === undefined ? directory : new URL(databaseUrl).host + new URL(databaseUrl).pathname;
  parent?.tell({ store: { kind: store.database.kind, place } });
  return { name: 'store', store, place, stop: () => store.close() };
}

/** Applies the migrations; waits a minute for a database that is not there yet. @throws what the database said last */
export async function migrateStore(role: Role, { store }: StorePart): Promise<void> {
  const deadline = Date.now() + MIGRATE_MS;
  for (let tries = 0; ; tries += 1) {
    try {
      const applied = await store.migrate();
      if (applied.length > 0) role.log.info({ applied }, 'migrations applied');
      return;
    } catch (error) {
      if (Date.now() > deadline || role.isStopping) throw error;
      if (tries === 0) role.log.warn({ error }, 'waiting for the database');
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** Delivers to agents what they have subscribed to. */
export function startDeliveries({ config, log }: Role, { client }: TemporalConnection, { store }: StorePart): Part {
  return startTopicDelivery({
    agents: store.agentTopics,
    subscriptions: store.subscriptions,
    onAppend: (wake) => store.events.onAppend(wake),
    temporal: spacesOf(client, config.queuePrefix),
    log: plainLog(log),
  });
}

/** Starts what only the owner of the database does: the projection, and the worker that takes outboxes over. */
export async function startStoreWorker(role: Role, temporal: TemporalConnection, part: StorePart): Promise<Part> {
  const { config, log } = role;
  const { connection, namespace } = temporal;
  const { store } = part;
  const stopping = new AbortController();
  store.project();
  const worker = await Worker.create({
    ...workerOptions(config),
    connection,
    namespace,
    taskQueue: taskQueues(config.queuePrefix).store,
    activities: {
      ...createStoreActivities({ eventStore: store.events, topics: store.agentTopics, log: plainLog(log) }),
      ...createServiceActivities(choresOf(role, temporal, store), stopping.signal),
    },
  });
  return polling(worker, log, { database: store.database.kind }, stopping);
}
