import type { Happened } from '../../../src/store/read-models/fold';
import { foldRow } from '../../../src/store/read-models/rows';
import type { RowRecord } from '../../../src/store/tables';

const happened = (position: number, type: string, data: Happened['data']): Happened => ({
  ...{ space: 'demo', kind: 'study', name: 's', stream: 'demo:study:s~1', generation: 1, time: 'now' },
  ...{ position, sequence: position, type, data },
});

test('a study that goes on after its end runs again in the lists, in the same life', () => {
  const told: readonly [string, Happened['data']][] = [
    ['entity.started', { owner: 'o', firstRunId: 'run-1', summary: 'fresh' }],
    ['study.ended', { state: 'finished' }],
    ['entity.ended', { reason: { kind: 'normal' } }],
    ['study.extended', { times: 1, firstRunId: 'run-2' }],
    ['study.ended', { state: 'finished' }],
    ['entity.ended', { reason: { kind: 'normal' } }],
  ];
  let row: RowRecord | undefined;
  const seen = told.map(([type, data], at) => {
    row = foldRow(row, happened(at + 1, type, data));
    return [row.status, row.hasEnded, row.firstRunId, row.generation];
  });
  expect(seen.slice(2)).toEqual([
    ['finished', true, 'run-1', 1],
    ['running', false, 'run-2', 1],
    ['finished', false, 'run-2', 1],
    ['finished', true, 'run-2', 1],
  ]);
});

test('a counter is listed with its number, and one that was lost runs again when its next use has it go on', () => {
  const told: readonly [string, Happened['data']][] = [
    ['entity.started', { owner: 'o', firstRunId: 'run-1', summary: 'Counter at 0, at most 9' }],
    ['counter.added', { by: 2, value: 2, summary: '2, at most 9' }],
    ['entity.lost', {}],
    ['counter.wentOn', { firstRunId: 'run-2', value: 2, summary: '2, at most 9' }],
    ['counter.reset', { before: 2, value: 0, summary: '0, at most 9' }],
    ['counter.deleted', { value: 0, summary: '0, at most 9' }],
    ['entity.ended', { reason: { kind: 'normal' } }],
  ];
  let row: RowRecord | undefined;
  const seen = told.map(([type, data], at) => {
    row = foldRow(row, happened(at + 1, type, data));
    return [row.status, row.hasEnded, row.firstRunId, row.summary];
  });
  expect(seen.slice(1)).toEqual([
    ['running', false, 'run-1', '2, at most 9'],
    ['failed', true, 'run-1', 'lost: it was ended from outside'],
    ['running', false, 'run-2', '2, at most 9'],
    ['running', false, 'run-2', '0, at most 9'],
    ['running', false, 'run-2', '0, at most 9'],
    ['stopped', true, 'run-2', '0, at most 9'],
  ]);
});
