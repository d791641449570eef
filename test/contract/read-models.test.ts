import { openDatabase, type Database } from '../../src/store/database';
import { startPostgresServer, type PostgresServer } from '../support/postgres-server';
import { emptyDatabase } from '../support/store/template';
import { readModelsConformance } from './read-models';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgresServer();
});
afterAll(() => postgres.close());

describe.each([
  ['PGlite', async () => openDatabase({ template: await emptyDatabase() })],
  ['Postgres', async () => openDatabase({ url: await postgres.database('reads') })],
])('the read models on %s', (_name, open) => {
  let database: Database;
  beforeAll(async () => {
    database = await open();
    await database.migrate();
  });
  afterAll(() => database.close());
  readModelsConformance(() => database);
});
