import fc from 'fast-check';
import type { VectorClock, Versions } from '../../../../src/contracts/causality';
import {
  discardVersions,
  mergeVersions,
  NO_VERSIONS,
  writeVersion,
} from '../../../../src/domain/causality/dotted-versions';

/** What every write had seen: the oracle. A value is a sibling exactly when no write that is known has seen it. */
class Oracle {
  readonly seen = new Map<number, ReadonlySet<number>>();

  write(value: number, read: Iterable<number>): void {
    const known = new Set(read);
    for (const each of read) for (const older of this.seen.get(each) ?? []) known.add(older);
    this.seen.set(value, known);
  }

  siblings(known: ReadonlySet<number>): readonly number[] {
    const isOverwritten = (value: number): boolean => [...known].some((each) => this.seen.get(each)?.has(value));
    return [...known].filter((value) => !isOverwritten(value)).sort((a, b) => a - b);
  }
}

const valuesOf = (versions: Versions<number>): readonly number[] =>
  versions.siblings.map(({ value }) => value).sort((a, b) => a - b);

interface Turn {
  readonly client: number;
  readonly replica: number;
  readonly reads: boolean;
  readonly sync?: number;
}

const turns = fc.array(
  fc.record(
    { client: fc.nat(99), replica: fc.nat(2), reads: fc.boolean(), sync: fc.nat(2) },
    { requiredKeys: ['client', 'replica', 'reads'] },
  ),
  { minLength: 100, maxLength: 200 },
) as fc.Arbitrary<readonly Turn[]>;

test('CAU-3 100 interleaved writers of a key over three replicas: siblings are exactly the writes that nobody had read', () => {
  fc.assert(
    fc.property(turns, (some) => {
      const oracle = new Oracle();
      const replicas = [0, 1, 2].map((): Versions<number> => NO_VERSIONS);
      const known = [0, 1, 2].map(() => new Set<number>());
      const read = new Map<number, { readonly context: VectorClock; readonly values: readonly number[] }>();
      some.forEach(({ client, replica, reads, sync }, value) => {
        const at = (n: number): Versions<number> => replicas[n] ?? NO_VERSIONS;
        const own = known[replica] ?? new Set();
        if (sync !== undefined) {
          replicas[replica] = mergeVersions(at(replica), at(sync));
          for (const each of known[sync] ?? []) own.add(each);
        } else if (reads) {
          read.set(client, { context: at(replica).context, values: valuesOf(at(replica)) });
        } else {
          const { context = {}, values = [] } = read.get(client) ?? {};
          replicas[replica] = writeVersion(at(replica), `replica-${String(replica)}`, value, context);
          oracle.write(value, values);
          for (const each of [value, ...values, ...values.flatMap((one) => [...(oracle.seen.get(one) ?? [])])])
            own.add(each);
        }
        expect(valuesOf(at(replica))).toEqual(oracle.siblings(own));
        expect(Object.keys(at(replica).context).length).toBeLessThanOrEqual(3);
      });
    }),
    { seed: 20261130, numRuns: 20 },
  );
});

test('CAU-3 a hundred writers in turn, each of which has read, leave one value; a hundred that have not, leave all', () => {
  let one: Versions<number> = NO_VERSIONS;
  let all: Versions<number> = NO_VERSIONS;
  for (let n = 0; n < 100; n += 1) {
    one = writeVersion(one, 'replica', n, one.context);
    all = writeVersion(all, 'replica', n, {});
  }
  expect(valuesOf(one)).toEqual([99]);
  expect(valuesOf(all)).toHaveLength(100);
  expect(all.context).toEqual({ replica: 100 });
  // Two that had read the same: the second does not hide the first, as it would with one count for the replica.
  const base = writeVersion(NO_VERSIONS, 'replica', 0, {});
  const both = writeVersion(writeVersion(base, 'replica', 1, base.context), 'replica', 2, base.context);
  expect(valuesOf(both)).toEqual([1, 2]);
  expect(valuesOf(writeVersion(both, 'replica', 3, both.context))).toEqual([3]);
});

test('CAU-3 a discard takes what was seen and no more, and does not come back by a merge; merges are a semilattice', () => {
  const first = writeVersion(NO_VERSIONS, 'r', 1, {});
  const second = writeVersion(first, 'r', 2, {});
  const discarded = discardVersions(second, first.context);
  expect(valuesOf(discarded)).toEqual([2]);
  expect(valuesOf(mergeVersions(discarded, first))).toEqual([2]);
  const other = writeVersion(first, 'q', 3, first.context);
  const all = [first, second, discarded, other, NO_VERSIONS];
  const same = (one: Versions<number>): unknown => [one.context, valuesOf(one)];
  for (const x of all) {
    expect(same(mergeVersions(x, x))).toEqual(same(x));
    for (const y of all) {
      expect(same(mergeVersions(x, y))).toEqual(same(mergeVersions(y, x)));
      for (const z of all) {
        expect(same(mergeVersions(mergeVersions(x, y), z))).toEqual(same(mergeVersions(x, mergeVersions(y, z))));
      }
    }
  }
});
