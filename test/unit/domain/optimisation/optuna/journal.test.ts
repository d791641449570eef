import { isRefusal } from '../../../../../src/contracts/errors';
import type { OptunaStudy } from '../../../../../src/contracts/optimisation/optuna';
import { readJournal } from '../../../../../src/domain/optimisation/optuna/journal';
import { asTold, journalLines, toldByOptuna } from '../../../../support/optuna/recorded';

/** Reads lines; a refusal as its code and message. */
function read(lines: readonly string[]): readonly OptunaStudy[] | string {
  const reader = readJournal();
  for (const line of lines) {
    const odd = reader.take(line);
    if (odd !== undefined) return `${odd.code}: ${odd.message}`;
  }
  const studies = reader.studies();
  return isRefusal(studies) ? `${studies.code}: ${studies.message}` : studies;
}

const log = (fields: object): string => JSON.stringify({ worker_id: 'w', ...fields });
const FLOAT = JSON.stringify({ name: 'FloatDistribution', attributes: { low: 0, high: 1, log: false, step: null } });
const INT = JSON.stringify({ name: 'IntDistribution', attributes: { low: 0, high: 1, log: false, step: 1 } });
const begun = [
  log({ op_code: 0, study_name: 's', directions: [1] }),
  log({ op_code: 4, study_id: 0, datetime_start: null }),
  log({ op_code: 5, trial_id: 0, param_name: 'x', param_value_internal: 0.5, distribution: FLOAT }),
];
const ended = log({ op_code: 6, trial_id: 0, state: 1, values: [2], datetime_complete: '2026-11-30T02:00:00+00:00' });

test('a journal is read as Optuna 5.0.0 reads it', () => {
  expect(asTold(read(journalLines()) as readonly OptunaStudy[])).toEqual(toldByOptuna.journal);
});

test('what Optuna passes over is passed over', () => {
  const passed = [
    log({ op_code: 0, study_name: 's', directions: [2] }),
    log({ op_code: 4, study_id: 7, datetime_start: null }),
    log({ op_code: 5, trial_id: 0, param_name: 'x', param_value_internal: 1, distribution: INT }),
    ended,
    log({ op_code: 6, trial_id: 0, state: 3, values: null, datetime_complete: 'x' }),
    log({ op_code: 9, trial_id: 0, system_attr: { constraints: [9] } }),
    log({ op_code: 6, trial_id: 5, state: 3, values: null, datetime_complete: 'x' }),
    log({ op_code: 10, study_id: 0 }),
  ];
  const [study, ...more] = read([...begun, ...passed]) as readonly OptunaStudy[];
  expect(more).toEqual([]);
  expect(study).toMatchObject({ name: 's', directions: ['minimise'] });
  expect(study?.trials).toEqual([
    {
      number: 0,
      state: 'complete',
      params: { x: { internal: 0.5, distribution: { kind: 'float', low: 0, high: 1, log: false } } },
      values: [2],
      constraints: {},
      endedAt: '2026-11-30T02:00:00+00:00',
    },
  ]);
});

test('constraints are read in the form before Optuna 5, too; one that is no number is kept as none', () => {
  const attributes = [
    log({ op_code: 9, trial_id: 0, system_attr: { constraints: [0.5, null] } }),
    log({ op_code: 9, trial_id: 0, system_attr: { 'constraints:own': -1 } }),
  ];
  const [study] = read([...begun, ...attributes, ended]) as readonly OptunaStudy[];
  expect(study?.trials[0]?.constraints).toEqual({ '0': 0.5, '1': NaN, own: -1 });
});

test('user attributes of a study and of a trial that goes on are read, the last of a name', () => {
  const noted = [
    log({ op_code: 2, study_id: 0, user_attr: { owner: 'ann' } }),
    log({ op_code: 2, study_id: 7, user_attr: { owner: 'nobody' } }),
    log({ op_code: 8, trial_id: 0, user_attr: { note: 1, deep: { a: [1] } } }),
    log({ op_code: 8, trial_id: 0, user_attr: { note: 2 } }),
    ended,
    log({ op_code: 8, trial_id: 0, user_attr: { note: 3 } }),
  ];
  const [study] = read([...begun, ...noted]) as readonly OptunaStudy[];
  expect(study?.attributes).toEqual({ owner: 'ann' });
  expect(study?.trials[0]?.attributes).toEqual({ note: 2, deep: { a: [1] } });
  expect(read([...begun, log({ op_code: 8, trial_id: 0, user_attr: 1 }), ended])).toContain('user_attr, an object');
});

test('a last line that was not written to its end is passed over', () => {
  expect(read([...begun, ended.slice(0, 40)])).toMatchObject([{ trials: [{ state: 'running' }] }]);
});

test.each<[string, readonly string[], string]>([
  ['an empty file', [], 'the file is empty: an Optuna journal was expected'],
  [
    'a file of something else',
    ['number,value', '1,2'],
    'line 1: expected a line of an Optuna journal, with an object in JSON; got',
  ],
  ['one line of something else', ['{"a":1}'], 'line 1: expected a line of an Optuna journal, with op_code'],
  [
    'a line torn in the middle',
    [...begun, '{"op_code":6,"tr', ended],
    'line 4: expected a line of an Optuna journal, with an object in JSON',
  ],
  [
    'an unknown operation',
    [...begun, log({ op_code: 11 }), ended],
    'line 4: expected a line of an Optuna journal, with op_code, a number from 0 to 10',
  ],
  [
    'an unknown state',
    [...begun, log({ op_code: 6, trial_id: 0, state: 9, values: null }), ended],
    'with state, a number from 0 to 4',
  ],
  ['a study without a name', [log({ op_code: 0, directions: [1] }), ended], 'with study_name, a text'],
  ['a study without directions', [log({ op_code: 0, study_name: 's' }), ended], 'with directions, a list'],
  ['a trial of no study', [...begun, log({ op_code: 4 }), ended], 'with study_id, a whole number'],
  [
    'values that are no numbers',
    [...begun, log({ op_code: 6, trial_id: 0, state: 1, values: ['2'] }), ended],
    'with values, a number',
  ],
  [
    'values that are no list',
    [...begun, log({ op_code: 6, trial_id: 0, state: 1, values: 2 }), ended],
    'with values, a list of numbers',
  ],
  [
    'a parameter without a distribution',
    [...begun, log({ op_code: 5, trial_id: 0, param_name: 'y', param_value_internal: 1 }), ended],
    'with distribution',
  ],
  ['an attribute that is none', [...begun, log({ op_code: 9, trial_id: 0 }), ended], 'with system_attr, an object'],
])('%s is said to be one', (_what, lines, text) => {
  expect(read(lines)).toContain(`invalid-import: `);
  expect(read(lines)).toContain(text);
});

test('a deleted study is gone, its number is not given again', () => {
  const lines = [
    ...begun,
    log({ op_code: 1, study_id: 0 }),
    log({ op_code: 0, study_name: 't', directions: [2] }),
    log({ op_code: 4, study_id: 1, datetime_start: null, state: 1, value: 3, values: null }),
    log({ op_code: 5, trial_id: 0, param_name: 'x', param_value_internal: 1, distribution: FLOAT }),
  ];
  expect(read(lines)).toMatchObject([{ name: 't', directions: ['maximise'], trials: [{ number: 0, values: [3] }] }]);
});
