import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from 'node-sqlite3-wasm';
import { isPlatformError } from '../../../src/contracts/errors';
import { readOptunaSqlite } from '../../../src/store/optuna-sqlite';
import { asTold, recordedFile, toldByOptuna } from '../../support/optuna/recorded';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'optuna-'));
  file = join(folder, 'studies.db');
  copyFileSync(recordedFile('studies.db'), file);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Changes the copy. */
function change(sql: string): void {
  const database = new Database(file);
  database.exec(sql);
  database.close();
}

async function refusal(): Promise<string> {
  const failure: unknown = await readOptunaSqlite(file).catch((error: unknown) => error);
  return isPlatformError(failure) ? `${failure.code}: ${failure.message}` : String(failure);
}

test('an SQLite file is read as Optuna 5.0.0 reads it, and left as it was', async () => {
  expect(asTold(await readOptunaSqlite(file))).toEqual(toldByOptuna.sqlite);
  expect(readFileSync(file).equals(readFileSync(recordedFile('studies.db')))).toBe(true);
  expect(existsSync(`${file}.lock`)).toBe(false);
});

test('instants are UTC', async () => {
  const [study] = await readOptunaSqlite(file);
  expect(study?.trials[0]?.begunAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
});

test('constraints of before Optuna 5 are read, infinite ones too', async () => {
  change(
    `INSERT INTO trial_system_attributes (trial_id, key, value_json) VALUES (1, 'constraints', '[0.5, -Infinity]');
     INSERT INTO trial_system_attributes (trial_id, key, value_json) VALUES (1, 'other', 'no JSON')`,
  );
  const [study] = await readOptunaSqlite(file);
  expect(study?.trials[0]?.constraints).toMatchObject({ '0': 0.5, '1': -Infinity });
});

test('user attributes of the study and of its trials are read', async () => {
  change(
    `INSERT INTO trial_user_attributes (trial_id, key, value_json) VALUES (1, 'other', '[NaN]');
     INSERT INTO study_user_attributes (study_id, key, value_json) VALUES (1, 'owner', '{"of": ["ann", NaN]}')`,
  );
  const [study] = await readOptunaSqlite(file);
  expect(study?.attributes).toMatchObject({ owner: { of: ['ann', null] } });
  expect(study?.trials[0]?.attributes).toEqual({ note: 'a "quoted"\nline', other: [null] });
});

test.each<[string, () => void, string]>([
  ['a torn file', () => truncateSync(file, 20_000), 'expected an SQLite file of Optuna 3 or later'],
  [
    'a file of something else',
    () => writeFileSync(file, 'SQLite format 3\0 not at all, but long enough to be looked at'.repeat(99)),
    'expected an SQLite file',
  ],
  ['other tables', () => change('DROP TABLE trial_params'), 'no such table: trial_params'],
  ['an older table', () => change('ALTER TABLE trial_values DROP COLUMN value_type'), 'value_type is a text'],
  [
    'an unknown state',
    () => change("UPDATE trials SET state = 'DREAMING' WHERE trial_id = 2"),
    'the state of a trial is one of RUNNING',
  ],
  [
    'an unknown distribution',
    () => change("UPDATE trial_params SET distribution_json = '{}' WHERE param_id = 3"),
    'the distribution of quarter cannot be read',
  ],
  [
    'a value that is none',
    () => change("UPDATE trial_params SET param_value = 'x' WHERE param_id = 3"),
    'param_value is a number; got x',
  ],
  ['no file', () => rmSync(file), 'expected an SQLite file'],
])('%s is said to be one', async (_what, spoil, text) => {
  spoil();
  const said = await refusal();
  expect(said).toContain(`invalid-import: ${file}: `);
  expect(said).toContain(text);
});
