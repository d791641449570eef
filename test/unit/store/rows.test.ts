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
