import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { isPlatformError } from '../../src/contracts/errors';
import { readOptunaPostgres } from '../../src/store/optuna-postgres';
import { ended as endedWith } from '../support/cli';
import recorded from '../support/optuna/files/postgres.json';
import { asTold, recordedFile } from '../support/optuna/recorded';
import { startPostgresServer, type PostgresServer } from '../support/postgres-server';

let server: PostgresServer;
let address: string;
let database: Client;
beforeAll(async () => {
  server = await startPostgresServer();
  address = await server.database('optuna');
  database = new Client({ connectionString: address });
  await database.connect();
  await database.query(readFileSync(recordedFile('postgres.sql'), 'utf8'));
}, 60_000);
afterAll(async () => {
  await database.end();
  await server.close();
});

async function refusal(
  at: string,
  ...more: readonly [choose?: undefined, options?: { readonly statementMs: number }]
): Promise<string> {
  const failure: unknown = await readOptunaPostgres(at, ...more).catch((error: unknown) => error);
  return isPlatformError(failure) ? `${failure.code}: ${failure.message}` : String(failure);
}

/** Runs while something else stands in the tables, which is undone. */
async function changed<T>(change: string, back: string, act: () => Promise<T>): Promise<T> {
  await database.query(change);
  try {
    return await act();
  } finally {
    await database.query(back);
  }
}

test('a Postgres is read as Optuna 5.0.0 reads it, with the addresses of SQLAlchemy, too', async () => {
  expect(asTold(await readOptunaPostgres(address))).toEqual(recorded.studies);
  const [study, ...more] = await readOptunaPostgres(address.replace('postgres:', 'postgresql+psycopg2:'), () => 'two');
  expect([study?.name, more, study?.directions]).toEqual(['two', [], ['minimise', 'maximise']]);
  expect(study?.trials[0]?.begunAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
});

test('more rows than come in a batch are all read', async () => {
  const many = `INSERT INTO trial_params (param_id, trial_id, param_name, param_value, distribution_json)
    SELECT 10000 + at, 19, 'p' || at, at, '{"name": "IntDistribution", "attributes": {"low": 0, "high": 9999}}' FROM generate_series(1, 4000) AS at`;
  const params = await changed(many, `DELETE FROM trial_params WHERE trial_id = 19 AND param_name <> 'x'`, async () => {
    const [two] = await readOptunaPostgres(address, () => 'two');
    return two?.trials[0]?.params;
  });
  expect(Object.keys(params ?? {})).toHaveLength(4_001);
  expect(params?.['p4000']?.internal).toBe(4_000);
});

test('nothing can be written, and all tables are read in one state, whatever others commit between', async () => {
  const rule = `CREATE FUNCTION meddle() RETURNS text LANGUAGE sql AS $$ INSERT INTO version_info VALUES (2) RETURNING 'x' $$;
    ALTER TABLE studies RENAME TO kept; CREATE VIEW studies AS SELECT study_id, meddle() AS study_name FROM kept`;
  const undo = `DROP VIEW studies; ALTER TABLE kept RENAME TO studies; DROP FUNCTION meddle`;
  expect(await changed(rule, undo, () => refusal(address))).toMatch(/^invalid-import: .*read-only transaction$/);
  // the reader has begun when these are changed, and waits for the lock before it comes to them
  await database.query(`BEGIN; LOCK TABLE study_directions; UPDATE trials SET state = 'FAIL' WHERE study_id = 2`);
  const [two] = await readOptunaPostgres(address, () => {
    void database.query('COMMIT');
    return 'two';
  });
  expect(two?.trials.map(({ state }) => state)).toEqual(['complete', 'complete', 'complete']);
  await database.query(`UPDATE trials SET state = 'COMPLETE' WHERE study_id = 2`);
});

test.each<[string, string, string, string]>([
  [
    'other tables',
    'ALTER TABLE trial_values RENAME TO gone',
    'ALTER TABLE gone RENAME TO trial_values',
    'relation "trial_values" does not exist',
  ],
  [
    'older tables',
    'ALTER TABLE trial_values RENAME value_type TO gone',
    'ALTER TABLE trial_values RENAME gone TO value_type',
    'value_type is a text',
  ],
])('%s are said to be no tables of Optuna', async (_what, change, back, text) => {
  const said = await changed(change, back, () => refusal(address));
  expect(said).toMatch(
    /^invalid-import: Postgres at 127\.0\.0\.1:\d+, database optuna: expected the tables of Optuna 3/,
  );
  expect(said).toContain(text);
});

test('who cannot be reached, lets nobody in, or takes too long is said, without the password', async () => {
  const [nobody, wrong, missing] = ['127.0.0.1:1', ':secret@', '/nothing'];
  const said = [
    await refusal(`postgresql://mabeam:secret@${nobody}/optuna`),
    await refusal(address.replace(':mabeam@', wrong)),
    await refusal(address.replace('/optuna', missing)),
    await refusal('postgresql://mabeam:secret@127.0.0.1:port/optuna'),
    await changed('BEGIN; LOCK TABLE studies', 'ROLLBACK', () => refusal(address, undefined, { statementMs: 50 })),
  ];
  expect(said).toEqual([
    expect.stringMatching(/^source-unavailable: Postgres at 127\.0\.0\.1:1, database optuna: .*ECONNREFUSED/) as string,
    expect.stringMatching(/^invalid-request: .*password authentication failed.*PGPASSWORD/) as string,
    expect.stringMatching(/^invalid-request: .*database "nothing" does not exist/) as string,
    expect.stringMatching(/^invalid-request: expected an address such as postgresql:/) as string,
    expect.stringMatching(/^timeout: .*canceling statement due to statement timeout$/) as string,
  ]);
  expect(said.join('\n')).not.toContain('secret');
});

test('the command prints the trials, the password from PGPASSWORD, and no message has the address', async () => {
  const ended = (...args: readonly string[]) => endedWith(args, { readOptunaPostgres });
  const before = process.env['PGPASSWORD'];
  process.env['PGPASSWORD'] = 'mabeam';
  try {
    const bare = address.replace(':mabeam@', '@');
    const { code, out, err } = await ended(
      '-o',
      'jsonl',
      'study',
      'import',
      bare,
      '--study',
      'two',
      '--measure',
      'a,b',
    );
    expect([code, err]).toEqual([0, 'two: 3 trials that minimise a, maximise b\n']);
    expect(out.trimEnd().split('\n')).toHaveLength(3);
  } finally {
    if (before === undefined) delete process.env['PGPASSWORD'];
    else process.env['PGPASSWORD'] = before;
  }
  const several = await ended('study', 'import', address);
  expect([several.code, several.out]).toEqual([2, '']);
  expect(several.err).toContain('the database has mixed, two, empty: choose one with --study');
  const none = await ended('study', 'import', address, '--study', 'nope');
  expect([none.code, none.err]).toEqual([3, expect.stringContaining('the database has no study nope') as string]);
  expect(several.err + none.err).not.toContain('mabeam@');
});
