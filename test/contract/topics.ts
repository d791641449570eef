import type { TopicItem, TopicStore } from '../../src/contracts/coordination/topic';
import { MAX_LIVE_BEHIND, MAX_PUBLISHED_BYTES } from '../../src/contracts/coordination/topic';
import type { SubscriptionStore } from '../../src/contracts/subscription';
import { createTopicsClient, type TopicHandler, type Topics } from '../../src/client/topics';
import type { Database } from '../../src/store/database';
import { createEventStore } from '../../src/store/event-store';
import { trimEvents } from '../../src/store/retention';
import { batchOf } from '../support/store/batches';
import { runOut } from '../support/store/leases';
import { takeTime, until } from '../support/topics/until';

takeTime();

let spaces = 0;

/** A gate that a handler waits at. */
function gate(): { readonly passed: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open };
}

/** The first items of a stream. */
async function firstOf(items: AsyncIterable<TopicItem>, count: number): Promise<readonly TopicItem[]> {
  const first: TopicItem[] = [];
  for await (const item of items) {
    first.push(item);
    if (first.length === count) break;
  }
  return first;
}

/**
 * What topics promise a process (PUB-1 to 6), through the store or a facade before it.
 * @param inDepth also what no door between can change
 */
export function topicsConformance(
  inDepth: boolean,
  open: () => { readonly database: Database; readonly topics: TopicStore; readonly subscriptions: SubscriptionStore },
): void {
  let doors: ReturnType<typeof open>;
  let database: Database;
  let space: string;
  let topics: Topics;
  let leaving: AbortController;
  let consuming: Promise<void>[];
  beforeEach(() => {
    spaces += 1;
    space = `topics-${String(spaces)}`;
    doors = open();
    ({ database } = doors);
    topics = createTopicsClient(space, doors.topics, doors.subscriptions);
    leaving = new AbortController();
    consuming = [];
  });
  afterEach(async () => {
    leaving.abort();
    await Promise.all(consuming);
  });

  const consume = (name: string, handler: TopicHandler, more = {}): void => {
    consuming.push(topics.consume(name, handler, { signal: leaving.signal, retryMs: 0, ...more }));
  };
  /** Many messages at once, as the outbox of an agent hands them over. */
  const publishMany = (topic: string, count: number) =>
    createEventStore(database).append(
      batchOf(
        { space, name: `a-${String(count)}` },
        1,
        Array.from({ length: count }, (_each, at) => ({ type: 'topic.published', data: { topic, key: '', data: at } })),
      ),
    );
  const itemsOf = (patterns: string, more: { readonly after?: number } = {}): TopicItem[] => {
    const items: TopicItem[] = [];
    const reading = async (): Promise<void> => {
      for await (const item of topics.watch(patterns, { signal: leaving.signal, ...more })) items.push(item);
    };
    consuming.push(reading());
    return items;
  };
  const came = (items: readonly TopicItem[]): readonly unknown[] =>
    items.flatMap((item) => (item.kind === 'message' ? [item.message.data] : []));
  const kindsOf = (items: readonly TopicItem[]): string => items.map(({ kind }) => kind).join(' ');

  test('PUB-1 a durable subscriber gets in order what was published since, also while nobody consumed, and goes on where it was', async () => {
    await topics.publish('orders.new', 'before');
    await topics.subscribe('billing', 'orders.*');
    for (const [data, key] of [
      ['a1', 'a'],
      ['b1', 'b'],
      ['a2', 'a'],
    ] as const)
      await topics.publish('orders.new', data, { key });
    const first: unknown[] = [];
    const one = new AbortController();
    await topics.consume(
      'billing',
      ({ data, publisher, attempt }) => {
        first.push(data);
        if (first.length === 2) one.abort();
        expect([publisher, attempt]).toEqual(['', 1]);
      },
      { signal: one.signal },
    );
    const rest: unknown[] = [];
    consume('billing', ({ data }) => void rest.push(data));
    await topics.publish('orders.paid', 'c', { publisher: 'till' });
    await until('all came', () => first.length + rest.length === 4 || undefined);
    expect([...first, ...rest]).toEqual(['a1', 'b1', 'a2', 'c']);
  });

  test('PUB-2 a live subscriber gets what comes, once; what it is too far behind of is a gap, and it goes on after it', async () => {
    await publishMany('orders.old', 3);
    const quick = itemsOf('orders.new');
    await until('it listens', () => kindsOf(quick) === 'subscribed caughtUp' || undefined);
    await topics.publish('orders.new', 'live');
    await until('it came', () => came(quick).length > 0 || undefined);
    expect(came(quick)).toEqual(['live']);

    await publishMany('flood', MAX_LIVE_BEHIND);
    const { position: last } = await topics.publish('flood', 'the last of many');
    const back = await firstOf(doors.topics.watch({ space, topics: ['flood'], last: 0 }), 2);
    expect(back).toEqual([
      { kind: 'subscribed', position: 0 },
      { kind: 'gap', after: 0, position: last },
    ]);
    expect(came(quick)).toEqual(['live']);
  });

  test('PUB-2 PUB-3 who names a position gets all after it, each once; what retention has removed is a gap', async () => {
    const at: number[] = [];
    for (const data of [1, 2, 3, 4]) at.push((await topics.publish('orders.new', data)).position);
    const all = itemsOf('orders.*', { after: 0 });
    await until('caught up', () => kindsOf(all).endsWith('caughtUp') || undefined);
    expect(came(all)).toEqual([1, 2, 3, 4]);
    const editions = await database.db.selectFrom('editions').select('edition').execute();
    const passing = editions.map(({ edition }) => `read-models/${String(edition)}`);
    await trimEvents(database, { space, before: Number(at[2]), passing });
    const late = itemsOf('orders.*', { after: 0 });
    await until('caught up again', () => kindsOf(late).endsWith('caughtUp') || undefined);
    expect(late.slice(0, 2)).toEqual([
      { kind: 'subscribed', position: 0 },
      { kind: 'gap', after: 0, position: at[1] },
    ]);
    expect(came(late)).toEqual([3, 4]);
  });

  test('PUB-5 who publishes can wait, and hears of each subscriber: dealt with, failed and why, pending', async () => {
    for (const name of ['done', 'broken', 'idle']) await topics.subscribe(name, 'orders.*');
    await topics.subscribe('other', 'letters.*');
    const parked = await topics.subscribe('dead', '**', { maxRetries: 0 });
    expect(parked).toMatchObject({ topics: ['**'], maxRetries: 0 });
    consume('done', () => undefined);
    consume(
      'broken',
      () => {
        throw new Error('no printer');
      },
      { retryMs: 600_000 },
    );
    consume('dead', () => {
      throw new Error('never mind');
    });
    const { position, delivery } = await topics.publish('orders.new', 1, { waitMs: 1 });
    expect(delivery).toMatchObject({ position, subscribers: 4 });
    const settled = await until('three have ended', async () => {
      const look = await topics.delivery(position);
      return look.pending.length === 1 ? look : undefined;
    });
    expect(settled).toMatchObject({ topic: 'orders.new', subscribers: 4, delivered: 1, pending: ['idle'] });
    expect([...settled.failed].sort((a, b) => (a.subscriber < b.subscriber ? -1 : 1))).toEqual([
      { subscriber: 'broken', reason: 'no printer', tries: 1, isDead: false },
      { subscriber: 'dead', reason: 'never mind', tries: 1, isDead: true },
    ]);
    await topics.subscribe('too-late', 'orders.*');
    expect(await topics.delivery(position)).toMatchObject({ subscribers: 4 });
    await expect(topics.delivery(position + 1_000)).rejects.toMatchObject({ code: 'event-not-found' });
  });

  test('PUB-1 a message published again under its id is one message; another one under it is refused', async () => {
    const again = await Promise.all(
      [1, 2, 3].map(() => topics.publish('orders.new', { n: 1 }, { key: 'a', requestId: 'once' })),
    );
    expect(new Set(again.map(({ position }) => position)).size).toBe(1);
    const reused = { code: 'idempotency-key-reused' };
    await expect(topics.publish('orders.new', { n: 2 }, { key: 'a', requestId: 'once' })).rejects.toMatchObject(reused);
    expect(await topics.list()).toMatchObject([
      { topic: 'orders.new', messages: 1, position: again[0]?.position, subscribers: 0 },
    ]);
  });

  test('bad input has its code, and nothing is published or subscribed', async () => {
    const invalid = { code: 'invalid-id' };
    for (const topic of ['', 'Orders', 'orders..new', '.orders', 'orders.*', 'a b', 'x'.repeat(101)]) {
      await expect(topics.publish(topic, 1)).rejects.toMatchObject({
        code: topic === '' ? (expect.any(String) as string) : 'invalid-id',
      });
    }
    for (const pattern of ['', '**.new', 'orders.**.new', 'ord*', 'orders.'])
      await expect(topics.subscribe('s', pattern)).rejects.toMatchObject({
        code: expect.stringMatching(/^invalid-/) as string,
      });
    await expect(topics.subscribe('s', [])).rejects.toMatchObject({ code: 'invalid-request' });
    await expect(topics.publish('orders.new', 'x'.repeat(MAX_PUBLISHED_BYTES))).rejects.toMatchObject({
      code: 'message-too-large',
    });
    await expect(topics.publish('orders.new', 1, { key: 'k'.repeat(201) })).rejects.toMatchObject({
      code: 'invalid-request',
    });
    await expect(topics.subscribe('s', 'orders.*', { maxRetries: -1 })).rejects.toMatchObject({
      code: 'invalid-request',
    });
    const reading = async (): Promise<void> => {
      for await (const _item of topics.watch('Orders')) break;
    };
    await expect(reading()).rejects.toMatchObject(invalid);
    await topics.subscribe('s', 'orders.*');
    await expect(topics.subscribe('s', 'letters.*')).rejects.toMatchObject({ code: 'subscription-mismatch' });
    expect(await topics.list()).toEqual([]);
    expect(await topics.subscribers()).toHaveLength(1);
  });

  if (!inDepth) return;

  test('PUB-1 a message whose handler fails holds up those of its topic and key, and no others', async () => {
    await topics.subscribe('billing', 'orders.*');
    const had: string[] = [];
    let mended = false;
    consume(
      'billing',
      ({ data, attempt }) => {
        if (data === 'a1' && !mended) {
          had.push('failed');
          throw new Error('no such account');
        }
        had.push(`${String(data)}${attempt > 1 ? ' again' : ''}`);
      },
      { atOnce: 4, retryMs: 600_000 },
    );
    for (const [data, key] of [
      ['a1', 'a'],
      ['a2', 'a'],
      ['b1', 'b'],
      ['b2', 'b'],
    ] as const)
      await topics.publish('orders.new', data, { key });
    await until('the others', () => (had.includes('b2') && had.includes('failed')) || undefined);
    expect(had).not.toContain('a2');
    mended = true;
    await runOut(database, { space, group: 'billing' });
    await until('all', () => had.includes('a2') || undefined);
    expect(had.filter((each) => each !== 'failed')).toEqual(['b1', 'b2', 'a1 again', 'a2']);
  });

  test('PUB-3 a subscription takes effect at the position it names: whatever is published meanwhile, all after it comes and nothing before', async () => {
    const positions: number[] = [];
    const publishing = async (): Promise<void> => {
      for (let at = 0; at < 30; at += 1) positions.push((await topics.publish('orders.new', at)).position);
    };
    const running = publishing();
    await until('some are there', () => positions.length >= 5 || undefined);
    const { began } = await topics.subscribe('late', ['orders.new', 'orders.*']);
    const had: number[] = [];
    consume('late', ({ position }) => void had.push(position));
    await running;
    const due = positions.filter((position) => position > began);
    await until('all came', () => had.length >= due.length || undefined);
    expect(had).toEqual(due);
    expect(due.length).toBeLessThan(30);
  });

  test('PUB-4 a slow subscriber delays only itself: its buffer is bounded, it falls behind, says so, and catches up', async () => {
    for (const name of ['slow', 'quick']) await topics.subscribe(name, 'orders.*', { maxInFlight: 2 });
    const { passed, open: release } = gate();
    const [slow, quick, words]: [unknown[], unknown[], string[]] = [[], [], []];
    const onFellBehind = (): void => void words.push('fellBehind');
    const onCaughtUp = (): void => void words.push('caughtUp');
    for (const data of [1, 2, 3, 4, 5]) await topics.publish('orders.new', data);
    consume(
      'slow',
      async ({ data }) => {
        await passed;
        slow.push(data);
      },
      { onFellBehind, onCaughtUp },
    );
    consume('quick', ({ data }) => void quick.push(data));
    await until('the quick one has all', () => quick.length === 5 || undefined);
    await until('the slow one has begun', () => words.length > 0 || undefined);
    const [, info] = await topics.subscribers('orders.new');
    expect(info).toMatchObject({ group: 'slow', inFlight: 1, waiting: 1, lag: 3 });
    release();
    await until('the slow one has all', () => slow.length === 5 || undefined);
    await until('it says so', () => words.length === 2 || undefined);
    expect([slow, words]).toEqual([quick, ['fellBehind', 'caughtUp']]);
  });

  test('PUB-6 after the stated number of tries a message is a dead letter, the next one comes, and a replay brings it back', async () => {
    await topics.subscribe('billing', 'orders.*', { maxRetries: 2 });
    const had: string[] = [];
    let isMended = false;
    consume('billing', ({ data, attempt }) => {
      had.push(`${String(data)}/${String(attempt)}`);
      if (data === 'bad' && !isMended) throw new Error('poison');
    });
    const { position } = await topics.publish('orders.new', 'bad', { key: 'k' });
    await topics.publish('orders.new', 'good', { key: 'k' });
    await until('the next', () => had.includes('good/1') || undefined);
    expect(had).toEqual(['bad/1', 'bad/2', 'bad/3', 'good/1']);
    const { items } = await topics.deadLetters('billing');
    expect(items).toMatchObject([
      { position, attempts: 3, reason: 'poison', message: { topic: 'orders.new', data: 'bad', key: 'k' } },
    ]);
    isMended = true;
    expect(await topics.replay('billing', [position])).toEqual({ replayed: 1 });
    await until('the replay', () => had.length === 5 || undefined);
    expect(had.at(-1)).toBe('bad/1');
    await until('it is dealt with', async () => (await topics.delivery(position)).delivered === 1 || undefined);
    expect((await topics.deadLetters('billing')).items).toEqual([]);
    await topics.unsubscribe('billing');
    await Promise.allSettled(consuming.splice(0));
    expect(await topics.subscribers()).toEqual([]);
  });
}
