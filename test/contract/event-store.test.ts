import { openDatabase, type Database } from '../../src/store/database';
import { startPostgresServer, type PostgresServer } from '../support/postgres-server';
import { eventStoreConformance } from './event-store';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgresServer();
});
afterAll(() => postgres.close());

describe.each([
  ['PGlite', () => Promise.resolve(openDatabase({}))],
  ['Postgres', async () => openDatabase({ url: await postgres.database('conformance') })],
])('the event store on %s', (_name, open) => {
  let database: Database;
  beforeAll(async () => {
    database = await open();
    await database.migrate();
  });
  afterAll(() => database.close());
  eventStoreConformance(() => database);
});
