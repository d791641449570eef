import type { EventStore, StoredEvent } from '../contracts/event-store';
import { PlatformError, refuse } from '../contracts/errors';
import { append } from './append';
import type { Database } from './database';
import { streamOf, upcast, type Upcasters } from './envelope';

const MAX_READ = 1_000;

/** The event store on a database. @param upcasters lift stored events to today's versions when they are read (ENV-4) */
export function createEventStore(database: Database, upcasters: Upcasters = {}): EventStore {
  const { db, wakes } = database;
  return {
    append: (batch, expected = 'any') => append(database, batch, expected),
    read: async ({ space, after, limit, types }): Promise<readonly StoredEvent[]> => {
      if (!Number.isInteger(limit) || limit < 1 || limit > MAX_READ) {
        throw new PlatformError(
          refuse('invalid-request', `a read has 1 to ${String(MAX_READ)} events; got ${String(limit)}`),
        );
      }
      let query = db
        .selectFrom('events')
        .select(['position', 'event'])
        .where('space', '=', space)
        .where('position', '>', after)
        .orderBy('position')
        .limit(limit);
      if (types !== undefined && types.length > 0) query = query.where('type', 'in', types);
      const rows = await query.execute();
      return rows.map(({ position, event }) => ({ position, event: upcast(event, upcasters) }));
    },
    storedThrough: async (of) => {
      const row = await db
        .selectFrom('streams')
        .select('version')
        .where('stream', '=', streamOf(of))
        .executeTakeFirst();
      return row?.version ?? 0;
    },
    head: async (space) => {
      const row = await db
        .selectFrom('streams')
        .select((of) => of.fn.max('last_position').as('head'))
        .where('space', '=', space)
        .executeTakeFirst();
      return (row?.head as number | null | undefined) ?? 0;
    },
    truncated: async (space) => {
      const row = await db.selectFrom('truncations').select('through').where('space', '=', space).executeTakeFirst();
      return row?.through ?? 0;
    },
    onAppend: (wake) => wakes.subscribe(wake),
  };
}
