import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, Migrator, PostgresDialect, type Transaction } from 'kysely';
import { Pool, types as pgTypes } from 'pg';
import { takeDirectory } from './data-directory';
import { migrations } from './migrations/index';
import { pgliteDialect } from './pglite-dialect';
import type { Tables } from './tables';
import { createWakes, type Wakes } from './wake';

/** Where the events are kept: a Postgres, or a directory for the embedded one; with neither, memory. */
export interface DatabaseOptions {
  readonly url?: string;
  readonly dataDir?: string;
  /** Connections to Postgres; default 10. */
  readonly connections?: number;
  /** What the embedded database in memory begins as: a dump of another. Default: a new one, which takes seconds to make. */
  readonly template?: Blob;
}

/** A transaction of the store. */
export type Work = Transaction<Tables>;

/** An open database, whichever it is. */
export interface Database {
  readonly kind: 'postgres' | 'pglite';
  readonly db: Kysely<Tables>;
  readonly wakes: Wakes;
  /** Applies what is missing, all or nothing, safe to repeat and to run from several processes. @returns what was applied */
  migrate(): Promise<readonly string[]>;
  /** Names of migrations that are not applied. */
  pending(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const INT8 = 20;
const CONNECT_MS = 10_000;

/** Positions and sequences are 64-bit in Postgres; ours stay far below 2^53. */
const types = {
  getTypeParser: (id: number, format?: 'text' | 'binary') =>
    id === INT8 ? (text: string) => Number(text) : (pgTypes.getTypeParser(id, format) as (text: string) => unknown),
};

function migratorOf(db: Kysely<Tables>): Migrator {
  return new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } });
}

async function migrate(db: Kysely<Tables>): Promise<readonly string[]> {
  const { error, results = [] } = await migratorOf(db).migrateToLatest();
  if (error !== undefined) throw error instanceof Error ? error : new Error(JSON.stringify(error));
  return results.map((each) => each.migrationName);
}

async function pending(db: Kysely<Tables>): Promise<readonly string[]> {
  const known = await migratorOf(db).getMigrations();
  return known.filter((each) => each.executedAt === undefined).map((each) => each.name);
}

function openPostgres(url: string, connections: number): Database {
  const pool = new Pool({
    connectionString: url,
    max: connections,
    types,
    application_name: 'mabeam-store',
    connectionTimeoutMillis: CONNECT_MS,
  });
  // A connection was cut, idle or between two statements: the next query says so, or opens another.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const wakes = createWakes(url);
  return {
    kind: 'postgres',
    db,
    wakes,
    migrate: () => migrate(db),
    pending: () => pending(db),
    close: async () => {
      await wakes.close();
      await db.destroy();
    },
  };
}

function openPglite({ dataDir, template }: Pick<DatabaseOptions, 'dataDir' | 'template'>): Database {
  const giveBack = dataDir === undefined ? undefined : takeDirectory(dataDir);
  const inMemory = template === undefined ? {} : { loadDataDir: template };
  const database = dataDir === undefined ? new PGlite(inMemory) : new PGlite(join(dataDir, 'pg'));
  const db = new Kysely<Tables>({ dialect: pgliteDialect(() => database) });
  const wakes = createWakes(undefined);
  return {
    kind: 'pglite',
    db,
    wakes,
    migrate: () => migrate(db),
    pending: () => pending(db),
    close: async () => {
      await wakes.close();
      await db.destroy();
      await database.close();
      giveBack?.();
    },
  };
}

/** Opens a database; nothing is sent to it yet. @throws PlatformError when the data directory belongs to another process */
export function openDatabase(options: DatabaseOptions): Database {
  return options.url === undefined ? openPglite(options) : openPostgres(options.url, options.connections ?? 10);
}
