import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OptunaState, OptunaStudy, OptunaTrial } from '../../../src/contracts/optimisation/optuna';
import { valueOf } from '../../../src/domain/optimisation/optuna/distribution';
import recorded from './files/studies.json';

/** Where a recorded file is. */
export const recordedFile = (name: 'journal.log' | 'studies.db' | 'postgres.sql'): string =>
  join(__dirname, 'files', name);

/** The lines of the recorded journal. */
export const journalLines = (): readonly string[] =>
  readFileSync(recordedFile('journal.log'), 'utf8').trimEnd().split('\n');

const STATES: Readonly<Record<OptunaState, string>> = {
  running: 'RUNNING',
  complete: 'COMPLETE',
  pruned: 'PRUNED',
  failed: 'FAIL',
  waiting: 'WAITING',
};

const finite = (value: number): unknown => (Number.isFinite(value) ? value : value > 0 ? 'inf' : '-inf');

function trialAsTold({ number, state, params, values, constraints }: OptunaTrial): unknown {
  const entries = Object.entries(params).map(([name, { internal, distribution }]) => [
    name,
    valueOf(distribution, internal),
  ]);
  return {
    number,
    state: STATES[state],
    params: Object.fromEntries(entries) as unknown,
    values: values.length === 0 ? null : values.map(finite),
    constraints,
  };
}

/** Studies as the recorder wrote down what Optuna itself reads. */
export function asTold(studies: readonly OptunaStudy[]): unknown {
  const entries = studies.map(({ name, directions, trials }) => [
    name,
    {
      directions: directions.map((each) => (each === 'minimise' ? 'MINIMIZE' : 'MAXIMIZE')),
      trials: trials.map(trialAsTold),
    },
  ]);
  return Object.fromEntries(entries) as unknown;
}

/** What Optuna itself reads from the recorded files. */
export const toldByOptuna: { readonly journal: unknown; readonly sqlite: unknown } = recorded;
