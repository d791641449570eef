import { createVariableSets } from '../../../src/client/variable-sets';
import type { Temporal } from '../../../src/client/temporal';
import type { StoredEvent } from '../../../src/contracts/event-store';
import type { ReadModels } from '../../../src/contracts/read-models';

/** A space without a server: what is tested here reads the store only. */
const temporal = { space: 'test' } as unknown as Temporal;

function committed(position: number, set: string, version: number): StoredEvent {
  return {
    position,
    event: {
      specversion: '1.0',
      id: `1/${String(position)}`,
      source: `/spaces/test/variables/${set}`,
      type: 'set.committed',
      time: '2026-11-24T12:00:00.000Z',
      datacontenttype: 'application/json',
      dataschema: 'set.committed/1',
      sequence: String(position),
      partitionkey: set,
      data: { version, proposal: version - 1, changes: [], values: { x: version } },
    },
  };
}

const log = [committed(3, 'filter', 2), committed(5, 'other', 2), committed(8, 'filter', 3), committed(9, 'filter', 4)];
const asked: unknown[] = [];
const reads = {
  async *feed(request: Parameters<ReadModels['feed']>[0]) {
    asked.push(request);
    await Promise.resolve();
    for (const event of log) if (event.position > request.after) yield event;
  },
} as unknown as ReadModels;

test('changes are the versions of one set after a version, in order, and resume at a position', async () => {
  const set = createVariableSets(temporal, reads).at('filter');
  const seen: unknown[] = [];
  for await (const change of set.changes({ after: 2 })) seen.push([change.version, change.position, change.values]);
  expect(seen).toEqual([
    [3, 8, { x: 3 }],
    [4, 9, { x: 4 }],
  ]);
  const resumed: number[] = [];
  for await (const change of set.changes({ position: 8 })) resumed.push(change.version);
  expect(resumed).toEqual([4]);
  expect(asked).toEqual([
    { space: 'test', after: 0, types: ['set.committed'] },
    { space: 'test', after: 8, types: ['set.committed'] },
  ]);
});

test('without a reader of the store what needs it says so', async () => {
  const sets = createVariableSets(temporal, undefined);
  const set = sets.at('filter');
  await expect(set.why('x')).rejects.toMatchObject({ code: 'reads-unavailable' });
  await expect(sets.list()).rejects.toMatchObject({ code: 'reads-unavailable' });
  await expect(set.changes()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'reads-unavailable' });
  expect(() => sets.at('a:b')).toThrow(expect.objectContaining({ code: 'invalid-id' }) as Error);
});
