import { openDatabase, type Database } from '../../src/store/database';
import { createSubscriptions } from '../../src/store/subscriptions';
import type { SubscriptionStore } from '../../src/contracts/subscription';
import { startPostgresServer, type PostgresServer } from '../support/postgres-server';
import { subscriptionsConformance } from './subscriptions';
import { emptyDatabase } from '../support/store/template';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgresServer();
});
afterAll(() => postgres.close());

describe.each([
  ['PGlite', async () => openDatabase({ template: await emptyDatabase() })],
  ['Postgres', async () => openDatabase({ url: await postgres.database('conformance') })],
])('persistent subscriptions on %s', (_name, open) => {
  let database: Database;
  let door: SubscriptionStore;
  beforeAll(async () => {
    database = await open();
    await database.migrate();
    door = createSubscriptions(database);
  });
  afterAll(() => database.close());
  subscriptionsConformance(() => ({ database, door }));
});
