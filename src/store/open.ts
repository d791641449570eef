import type { AgentTopics, TopicStore } from '../contracts/coordination/topic';
import type { EventStore } from '../contracts/event-store';
import type { ReadModels } from '../contracts/read-models';
import type { StoreAdmin, StoreStatus } from '../contracts/store-admin';
import type { SubscriptionStore } from '../contracts/subscription';
import type { RegistryBackend } from '../registry/backend';
import { openDatabase, type Database, type DatabaseOptions } from './database';
import type { Upcasters } from './envelope';
import { createEventStore } from './event-store';
import { startProjection, type Projection, type ProjectionLog } from './read-models/projection';
import { createReadModels, guarding, readState } from './read-models/reads';
import { rebuildReadModels } from './read-models/rebuild';
import { createReadModelRegistry } from './registry-backend';
import { trimEvents } from './retention';
import { createSubscriptions } from './subscriptions';
import { createTopics } from './topics';
import { createAgentTopics, type AgentDeliveries } from './topics/agents';

/** Events of ours that were published in an older version are lifted here; none was changed yet. */
const UPCASTERS: Upcasters = {};
const INCIDENTS = 50;

/** An open store: what one process needs of it. Nothing is sent to the database before the first call. */
export interface Store extends StoreAdmin {
  readonly database: Database;
  readonly events: EventStore;
  readonly reads: ReadModels;
  /** Groups of consumers that compete for events (EVT-4). */
  readonly subscriptions: SubscriptionStore;
  /** Messages by topic (PUB-1 to 6). */
  readonly topics: TopicStore;
  /** The subscriptions of agents, and what is to be delivered to them. */
  readonly agentTopics: AgentTopics & AgentDeliveries;
  /** The registry on the read model. */
  readonly registry: RegistryBackend;
  /** Applies what is missing. Safe to repeat and to run from several processes. @returns what was applied */
  migrate(): Promise<readonly string[]>;
  /** Keeps the read models up to date until the store is closed. Of several processes one at a time does it. */
  project(): Projection;
}

async function statusOf(database: Database): Promise<StoreStatus> {
  const { db } = database;
  const state = await readState(database);
  const spaces = await db
    .selectFrom('streams')
    .leftJoin('truncations', 'truncations.space', 'streams.space')
    .select((of) => [
      'streams.space',
      of.fn.max('streams.last_position').as('head'),
      of.fn.max('truncations.through').as('through'),
    ])
    .groupBy('streams.space')
    .orderBy('streams.space')
    .execute();
  const readers = await db.selectFrom('checkpoints').select(['name', 'position']).orderBy('name').execute();
  const groups = await db
    .selectFrom('groups')
    .select(['space', 'name', 'position'])
    .orderBy('space')
    .orderBy('name')
    .execute();
  const incidents = await db.selectFrom('incidents').selectAll().orderBy('id', 'desc').limit(INCIDENTS).execute();
  return {
    ...state,
    spaces: spaces.map(({ space, head, through }) => ({
      space,
      head: Number(head),
      removedThrough: Number(through ?? 0),
    })),
    readers: [
      ...readers.map(({ name, position }) => ({ reader: name, position })),
      ...groups.map(({ space, name, position }) => ({ reader: `group/${name}`, space, position })),
    ],
    incidents: incidents.map(({ at, stream, kind, sequence }) => ({
      at: new Date(at).toISOString(),
      stream,
      kind,
      sequence,
    })),
  };
}

/**
 * Opens the store on a Postgres (`url`), a directory, or in memory. The one place where its parts are put together.
 *
 * @throws PlatformError `reads-unavailable` when the data directory belongs to another process
 */
export function openStore(
  options: DatabaseOptions & { readonly log: ProjectionLog; readonly upcasters?: Upcasters },
): Store {
  const { log, upcasters = UPCASTERS } = options;
  const database = openDatabase(options);
  const events = createEventStore(database, upcasters);
  const projections: Projection[] = [];
  const guarded = guarding(database.kind);
  return {
    database,
    events,
    reads: createReadModels(database, events),
    subscriptions: createSubscriptions(database, upcasters),
    topics: createTopics(database, upcasters),
    agentTopics: createAgentTopics(database),
    registry: createReadModelRegistry(database),
    migrate: () => database.migrate(),
    project: () => {
      const projection = startProjection(database, { upcasters, log });
      projections.push(projection);
      return projection;
    },
    status: () => guarded(() => statusOf(database)),
    rebuild: ({ acceptLoss = false } = {}) =>
      guarded(() => rebuildReadModels(database, { upcasters, log, acceptLoss })),
    trim: (trim) => guarded(() => trimEvents(database, trim)),
    close: async () => {
      await Promise.all(projections.map((each) => each.close()));
      await database.close();
    },
  };
}
