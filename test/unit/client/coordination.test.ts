import { createCoordination } from '../../../src/client/coordination';
import { MAX_LOOKED } from '../../../src/contracts/coordination/reader';

test('what is asked for is looked at, also where there are more held things than are looked at', async () => {
  const held = Array.from({ length: MAX_LOOKED + 1 }, (_each, at) => ({
    kind: 'lock',
    name: `lock-${String(at)}`,
    status: 'held',
  }));
  const reads = {
    list: ({ kind }: { kind: string }) =>
      Promise.resolve({ items: held.filter((row) => row.kind === kind), position: 1 }),
  };
  const holder = { session: 'ann', since: '2026-01-01T00:00:00.000Z', token: 3 };
  const view = () => Promise.resolve({ state: 'held', holders: [holder], waiting: [] });
  const coordination = createCoordination('default', { locks: { at: () => ({ view }) } } as never, reads as never);
  const last = `lock:lock-${String(MAX_LOOKED)}`;
  expect(await coordination.blocks(last)).toMatchObject({
    isPartial: true,
    steps: [{ who: last, ahead: [{ who: 'ann', does: 'holds', token: 3 }] }],
  });
});
