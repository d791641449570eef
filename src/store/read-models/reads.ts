import { sql } from 'kysely';
import { isPlatformError, PlatformError, refuse } from '../../contracts/errors';
import type { EventStore } from '../../contracts/event-store';
import type { ReadModels, ReadState } from '../../contracts/read-models';
import type { Database, Work } from '../database';
import { codeOfFailure, isUnavailable } from '../failures';
import { causalityOf } from './causality';
import { feedOf } from './feed';
import { watchGroups } from './group-watch';
import { listGroups, listMembers } from './groups';
import { listProposals } from './proposals';
import { listRows } from './rows';
import { listTrials } from './trials';
import { whyIs } from './why';
import { whyChildIs } from './why-child';

const RETRY_MS = 1_000;
const NO_SUCH_TABLE = '42P01';

/** Where a reading stands: the edition that answers, how far it is, and for how long it has been behind. */
interface Place {
  readonly edition: number;
  readonly position: number;
  readonly behindMs: number;
}

async function placeOf(work: Work | Database['db']): Promise<Place> {
  const oldest = sql<
    number | null
  >`(select stored_at from events where position > editions.position order by position limit 1)`;
  const { edition, position, since } = await work
    .selectFrom('editions')
    .select(['edition', 'position', oldest.as('since')])
    .where('is_live', '=', true)
    .executeTakeFirstOrThrow();
  return { edition, position, behindMs: since === null ? 0 : Math.max(0, Date.now() - Number(since)) };
}

/** The database's absence is not a defect: it passes. @returns what is to be thrown */
export function readFailure(source: string, error: unknown): unknown {
  if (isPlatformError(error)) return error;
  const isEarly = codeOfFailure(error) === NO_SUCH_TABLE;
  if (!isEarly && !isUnavailable(error)) return error;
  const text = isEarly ? `the ${source} database is not migrated yet` : `the ${source} database does not answer`;
  return new PlatformError(refuse('reads-unavailable', text, { retryAfterMs: RETRY_MS }), error);
}

/** Acts; fails as whoever reads is to be told. @param source the kind of the database, for the message */
export function guarding(source: string): <T>(act: () => Promise<T>) => Promise<T> {
  return async (act) => {
    try {
      return await act();
    } catch (error) {
      throw readFailure(source, error);
    }
  };
}

/** How the reads stand. @throws when the database does not answer */
export async function readState(database: Database): Promise<ReadState & { readonly pending: readonly string[] }> {
  const { db, kind } = database;
  const pending = await database.pending();
  const { position, behindMs } = await placeOf(db);
  const { head, events } = await db
    .selectFrom('streams')
    .select((of) => [
      of.fn.max<number | null>('last_position').as('head'),
      of.fn.sum<number | null>('events').as('events'),
    ])
    .executeTakeFirstOrThrow();
  const last = await db
    .selectFrom('events')
    .select('stored_at')
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  return {
    source: kind,
    position,
    head: Number(head ?? 0),
    migrations: pending.length === 0 ? 'up-to-date' : 'behind',
    events: Number(events ?? 0),
    behindMs,
    ...(last === undefined ? {} : { newest: new Date(Number(last.stored_at)).toISOString() }),
    pending,
  };
}

/**
 * The read models on a database. Each answer is read at one instant and says which position it reflects (EVT-6), and for
 * how long it has been behind when it is.
 *
 * @throws PlatformError from each call: `reads-unavailable` with a retry-after while the database is away
 */
export function createReadModels(database: Database, store: EventStore): ReadModels {
  const { db, kind } = database;
  const guarded = guarding(kind);
  const reading = <T extends object>(read: (work: Work, at: Place) => Promise<T>): Promise<T> =>
    guarded(() =>
      db
        .transaction()
        .setIsolationLevel('repeatable read')
        .execute(async (work) => {
          const at = await placeOf(work);
          const answer = await read(work, at);
          return at.behindMs === 0 ? answer : { ...answer, behindMs: at.behindMs };
        }),
    );
  return {
    list: (request) => reading((work, at) => listRows(work, at, request)),
    proposals: (request) => reading((work, at) => listProposals(work, at, request)),
    trials: (request) => reading((work, at) => listTrials(work, at, request)),
    why: (request) => reading((work, at) => whyIs(work, at, request)),
    whyChild: (request) => guarded(() => db.transaction().execute((work) => whyChildIs(work, request))),
    causality: (request) =>
      guarded(() =>
        db
          .transaction()
          .setIsolationLevel('repeatable read')
          .execute((work) => causalityOf(work, request)),
      ),
    feed: async function* (request) {
      try {
        yield* feedOf(store, request);
      } catch (error) {
        throw readFailure(kind, error);
      }
    },
    groups: (request) => reading((work, at) => listGroups(work, at, request)),
    members: (request) => reading((work, at) => listMembers(work, at, request)),
    watchGroups: async function* (request) {
      try {
        yield* watchGroups(database, request);
      } catch (error) {
        throw readFailure(kind, error);
      }
    },
    state: () =>
      guarded(async () => {
        const { pending: _pending, ...state } = await readState(database);
        return state;
      }),
  };
}
