import { Client } from 'pg';
import { createFence } from '../../../src/fencing/fence';
import { admitRequest, FENCING_HEADER, fencingHeaders } from '../../../src/fencing/http';
import { FENCE_TABLE, withFence, type Sql } from '../../../src/fencing/postgres';
import { startPostgresServer, type PostgresServer } from '../../support/postgres-server';
import { gate } from '../../support/studies/gates';
import { codeOf } from '../../support/sets/harness';

let postgres: PostgresServer;
let address: string;
const clients: Client[] = [];
beforeAll(async () => {
  postgres = await startPostgresServer();
  address = await postgres.database('fencing');
}, 60_000);
afterAll(async () => {
  await Promise.all(clients.map((each) => each.end()));
  await postgres.close();
});

async function connected(): Promise<Client> {
  const client = new Client({ connectionString: address });
  clients.push(client);
  await client.connect();
  return client;
}

/** What an old and a new holder do, and what stands in the table then. */
async function story(sql: Sql): Promise<void> {
  await sql.query(FENCE_TABLE);
  await sql.query(FENCE_TABLE);
  await sql.query('CREATE TABLE notes (text text)');
  const write = (token: number, text: string) =>
    withFence(sql, { resource: 'page', token }, () => sql.query('INSERT INTO notes VALUES ($1)', [text]));
  await write(10, 'first');
  await write(10, 'again');
  await write(11, 'next');
  expect(await codeOf(write(10, 'late'))).toBe('stale-token');
  expect(await codeOf(write(0, 'none'))).toBe('invalid-request');
  const failing = withFence(sql, { resource: 'page', token: 20 }, async () => {
    await sql.query("INSERT INTO notes VALUES ('undone')");
    throw new Error('mine');
  });
  expect(await codeOf(failing)).toMatch(/mine/);
  // what was undone has fenced nobody
  await write(12, 'last');
  const { rows } = await sql.query('SELECT text FROM notes');
  expect(rows.map((row) => (row as { readonly text: string }).text)).toEqual(['first', 'again', 'next', 'last']);
}

test('LCK-2 an old token writes nothing', async () => {
  await story(await connected());
});

test('LCK-2 of two that write at once the older one waits for the newer, and is refused', async () => {
  const [older, newer] = [await connected(), await connected()];
  const [begun, held] = [gate(), gate()];
  const first = withFence(newer, { resource: 'both', token: 2 }, async () => {
    begun.open();
    await held.opened;
  });
  await begun.opened;
  const second = codeOf(withFence(older, { resource: 'both', token: 1 }, () => Promise.resolve()));
  held.open();
  await first;
  expect(await second).toBe('stale-token');
});

test('LCK-2 a gate of its own and the header of a request tell old tokens from new ones', () => {
  const fence = createFence('the arm', 5);
  const come = (value: string | readonly string[] | undefined): string => {
    try {
      admitRequest(fence, value);
      return 'passes';
    } catch (error) {
      return (error as { readonly code: string }).code;
    }
  };
  const header = fencingHeaders({ token: 7 })[FENCING_HEADER];
  expect([come('4'), come('5'), come(header), come('6'), come('7')]).toEqual([
    'stale-token',
    'passes',
    'passes',
    'stale-token',
    'passes',
  ]);
  expect(fence.newest).toBe(7);
  for (const odd of [undefined, '', '0', '-1', '1.5', '7 or so', ['8', '9'], '99999999999999999']) {
    expect(come(odd)).toBe('invalid-request');
  }
});
