import { refuse, type Refusal } from '../../../contracts/errors';
import { show } from '../../../contracts/ids';
import type { OptunaDistribution, OptunaState, OptunaStudy } from '../../../contracts/optimisation/optuna';
import { constraintsOf } from './constraints';
import { canFollow, readDistribution } from './distribution';
import { recordOf } from '../../record';
import { readPythonJson } from './json';

type Log = Readonly<Record<string, unknown>>;

interface Trial {
  readonly study: number;
  readonly number: number;
  state: OptunaState;
  params: Record<string, { internal: number; distribution: OptunaDistribution }>;
  values: readonly number[];
  attributes: Record<string, unknown>;
  /** User attributes. */
  noted: Record<string, unknown>;
  begunAt?: string;
  endedAt?: string;
}

interface Study {
  readonly name: string;
  readonly directions: OptunaStudy['directions'];
  readonly trials: number[];
  /** User attributes. */
  readonly noted: Record<string, unknown>;
  /** What each parameter was when it first came. */
  readonly first: Map<string, OptunaDistribution>;
}

/** Everything that a journal has told so far. */
interface Told {
  readonly studies: Map<number, Study>;
  /** How many studies there ever were: the number of the next. */
  created: number;
  readonly trials: Trial[];
}

const STATES: readonly OptunaState[] = ['running', 'complete', 'pruned', 'failed', 'waiting'];
const DIRECTIONS = ['minimise', 'minimise', 'maximise'] as const;

/** What a line lacks; a line that is missing something is no line of a journal. */
class Odd extends Error {}

const wanted = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw new Odd(what);
  return value;
};
const wholeOf = (log: Log, name: string): number =>
  wanted(Number.isSafeInteger(log[name]) ? (log[name] as number) : undefined, `${name}, a whole number`);
const textOf = (log: Log, name: string): string =>
  wanted(typeof log[name] === 'string' ? log[name] : undefined, `${name}, a text`);
const stateOf = (value: unknown): OptunaState =>
  wanted(typeof value === 'number' ? STATES[value] : undefined, 'state, a number from 0 to 4');
const distributionOf = (value: unknown): OptunaDistribution =>
  wanted(readDistribution(value), 'distribution, the JSON of a distribution');
const numberOf = (value: unknown, name: string): number =>
  wanted(typeof value === 'number' ? value : undefined, `${name}, a number`);

function valuesOf(log: Log): readonly number[] | undefined {
  const given = log['values'] ?? (log['value'] === null || log['value'] === undefined ? undefined : [log['value']]);
  if (given === undefined) return undefined;
  if (!Array.isArray(given)) throw new Odd('values, a list of numbers');
  return given.map((value) => (value === null ? NaN : numberOf(value, 'values')));
}

const isOver = ({ state }: Trial): boolean => state !== 'running' && state !== 'waiting';

/** The trial that a line changes; nothing for one that is not there or has ended: Optuna passes over such a line, too. */
function changed({ trials }: Told, log: Log): Trial | undefined {
  const trial = trials[wholeOf(log, 'trial_id')];
  return trial === undefined || isOver(trial) ? undefined : trial;
}

function createStudy(told: Told, log: Log): void {
  const name = textOf(log, 'study_name');
  const { directions } = log;
  if (!Array.isArray(directions)) throw new Odd('directions, a list');
  if ([...told.studies.values()].some((each) => each.name === name)) return;
  told.studies.set(told.created++, {
    name,
    directions: directions.map((each) => DIRECTIONS[Number(each)] ?? 'minimise'),
    trials: [],
    noted: {},
    first: new Map(),
  });
}

function createTrial(told: Told, log: Log): void {
  const id = wholeOf(log, 'study_id');
  const study = told.studies.get(id);
  if (study === undefined) return;
  const params = Object.entries(recordOf(log['params']) ?? {}).map(([name, internal]) => {
    const distribution = distributionOf(recordOf(log['distributions'])?.[name]);
    return [name, { internal: numberOf(internal, name), distribution }] as const;
  });
  const [begunAt, endedAt] = [log['datetime_start'], log['datetime_complete']];
  for (const [name, { distribution }] of params) if (!study.first.has(name)) study.first.set(name, distribution);
  study.trials.push(told.trials.length);
  told.trials.push({
    study: id,
    number: study.trials.length - 1,
    state: log['state'] === undefined ? 'running' : stateOf(log['state']),
    params: Object.fromEntries(params),
    values: valuesOf(log) ?? [],
    attributes: { ...recordOf(log['system_attrs']) },
    noted: { ...recordOf(log['user_attrs']) },
    ...(typeof begunAt === 'string' ? { begunAt } : {}),
    ...(typeof endedAt === 'string' ? { endedAt } : {}),
  });
}

function setParam(told: Told, log: Log): void {
  const name = textOf(log, 'param_name');
  const internal = numberOf(log['param_value_internal'], 'param_value_internal');
  const distribution = distributionOf(log['distribution']);
  const trial = changed(told, log);
  const first = told.studies.get(trial?.study ?? NaN)?.first;
  const before = first?.get(name);
  // Optuna does not take it either
  if (trial === undefined || (before !== undefined && !canFollow(before, distribution))) return;
  if (before === undefined) first?.set(name, distribution);
  trial.params[name] = { internal, distribution };
}

function setState(told: Told, log: Log): void {
  const state = stateOf(log['state']);
  const values = valuesOf(log);
  const trial = changed(told, log);
  if (trial === undefined) return;
  const [begunAt, endedAt] = [log['datetime_start'], log['datetime_complete']];
  trial.state = state;
  if (values !== undefined) trial.values = values;
  if (typeof begunAt === 'string') trial.begunAt = begunAt;
  if (typeof endedAt === 'string') trial.endedAt = endedAt;
}

const userAttribute = (log: Log): Log => wanted(recordOf(log['user_attr']), 'user_attr, an object');
const NOTHING = (): void => undefined;

/** What the operations do, by their number in Optuna's `JournalOperation`. What we do not keep changes nothing. */
const OPERATIONS: readonly ((told: Told, log: Log) => void)[] = [
  createStudy,
  (told, log) => void told.studies.delete(wholeOf(log, 'study_id')),
  (told, log) => {
    const attribute = userAttribute(log);
    Object.assign(told.studies.get(wholeOf(log, 'study_id'))?.noted ?? {}, attribute);
  },
  NOTHING,
  createTrial,
  setParam,
  setState,
  NOTHING,
  (told, log) => {
    const attribute = userAttribute(log);
    Object.assign(changed(told, log)?.noted ?? {}, attribute);
  },
  (told, log) => {
    const attribute = wanted(recordOf(log['system_attr']), 'system_attr, an object');
    Object.assign(changed(told, log)?.attributes ?? {}, attribute);
  },
  NOTHING,
];

function readLine(told: Told, text: string): Refusal | undefined {
  const no = (what: string): Refusal =>
    refuse('invalid-import', `expected a line of an Optuna journal, with ${what}; got ${show(text.slice(0, 100))}`);
  let log: Log | undefined;
  try {
    log = recordOf(readPythonJson(text));
  } catch {
    return no('an object in JSON');
  }
  const act = typeof log?.['op_code'] === 'number' ? OPERATIONS[log['op_code']] : undefined;
  if (log === undefined || act === undefined) return no('op_code, a number from 0 to 10');
  try {
    act(told, log);
    return undefined;
  } catch (error) {
    if (error instanceof Odd) return no(error.message);
    throw error;
  }
}

/** What was noted, when something was. */
const notedOf = (noted: Log): { readonly attributes?: Log } =>
  Object.keys(noted).length === 0 ? {} : { attributes: noted };

function toldStudy({ trials }: Told, { name, directions, trials: own, noted: ofStudy }: Study): OptunaStudy {
  return {
    name,
    directions,
    ...notedOf(ofStudy),
    trials: own.flatMap((at) => {
      const trial = trials[at];
      if (trial === undefined) return [];
      const { study: _of, attributes, noted, ...rest } = trial;
      return [{ ...rest, constraints: constraintsOf(attributes), ...notedOf(noted) }];
    }),
  };
}

/** A journal as it is read, line by line. */
export interface JournalReader {
  /** Takes a line. What is wrong with it is told only when another one comes: the last may be half written. */
  take(line: string): Refusal | undefined;
  /** What the journal told. */
  studies(): readonly OptunaStudy[] | Refusal;
}

/**
 * Reads the file of Optuna's `JournalStorage`: the operations one by one, as `JournalStorageReplayResult` of Optuna 5.0.0 does.
 * What Optuna passes over is passed over: changes of trials that have ended or are not there, a second study of a name, a
 * parameter whose kind differs from the trials before, a last line that was not written to its end. System attributes
 * other than constraints, and intermediate values, are not kept.
 *
 * @returns a reader that answers `invalid-import` with the number of the line
 */
export function readJournal(): JournalReader {
  const told: Told = { studies: new Map(), created: 0, trials: [] };
  let number = 0;
  let odd: Refusal | undefined;
  return {
    take: (line) => {
      if (odd !== undefined) return odd;
      number += 1;
      const wrong = readLine(told, line);
      if (wrong !== undefined) odd = { ...wrong, message: `line ${String(number)}: ${wrong.message}` };
      return undefined;
    },
    studies: () => {
      if (told.created === 0)
        return odd ?? refuse('invalid-import', 'the file is empty: an Optuna journal was expected');
      return [...told.studies.values()].map((each) => toldStudy(told, each));
    },
  };
}
