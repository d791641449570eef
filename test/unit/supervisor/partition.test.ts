import * as fc from 'fast-check';
import { partitionedSpec, partitionOf } from '../../../src/domain/supervisor/partition';

test('a key has one partition, the same for ever', () => {
  // 32-bit FNV-1a of "" and of "foobar", by its authors' test vectors.
  expect(partitionOf('', 2 ** 32)).toBe(0x811c9dc5);
  expect(partitionOf('foobar', 2 ** 32)).toBe(0xbf9cf968);
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 100 }), (key, partitions) => {
      const one = partitionOf(key, partitions);
      expect(one).toBe(partitionOf(key, partitions));
      expect(one).toBeGreaterThanOrEqual(0);
      expect(one).toBeLessThan(partitions);
    }),
    { seed: 1 },
  );
});

test('no partition has more than half as many again as its share of 10,000 names', () => {
  const counts = new Map<number, number>();
  for (let at = 0; at < 10_000; at += 1) {
    const one = partitionOf(`agent-${String(at)}`, 16);
    counts.set(one, (counts.get(one) ?? 0) + 1);
  }
  expect(counts.size).toBe(16);
  expect(Math.max(...counts.values())).toBeLessThan(1.5 * (10_000 / 16));
});

test('the partitions are supervisors of the same specification, in order', () => {
  const { children } = partitionedSpec('workers', { children: [] }, 3);
  expect(children.map(({ id }) => id)).toEqual(['workers.0', 'workers.1', 'workers.2']);
});
