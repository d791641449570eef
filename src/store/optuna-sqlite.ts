import type { Database, SQLiteValue } from 'node-sqlite3-wasm';
import { PlatformError, refuse } from '../contracts/errors';
import type { OptunaState, OptunaStudy, OptunaTrial } from '../contracts/optimisation/optuna';
import { constraintsOf } from '../domain/optimisation/optuna/constraints';
import { readDistribution } from '../domain/optimisation/optuna/distribution';
import { readPythonJson } from '../domain/optimisation/optuna/json';

type Row = Readonly<Record<string, SQLiteValue>>;

const STATES: Readonly<Record<string, OptunaState>> = {
  RUNNING: 'running',
  COMPLETE: 'complete',
  PRUNED: 'pruned',
  FAIL: 'failed',
  WAITING: 'waiting',
};
const INFINITE: Readonly<Record<string, number>> = { INF_POS: Infinity, INF_NEG: -Infinity };

/** A file that is not what it should be. */
class Odd extends Error {}

const textOf = (row: Row, name: string): string => {
  const value = row[name];
  if (typeof value === 'string') return value;
  throw new Odd(`${name} is a text; got ${String(value)}`);
};
const numberOf = (row: Row, name: string): number => {
  const value = row[name];
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  throw new Odd(`${name} is a number; got ${String(value)}`);
};
/** Optuna keeps UTC without saying so. */
const instantOf = (value: SQLiteValue | undefined): string | undefined =>
  typeof value === 'string' ? `${value.replace(' ', 'T')}Z` : undefined;

type Draft = { -readonly [K in keyof OptunaTrial]: OptunaTrial[K] } & { readonly attributes: Record<string, unknown> };

function draftOf(row: Row, at: number): Draft {
  const state = STATES[textOf(row, 'state')];
  if (state === undefined) throw new Odd(`the state of a trial is one of ${Object.keys(STATES).join(', ')}`);
  const [begunAt, endedAt] = [instantOf(row['datetime_start']), instantOf(row['datetime_complete'])];
  return {
    number: typeof row['number'] === 'number' ? row['number'] : at,
    state,
    params: {},
    values: [],
    constraints: {},
    attributes: {},
    ...(begunAt === undefined ? {} : { begunAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
  };
}

/** The rows of a table that belong to the trials of a study. */
function* rowsOf(database: Database, table: string, order: string, study: number): Iterable<Row> {
  const statement = database.prepare(
    `SELECT own.* FROM ${table} AS own JOIN trials ON trials.trial_id = own.trial_id WHERE trials.study_id = ? ORDER BY ${order}`,
  );
  try {
    for (const row of statement.iterate(study)) yield row as Row;
  } finally {
    statement.finalize();
  }
}

function trialsOf(database: Database, study: number): readonly OptunaTrial[] {
  const rows = database.all(
    'SELECT * FROM trials WHERE study_id = ? ORDER BY number, trial_id',
    study,
  ) as readonly Row[];
  const drafts = new Map(rows.map((row, at) => [numberOf(row, 'trial_id'), draftOf(row, at)]));
  const draft = (row: Row): Draft => {
    const found = drafts.get(numberOf(row, 'trial_id'));
    if (found === undefined) throw new Odd('a row belongs to no trial');
    return found;
  };
  for (const row of rowsOf(database, 'trial_params', 'own.param_id', study)) {
    const distribution = readDistribution(row['distribution_json']);
    const name = textOf(row, 'param_name');
    if (distribution === undefined) throw new Odd(`the distribution of ${name} cannot be read`);
    const trial = draft(row);
    trial.params = { ...trial.params, [name]: { internal: numberOf(row, 'param_value'), distribution } };
  }
  for (const row of rowsOf(database, 'trial_values', 'own.objective', study)) {
    const trial = draft(row);
    const value = INFINITE[textOf(row, 'value_type')] ?? (row['value'] === null ? NaN : numberOf(row, 'value'));
    trial.values = [...trial.values, value];
  }
  for (const row of rowsOf(database, 'trial_system_attributes', 'own.trial_system_attribute_id', study)) {
    const key = textOf(row, 'key');
    if (key.startsWith('constraints')) draft(row).attributes[key] = readPythonJson(textOf(row, 'value_json'));
  }
  return [...drafts.values()].map(({ attributes, ...trial }) => ({ ...trial, constraints: constraintsOf(attributes) }));
}

function studiesOf(database: Database): readonly OptunaStudy[] {
  const rows = database.all('SELECT study_id, study_name FROM studies ORDER BY study_id') as readonly Row[];
  return rows.map((row) => {
    const id = numberOf(row, 'study_id');
    const sql = 'SELECT direction FROM study_directions WHERE study_id = ? ORDER BY objective';
    const directions = (database.all(sql, id) as readonly Row[]).map((each) =>
      textOf(each, 'direction') === 'MAXIMIZE' ? ('maximise' as const) : ('minimise' as const),
    );
    return { name: textOf(row, 'study_name'), directions, trials: trialsOf(database, id) };
  });
}

/**
 * The studies in the SQLite file of Optuna's `RDBStorage`, from version 3 on, which is read by a WebAssembly SQLite and not
 * changed. While it is read a folder `<file>.lock` lies beside it, so that nobody writes.
 *
 * @throws PlatformError `invalid-import` for a file that is torn, or whose tables are not those of Optuna
 */
export async function readOptunaSqlite(file: string): Promise<readonly OptunaStudy[]> {
  // Loaded when it is needed: no other command pays for it.
  const { Database: Sqlite } = await import('node-sqlite3-wasm');
  let database: Database | undefined;
  try {
    database = new Sqlite(file, { fileMustExist: true, readOnly: true });
    return studiesOf(database);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const text = `${file}: expected an SQLite file of Optuna 3 or later (an older one: optuna storage upgrade); ${why}`;
    throw new PlatformError(refuse('invalid-import', text), error);
  } finally {
    database?.close();
  }
}
