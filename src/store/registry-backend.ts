import { sql } from 'kysely';
import { parseName, parseSpace, workflowId, type Kind } from '../contracts/ids';
import type { Registration } from '../contracts/registry';
import type { RegistryBackend } from '../registry/backend';
import type { Database } from './database';
import { createEventStore } from './event-store';
import { liveEdition } from './read-models/projection';
import { guarding } from './read-models/reads';
import { DELETED } from './read-models/rows';
import type { RowRecord } from './tables';

/** States of life that a registry knows; words of their own that kinds have (a ballot's `open`) are `running`. */
function statusOf({ status, hasEnded }: RowRecord): Registration['status'] {
  if (hasEnded) return status === 'failed' ? 'failed' : 'stopped';
  return status === 'starting' || status === 'draining' ? status : 'running';
}

function registrationOf(row: RowRecord, kind: Kind): Registration | undefined {
  if (kind === 'study' && row.status === DELETED) return undefined;
  const space = parseSpace(row.space);
  const name = parseName(kind, row.name);
  if (typeof space !== 'string' || typeof name !== 'string') return undefined;
  return {
    space,
    kind,
    name,
    workflowId: workflowId(space, kind, name),
    generation: { firstRunId: row.firstRunId, number: row.generation },
    status: statusOf(row),
    registeredAt: new Date(row.generation).toISOString(),
  };
}

/** The stream of what others say of a life; the life's own numbers belong to its outbox. */
const told = ({ generation }: Registration): string => `${String(generation.number)}.told`;

/**
 * The registry on the read model: who owned a name as far as the events tell, and the position that it reflects. As old as
 * the hand-over of events, a second or so, so never strong.
 *
 * `lost` becomes an event (`entity.lost`), so that a rebuild knows it, too.
 */
export function createReadModelRegistry(database: Database): RegistryBackend {
  const { db, kind: source } = database;
  const store = createEventStore(database);
  const guarded = guarding(source);
  const rows = (edition: number, space: string, kind: Kind) =>
    db
      .selectFrom('rm_rows')
      .select('record')
      .where('edition', '=', edition)
      .where('space', '=', space)
      .where('kind', '=', kind);
  return {
    name: 'postgres',
    isStrong: false,
    find: ({ space, kind, name }) =>
      guarded(async () => {
        // The position first: the answer reflects it, or more.
        const { edition, position } = await liveEdition(db);
        const row = await rows(edition, space, kind).where('name', '=', name).executeTakeFirst();
        return { registration: row === undefined ? undefined : registrationOf(row.record, kind), position };
      }),
    open: ({ space, kind, after = '', limit }) =>
      guarded(async () => {
        const { edition } = await liveEdition(db);
        const name = sql<string>`name collate "C"`;
        const found = await rows(edition, space, kind)
          .where('has_ended', '=', false)
          .where(name, '>', after)
          .orderBy(name)
          .limit(limit)
          .execute();
        return found.flatMap(({ record }) => registrationOf(record, kind) ?? []);
      }),
    lost: (registration) =>
      guarded(async () => {
        const { space, kind, name, workflowId: id } = registration;
        const generation = told(registration);
        const known = await db
          .selectFrom('streams')
          .select('version')
          .where('stream', '=', `${id}~${generation}`)
          .executeTakeFirst();
        if (known !== undefined) return;
        const event = { sequence: 1, time: new Date().toISOString(), type: 'entity.lost', data: {} };
        await store.append({ space, kind, name, generation, events: [event] });
      }),
  };
}
