import type { OptunaState, OptunaStudy, OptunaTrial } from '../contracts/optimisation/optuna';
import { constraintsOf } from '../domain/optimisation/optuna/constraints';
import { readDistribution } from '../domain/optimisation/optuna/distribution';
import { readPythonJson } from '../domain/optimisation/optuna/json';

/** A row by the names of its columns, as the database gives it. */
export type Row = Readonly<Record<string, unknown>>;

/** The tables of Optuna's `RDBStorage`, in one state. */
export interface OptunaTables {
  /** The rows of a query in the SQL that all databases know; `study` is its `$1`. */
  rows(sql: string, study?: number): Iterable<Row> | AsyncIterable<Row>;
}

/** Which study is read, of these. @throws PlatformError when it is none of them, or nobody said which */
export type Choose = (names: readonly string[]) => string;

const STATES: Readonly<Record<string, OptunaState>> = {
  RUNNING: 'running',
  COMPLETE: 'complete',
  PRUNED: 'pruned',
  FAIL: 'failed',
  WAITING: 'waiting',
};
const INFINITE: Readonly<Record<string, number>> = { INF_POS: Infinity, INF_NEG: -Infinity };

/** Tables that are not what they should be. */
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
const instantOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? `${value.replace(' ', 'T')}Z` : undefined;

interface Draft {
  readonly told: Omit<OptunaTrial, 'params' | 'values' | 'constraints' | 'attributes'>;
  readonly params: Map<string, OptunaTrial['params'][string]>;
  readonly values: number[];
  readonly attributes: Map<string, unknown>;
  /** User attributes. */
  readonly noted: Map<string, unknown>;
}

function draftOf(row: Row, at: number): Draft {
  const state = STATES[textOf(row, 'state')];
  if (state === undefined) throw new Odd(`the state of a trial is one of ${Object.keys(STATES).join(', ')}`);
  const [begunAt, endedAt] = [instantOf(row['datetime_start']), instantOf(row['datetime_complete'])];
  const told = {
    number: typeof row['number'] === 'number' ? row['number'] : at,
    state,
    ...(begunAt === undefined ? {} : { begunAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
  };
  return { told, params: new Map(), values: [], attributes: new Map(), noted: new Map() };
}

/** What was noted, when something was. */
const notedOf = (noted: ReadonlyMap<string, unknown>): Pick<OptunaTrial, 'attributes'> =>
  noted.size === 0 ? {} : { attributes: Object.fromEntries(noted) };

const trialOf = ({ told, params, values, attributes, noted }: Draft): OptunaTrial => ({
  ...told,
  params: Object.fromEntries(params),
  values,
  constraints: constraintsOf(Object.fromEntries(attributes)),
  ...notedOf(noted),
});

async function trialsOf(tables: OptunaTables, study: number): Promise<readonly OptunaTrial[]> {
  const drafts = new Map<number, Draft>();
  for await (const row of tables.rows('SELECT * FROM trials WHERE study_id = $1 ORDER BY number, trial_id', study))
    drafts.set(numberOf(row, 'trial_id'), draftOf(row, drafts.size));
  const draft = (row: Row): Draft => {
    const found = drafts.get(numberOf(row, 'trial_id'));
    if (found === undefined) throw new Odd('a row belongs to no trial');
    return found;
  };
  /** The rows of a table that belong to the trials of the study. */
  const own = (table: string, order: string): ReturnType<OptunaTables['rows']> =>
    tables.rows(
      `SELECT own.* FROM ${table} AS own JOIN trials ON trials.trial_id = own.trial_id WHERE trials.study_id = $1 ORDER BY own.${order}`,
      study,
    );
  for await (const row of own('trial_params', 'param_id')) {
    const distribution = readDistribution(row['distribution_json']);
    const name = textOf(row, 'param_name');
    if (distribution === undefined) throw new Odd(`the distribution of ${name} cannot be read`);
    draft(row).params.set(name, { internal: numberOf(row, 'param_value'), distribution });
  }
  for await (const row of own('trial_values', 'objective')) {
    const value = INFINITE[textOf(row, 'value_type')] ?? (row['value'] === null ? NaN : numberOf(row, 'value'));
    draft(row).values.push(value);
  }
  for await (const row of own('trial_system_attributes', 'trial_system_attribute_id')) {
    const key = textOf(row, 'key');
    if (key.startsWith('constraints')) draft(row).attributes.set(key, readPythonJson(textOf(row, 'value_json')));
  }
  for await (const row of own('trial_user_attributes', 'trial_user_attribute_id'))
    draft(row).noted.set(textOf(row, 'key'), readPythonJson(textOf(row, 'value_json')));
  return [...drafts.values()].map(trialOf);
}

async function notesOf(tables: OptunaTables, study: number): Promise<Pick<OptunaStudy, 'attributes'>> {
  const noted = new Map<string, unknown>();
  const sql = 'SELECT key, value_json FROM study_user_attributes WHERE study_id = $1 ORDER BY study_user_attribute_id';
  for await (const row of tables.rows(sql, study))
    noted.set(textOf(row, 'key'), readPythonJson(textOf(row, 'value_json')));
  return notedOf(noted);
}

async function directionsOf(tables: OptunaTables, study: number): Promise<OptunaStudy['directions']> {
  const directions: OptunaStudy['directions'][number][] = [];
  const sql = 'SELECT direction FROM study_directions WHERE study_id = $1 ORDER BY objective';
  for await (const row of tables.rows(sql, study))
    directions.push(textOf(row, 'direction') === 'MAXIMIZE' ? 'maximise' : 'minimise');
  return directions;
}

/**
 * The studies in the tables of Optuna's `RDBStorage`, from version 3 on, whichever database has them.
 *
 * @param choose names the one that is read; without it all are
 * @throws Error that says what is not as Optuna keeps it, in words; and whatever `tables` and `choose` throw
 */
export async function studiesIn(tables: OptunaTables, choose?: Choose): Promise<readonly OptunaStudy[]> {
  const all: { readonly id: number; readonly name: string }[] = [];
  for await (const row of tables.rows('SELECT study_id, study_name FROM studies ORDER BY study_id'))
    all.push({ id: numberOf(row, 'study_id'), name: textOf(row, 'study_name') });
  const chosen = choose?.(all.map(({ name }) => name));
  const studies: OptunaStudy[] = [];
  for (const { id, name } of all) {
    if (chosen !== undefined && name !== chosen) continue;
    const [directions, noted] = [await directionsOf(tables, id), await notesOf(tables, id)];
    studies.push({ name, directions, ...noted, trials: await trialsOf(tables, id) });
  }
  return studies;
}
