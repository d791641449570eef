import fc from 'fast-check';
import type { StudySpec, Trial } from '../../../../src/contracts/optimisation/study';
import { csvHeading, csvLine } from '../../../../src/domain/optimisation/trials-csv';
import { readCsv, textOf } from '../../../support/studies/csv';

const spec: Pick<StudySpec, 'space' | 'objective' | 'subjectTo'> = {
  space: {
    dimensions: {
      rate: { kind: 'float', low: -10, high: 1, log: false },
      kind: { kind: 'categorical', choices: ['a', 'b'] },
      depth: { kind: 'int', low: 1, high: 9, log: false, step: 1, when: { kind: 'b' } },
    },
  },
  objective: { measure: 'loss', direction: 'minimise' },
  subjectTo: { latency: { atMost: 5 } },
};
const trial: Trial = {
  number: 7,
  configuration: { rate: -1e-21, kind: 'a' },
  state: 'complete',
  ask: 0,
  attempts: 1,
  measures: { latency: 4, loss: 0.1 + 0.2, extra: 1, more: -2 },
  worker: 'host-1',
  attributes: { '=note': 'a,b' },
  feasible: true,
  askedAt: '2026-11-30T02:00:00.000Z',
  endedAt: '2026-11-30T02:00:01.000Z',
};
const cellOf = (kind: string) => {
  const [row = []] = readCsv(csvLine(spec, { ...trial, configuration: { rate: 0, kind } }));
  return row[3] ?? { text: '', isQuoted: false };
};

test('a line has a cell for each column of the heading, numbers to the last digit', () => {
  const [heading = [], row = []] = readCsv(csvHeading(spec) + csvLine(spec, trial));
  const read = Object.fromEntries(heading.map(({ text }, at) => [text, row[at]?.text]));
  expect(read).toEqual({
    number: '7',
    state: 'complete',
    'params.rate': '-1e-21',
    'params.kind': 'a',
    'params.depth': '',
    'measures.loss': '0.30000000000000004',
    'measures.latency': '4',
    feasible: 'true',
    otherMeasures: '{"extra":1,"more":-2}',
    attributes: '{"=note":"a,b"}',
    attempts: '1',
    worker: 'host-1',
    enqueued: '',
    ask: '0',
    askedAt: '2026-11-30T02:00:00.000Z',
    endedAt: '2026-11-30T02:00:01.000Z',
    errorCode: '',
    error: '',
  });
  expect(row).toHaveLength(heading.length);
});

test('a trial that failed says why, one that runs has no result', () => {
  const { measures: _none, feasible: _no, ...bare } = trial;
  const refusal = { code: 'evaluation-failed', message: 'line 1\nline "2", end' } as const;
  const [failed = []] = readCsv(csvLine(spec, { ...bare, state: 'failed', refusal }));
  expect(failed.slice(-2).map(({ text }) => textOf(text))).toEqual(['evaluation-failed', 'line 1\nline "2", end']);
  const [running = []] = readCsv(
    csvLine(spec, { number: 1, configuration: {}, state: 'running', attempts: 0, askedAt: 't' }),
  );
  expect(running.map(({ text }) => text)).toEqual([
    '1',
    'running',
    '',
    '',
    '',
    '',
    '',
    '',
    '',
    '',
    '0',
    '',
    '',
    '',
    't',
    '',
    '',
    '',
  ]);
});

test.each([
  ['=1+1', "'=1+1"],
  ['+41', "'+41"],
  ['-2', "'-2"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\uff1d1', "'\uff1d1"],
  ["'quoted", "''quoted"],
  ['=HYPERLINK("x","y")', '\'=HYPERLINK("x","y")'],
  ['\t=1', '"\\t=1"'],
  ['\r\n=1', '"\\r\\n=1"'],
  ['a\u0000b\u007f', '"a\\u0000b\\u007f"'],
  ['"=1', '"\\"=1"'],
])('no spreadsheet runs %j', (kind, written) => {
  expect(cellOf(kind).text).toBe(written);
  expect(textOf(cellOf(kind).text)).toBe(kind);
});

test('any text comes back as it was, and is one cell without a control character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (kind) => {
      const { text, isQuoted } = cellOf(kind);
      expect(textOf(text)).toBe(kind);
      expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      expect(kind === '').toBe(text === '' && isQuoted);
      expect(text).not.toMatch(/^[=+\-@]/);
    }),
    { seed: 5, numRuns: 2_000 },
  );
});
