import type { EventStore } from '../../src/contracts/event-store';
import type { Database } from '../../src/store/database';
import { createEventStore } from '../../src/store/event-store';
import { trimEvents } from '../../src/store/retention';
import {
  checkpointOf,
  dropCheckpoint,
  saveCheckpoint,
  subscribe,
  type SubscriptionItem,
} from '../../src/store/subscription';
import { batchOf, counted, type Origin } from '../support/store/batches';
import { dyingAt } from '../support/store/disturbed';

let spaces = 0;

/** The first items of a subscription, until one is the last or there are enough; then the reader leaves. */
async function take(
  items: AsyncIterable<SubscriptionItem>,
  isLast: (item: SubscriptionItem) => boolean,
): Promise<readonly SubscriptionItem[]> {
  const taken: SubscriptionItem[] = [];
  for await (const item of items) {
    taken.push(item);
    if (isLast(item)) break;
  }
  return taken;
}

const isCaughtUp = (item: SubscriptionItem): boolean => item.kind === 'caughtUp';
const kinds = (items: readonly SubscriptionItem[]): readonly string[] => items.map((each) => each.kind);

/** What every event store promises. `open` gives a migrated database of its own; one is enough for the whole suite. */
export function eventStoreConformance(open: () => Database): void {
  let store: EventStore;
  let database: Database;
  let origin: Required<Pick<Origin, 'space'>>;
  beforeEach(() => {
    database = open();
    store = createEventStore(database);
    spaces += 1;
    origin = { space: `space-${String(spaces)}` };
  });
  const stored = async (): Promise<readonly string[]> =>
    (await store.read({ space: origin.space, after: 0, limit: 1000 })).map(({ event }) => event.id);

  test('migrations are applied once; nothing is pending after', async () => {
    expect(await database.migrate()).toEqual([]);
    expect(await database.pending()).toEqual([]);
  });

  test.each([
    ['any', 'no-stream', 'appended'],
    ['no-stream', 'no-stream', 'appended'],
    ['stream-exists', 'no-stream', 0],
    [0, 'no-stream', 'appended'],
    [1, 'no-stream', 0],
    ['any', 'of two', 'appended'],
    ['no-stream', 'of two', 2],
    ['stream-exists', 'of two', 'appended'],
    [2, 'of two', 'appended'],
    [1, 'of two', 2],
    [3, 'of two', 2],
  ] as const)('EVT-1 expecting %s of a stream that is %s', async (expected, there, outcome) => {
    const first = there === 'of two' ? 3 : 1;
    if (first === 3) await store.append(batchOf(origin, 1, counted(1, 2)));
    const result = await store.append(batchOf(origin, first, counted(first, 2)), expected);
    expect(result).toEqual(
      outcome === 'appended' ? { kind: 'appended', version: first + 1 } : { kind: 'wrong-version', actual: outcome },
    );
    expect(await stored()).toHaveLength(first - 1 + (outcome === 'appended' ? 2 : 0));
  });

  test('EVT-1 of many appenders that expect the same version one wins, and the others learn the actual one', async () => {
    const race = (version: number) =>
      Promise.all(
        Array.from({ length: 8 }, (_each, at) =>
          store.append(batchOf(origin, version + 1, [{ type: 'x.happened', data: { version, at } }]), version),
        ),
      );
    for (const version of [0, 1, 2]) {
      const results = await race(version);
      expect(results.filter((each) => each.kind === 'appended')).toHaveLength(1);
      expect(results.filter((each) => each.kind === 'conflict')).toHaveLength(7);
    }
    const late = await store.append(batchOf(origin, 4, counted(4, 1)), 1);
    expect(late).toEqual({ kind: 'wrong-version', actual: 3 });
  });

  test('EVT-1 a batch is stored whole or not at all, wherever the process dies', async () => {
    const whole = dyingAt(database, Infinity);
    await createEventStore(whole).append(batchOf({ ...origin, name: 'whole' }, 1, counted(1, 3)));
    for (let number = 0; number < whole.statements(); number++) {
      const name = `dies-${String(number)}`;
      const batch = batchOf({ ...origin, name }, 1, counted(1, 3));
      await expect(createEventStore(dyingAt(database, number)).append(batch)).rejects.toThrow('died');
      expect(await store.append(batch, 'no-stream')).toEqual({ kind: 'appended', version: 3 });
    }
    expect(await stored()).toHaveLength(3 * (1 + whole.statements()));
  });

  test.each(['any', 'no-stream', 'stream-exists', 0, 7] as const)(
    'EVT-2 IDM-6 a repeated append under %s answers as the first time and stores nothing again',
    async (expected) => {
      const batch = batchOf(origin, 1, counted(1, 3));
      await store.append(batch);
      await store.append(batchOf(origin, 4, counted(4, 1)));
      expect(await store.append(batch, expected)).toEqual({ kind: 'repeated', version: 3 });
      expect(await stored()).toEqual(['1/1', '1/2', '1/3', '1/4']);
    },
  );

  test('EVT-2 a batch that overlaps adds what is new; another event under a used number is a conflict, reported once', async () => {
    await store.append(batchOf(origin, 1, counted(1, 2)));
    expect(await store.append(batchOf(origin, 2, counted(2, 2)))).toEqual({ kind: 'appended', version: 3 });
    const other = batchOf(origin, 2, [...counted(9, 1), ...counted(3, 2)]);
    for (const _twice of [1, 2]) expect(await store.append(other)).toEqual({ kind: 'conflict', sequence: 2 });
    expect(await stored()).toEqual(['1/1', '1/2', '1/3']);
    const incidents = await database.db
      .selectFrom('incidents')
      .select(['kind', 'sequence'])
      .where('stream', '=', `${origin.space}:agent:a~1`)
      .execute();
    expect(incidents).toEqual([{ kind: 'conflict', sequence: 2 }]);
  });

  test('EVT-2 numbers that never came are reported; a new life of the name is a stream of its own', async () => {
    await store.append(batchOf(origin, 3, counted(3, 1)));
    await store.append(batchOf({ ...origin, generation: 2 }, 1, counted(1, 1)), 'no-stream');
    expect(await stored()).toEqual(['1/3', '2/1']);
    const holes = await database.db
      .selectFrom('incidents')
      .select(['kind', 'sequence'])
      .where('stream', '=', `${origin.space}:agent:a~1`)
      .execute();
    expect(holes).toEqual([{ kind: 'hole', sequence: 1 }]);
  });

  test.each([
    ['numbers with a gap', { events: [{ sequence: 1 }, { sequence: 3 }] }],
    ['a number below one', { events: [{ sequence: 0 }] }],
    ['a generation with a tilde', { generation: '1~2' }],
    ['more than 1,000 events', { events: counted(1, 1001).map((_each, at) => ({ sequence: at + 1 })) }],
  ])('a batch with %s is refused and stores nothing', async (_what, wrong) => {
    const batch = { ...batchOf(origin, 1, counted(1, 1)), ...wrong } as ReturnType<typeof batchOf>;
    await expect(store.append(batch)).rejects.toMatchObject({ code: 'invalid-request' });
    expect(await stored()).toEqual([]);
  });

  test('a type and data with U+0000, lone surrogates and every script are kept as they are', async () => {
    const data = { text: 'a\u0000b \ud800 ünï 事 🎛' };
    await store.append(batchOf(origin, 1, [{ type: 'odd\u0000.happened', data }]));
    const [odd] = await store.read({ space: origin.space, after: 0, limit: 1 });
    expect(odd?.event).toMatchObject({ type: 'odd\u0000.happened', data });
  });

  test('EVT-4 a subscription catches up from a position, says so, goes on live, and says when it fell behind', async () => {
    await store.append(batchOf(origin, 1, counted(1, 5)));
    const [, second] = await store.read({ space: origin.space, after: 0, limit: 2 });
    const after = second?.position ?? 0;
    const seen: (number | string)[] = [];
    for await (const item of subscribe(store, { space: origin.space, after, pollMs: 50 })) {
      seen.push(item.kind === 'event' ? Number(item.stored.event.sequence) : item.kind);
      if (item.kind === 'caughtUp' && seen.length === 4) await store.append(batchOf(origin, 6, counted(6, 300)));
      if (seen.length > 10 && item.kind === 'caughtUp') break;
    }
    const live = Array.from({ length: 300 }, (_each, at) => 6 + at);
    expect(seen).toEqual([3, 4, 5, 'caughtUp', 'fellBehind', ...live, 'caughtUp']);
  });

  test('EVT-4 a subscription to some types of one space gets no others, and its position moves over them', async () => {
    await store.append(batchOf(origin, 1, [...counted(1, 2), { type: 'set.created', data: {} }, ...counted(4, 1)]));
    await store.append(batchOf({ space: `${origin.space}-other` }, 1, [{ type: 'set.created', data: {} }]));
    const items = await take(subscribe(store, { space: origin.space, after: 0, types: ['set.created'] }), isCaughtUp);
    expect(kinds(items)).toEqual(['event', 'caughtUp']);
    expect(items.at(-1)).toMatchObject({ position: await store.head(origin.space) });
  });

  test('EVT-4 a checkpoint is kept by name, never goes back, and is gone when it is dropped', async () => {
    const name = `reader-${origin.space}`;
    expect(await checkpointOf(database, name)).toBe(0);
    await saveCheckpoint(database, name, 7);
    await saveCheckpoint(database, name, 5);
    expect(await checkpointOf(database, name)).toBe(7);
    await dropCheckpoint(database, name);
    expect(await checkpointOf(database, name)).toBe(0);
  });

  describe('EVT-5 retention', () => {
    const readersOf = async (): Promise<readonly string[]> =>
      (await database.db.selectFrom('editions').select('edition').execute()).map(
        ({ edition }) => `read-models/${String(edition)}`,
      );

    test('never passes a reader with a name: the answer says who holds; a reader that is passed is told', async () => {
      await store.append(batchOf(origin, 1, counted(1, 6)));
      const all = await store.read({ space: origin.space, after: 0, limit: 10 });
      const third = all[2]?.position ?? 0;
      const passing = await readersOf();
      const name = `slow-${origin.space}`;
      await saveCheckpoint(database, name, third);
      const before = (all.at(-1)?.position ?? 0) + 1;
      const held = await trimEvents(database, { space: origin.space, before, passing });
      expect(held).toEqual({ removed: 3, heldBy: { reader: name, position: third } });
      const silent = await take(subscribe(store, { space: origin.space, after: third }), isCaughtUp);
      expect(kinds(silent)).toEqual(['event', 'event', 'event', 'caughtUp']);
      const rest = await trimEvents(database, { space: origin.space, before, passing: [...passing, name] });
      expect(rest).toEqual({ removed: 3 });
      const told = await take(subscribe(store, { space: origin.space, after: third }), isCaughtUp);
      expect(kinds(told)).toEqual(['truncated', 'caughtUp']);
      await dropCheckpoint(database, name);
    });

    test('keeps the last of each stream, and those that are not old enough', async () => {
      const passing = await readersOf();
      await store.append(batchOf(origin, 1, counted(1, 4)));
      await store.append(batchOf({ ...origin, name: 'b' }, 1, counted(1, 2)));
      const young = { space: origin.space, keepLast: 0, olderThanMs: 60_000, passing };
      expect(await trimEvents(database, young)).toEqual({ removed: 0 });
      expect(await trimEvents(database, { space: origin.space, keepLast: 1, passing })).toEqual({ removed: 4 });
      expect(await stored()).toEqual(['1/4', '1/2']);
      expect(await trimEvents(database, young, Date.now() + 120_000)).toEqual({ removed: 2 });
    });

    test('a live reader that retention overtakes is told, and what follows is whole', async () => {
      const passing = await readersOf();
      await store.append(batchOf(origin, 1, counted(1, 2)));
      const seen: (number | string)[] = [];
      for await (const item of subscribe(store, { space: origin.space, after: 0, pollMs: 20 })) {
        seen.push(item.kind === 'event' ? Number(item.stored.event.sequence) : item.kind);
        if (seen.length === 1) {
          await store.append(batchOf(origin, 3, counted(3, 300)));
          await trimEvents(database, { space: origin.space, keepLast: 2, passing });
        }
        if (seen.includes(302)) break;
      }
      expect(seen).toEqual([1, 2, 'caughtUp', 'truncated', 301, 302]);
    });

    test('a stream goes on after it was trimmed, and a repetition of what is gone is still known', async () => {
      const passing = await readersOf();
      await store.append(batchOf(origin, 1, counted(1, 3)));
      await trimEvents(database, { space: origin.space, keepLast: 0, passing });
      expect(await store.append(batchOf(origin, 1, counted(1, 3)))).toEqual({ kind: 'repeated', version: 3 });
      expect(await store.append(batchOf(origin, 3, counted(3, 2)), 3)).toEqual({ kind: 'appended', version: 4 });
      expect(await stored()).toEqual(['1/4']);
    });

    test('a trim without a limit is refused', async () => {
      await expect(trimEvents(database, { space: origin.space })).rejects.toMatchObject({ code: 'invalid-request' });
      const wrong = { space: origin.space, keepLast: -1 };
      await expect(trimEvents(database, wrong)).rejects.toMatchObject({ code: 'invalid-request' });
    });
  });
}
