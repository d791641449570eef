import { sql } from 'kysely';
import type { EventStore } from '../../src/contracts/event-store';
import {
  MAX_GROUPS,
  MAX_PARKED,
  type GroupRef,
  type GroupSettings,
  type Message,
  type SubscriptionStore,
} from '../../src/contracts/subscription';
import type { Database } from '../../src/store/database';
import { createEventStore } from '../../src/store/event-store';
import { trimEvents } from '../../src/store/retention';
import { until } from '../support/kernel/harness';
import { batchOf, counted } from '../support/store/batches';
import { runOut } from '../support/store/leases';

let spaces = 0;

/**
 * What persistent subscriptions promise (EVT-4). `open` gives a migrated database of its own, and the door to its
 * subscriptions: the store itself, or a facade before it.
 */
export function subscriptionsConformance(
  open: () => { readonly database: Database; readonly door: SubscriptionStore },
): void {
  let database: Database;
  let door: SubscriptionStore;
  let events: EventStore;
  let ref: GroupRef;
  let told = 0;
  beforeEach(() => {
    ({ database, door } = open());
    events = createEventStore(database);
    spaces += 1;
    told = 0;
    ref = { space: `space-${String(spaces)}`, group: 'mailers' };
  });

  /** Appends so many events, and answers the positions of all. */
  const append = async (count: number, type = 'agent.adopted'): Promise<readonly number[]> => {
    await events.append(
      batchOf(
        ref,
        told + 1,
        counted(told + 1, count).map((each) => ({ ...each, type })),
      ),
    );
    told += count;
    return (await events.read({ space: ref.space, after: 0, limit: 1_000 })).map(({ position }) => position);
  };
  const make = (options: Partial<GroupSettings> = {}) => door.create({ ...ref, ...options });
  const take = async (limit = 10): Promise<readonly Message[]> => (await door.take({ ...ref, limit })).messages;
  const receipts = (messages: readonly Message[]): readonly string[] => messages.map(({ receipt }) => receipt);
  const positions = (messages: readonly Message[]): readonly number[] => messages.map(({ position }) => position);
  const ack = (...messages: readonly Message[]) => door.ack({ ...ref, receipts: receipts(messages) });
  const nack = (action: 'retry' | 'park' | 'skip' | 'stop', messages: readonly Message[], more = {}) =>
    door.nack({ ...ref, receipts: receipts(messages), action, ...more });
  const expire = (): Promise<void> => runOut(database, ref);
  const info = () => door.info(ref);
  const parked = async () => (await door.parked(ref)).items;
  const editions = async (): Promise<readonly string[]> =>
    (await database.db.selectFrom('editions').select('edition').execute()).map(
      (row) => `read-models/${String(row.edition)}`,
    );

  test('EVT-4 a group is there once: made again it is the same, with other settings it is refused', async () => {
    const all = await append(2);
    const made = await make({ types: ['b', 'a', 'b'], leaseMs: 500 });
    expect(made).toMatchObject({ ...ref, types: ['a', 'b'], after: 0, maxRetries: 10, leaseMs: 500, maxInFlight: 100 });
    expect(made).toMatchObject({ state: 'running', position: 0, head: all[1], lag: 0, parked: 0 });
    expect(await make({ types: ['a', 'b'], leaseMs: 500 })).toEqual(made);
    const differs = expect.stringMatching(/has leaseMs 500, not 30000; maxInFlight 100, not 7$/) as string;
    const other = { code: 'subscription-mismatch', message: differs };
    await expect(make({ types: ['a', 'b'], maxInFlight: 7 })).rejects.toMatchObject(other);
    expect(await door.list(ref.space)).toEqual([made]);
    await door.remove(ref);
    const gone = { code: 'subscription-not-found' };
    for (const call of [info, take, () => door.remove(ref)]) await expect(call()).rejects.toMatchObject(gone);
  });

  test.each<[string, Partial<GroupSettings>]>([
    ['maxRetries -1', { maxRetries: -1 }],
    ['maxRetries 101', { maxRetries: 101 }],
    ['leaseMs 99', { leaseMs: 99 }],
    ['leaseMs 3,600,001', { leaseMs: 3_600_001 }],
    ['maxInFlight 0', { maxInFlight: 0 }],
    ['maxInFlight 1,001', { maxInFlight: 1_001 }],
    ['after beyond the head', { after: 1_000_000_000 }],
    ['after -1', { after: -1 }],
    ['101 types', { types: Array.from({ length: 101 }, (_each, at) => `t${String(at)}`) }],
    ['an empty type', { types: [''] }],
  ])('a group with %s is refused', async (_what, wrong) => {
    await expect(make(wrong)).rejects.toMatchObject({ code: 'invalid-request' });
    await expect(info()).rejects.toMatchObject({ code: 'subscription-not-found' });
  });

  test('takes, answers and pages beyond their bounds are refused, and so is a name that is none', async () => {
    await make();
    const wrong = { code: 'invalid-request' };
    for (const limit of [0, 101]) await expect(door.take({ ...ref, limit })).rejects.toMatchObject(wrong);
    await expect(door.take({ ...ref, waitMs: 30_001 })).rejects.toMatchObject(wrong);
    for (const count of [0, 101]) {
      const many = Array.from({ length: count }, () => '1-x');
      await expect(door.ack({ ...ref, receipts: many })).rejects.toMatchObject(wrong);
    }
    const long = { reason: 'x'.repeat(2_001) };
    const one: Pick<Message, 'receipt'> = { receipt: '1-x' };
    await expect(nack('retry', [one as Message], long)).rejects.toMatchObject(wrong);
    await expect(nack('retry', [one as Message], { afterMs: 3_600_001 })).rejects.toMatchObject(wrong);
    for (const pageSize of [0, 501]) await expect(door.parked({ ...ref, pageSize })).rejects.toMatchObject(wrong);
    await expect(door.create({ ...ref, group: 'No Name' })).rejects.toMatchObject({ code: 'invalid-id' });
  });

  test('EVT-4 consumers compete: each event goes to one of them at a time, and all of them get all', async () => {
    const all = await append(60);
    await make();
    const had = new Map<number, number>();
    const consumer = async (at: number): Promise<void> => {
      for (;;) {
        const messages = await take(3);
        if (messages.length === 0) return;
        for (const { position, attempt } of messages) {
          expect([had.has(position), attempt]).toEqual([false, 1]);
          had.set(position, at);
        }
        expect(await ack(...messages)).toEqual({ answered: messages.length, unknown: [] });
      }
    };
    await Promise.all([0, 1, 2, 3].map(consumer));
    expect([...had.keys()].sort((a, b) => a - b)).toEqual(all);
    expect(await info()).toMatchObject({ position: all.at(-1), inFlight: 0, waiting: 0, lag: 0 });
  });

  test('EVT-4 what a consumer that died had comes again after its lease, not before, one attempt later', async () => {
    const [first, second] = await append(2);
    await make({ leaseMs: 300 });
    const began = performance.now();
    const [lost] = await take(1);
    expect(positions(await take())).toEqual([second]);
    const again = await until('the lease to run out', async () => (await take(1))[0], 10_000);
    expect(performance.now() - began).toBeGreaterThan(290);
    expect(again).toMatchObject({ position: first, attempt: 2 });
    expect(again.receipt).not.toBe(lost?.receipt);
    await expect(ack(lost as Message)).rejects.toMatchObject({ code: 'unknown-receipt' });
    expect(await ack(again)).toMatchObject({ answered: 1 });
  });

  test('EVT-4 an answer that is late, but in time before the next hand-out, counts; given twice it is unknown', async () => {
    await append(3);
    await make();
    const [one, two, three] = (await take()) as [Message, Message, Message];
    await expire();
    expect(await ack(one, two)).toEqual({ answered: 2, unknown: [] });
    await expect(ack(one)).rejects.toMatchObject({ code: 'unknown-receipt' });
    expect(await ack(one, three)).toEqual({ answered: 1, unknown: [one.receipt] });
    expect(await take()).toEqual([]);
  });

  test('EVT-4 nack retry hands out again, not before it is said, with the next attempt', async () => {
    const [first = 0] = await append(1);
    await make();
    await nack('retry', await take(), { reason: 'busy', afterMs: 60_000 });
    expect(await info()).toMatchObject({ waiting: 1, inFlight: 0, position: first - 1 });
    expect(await take()).toEqual([]);
    await expire();
    const again = await take();
    expect(again).toMatchObject([{ attempt: 2 }]);
    await nack('retry', again);
    expect(await take()).toMatchObject([{ attempt: 3 }]);
  });

  test('EVT-4 nack skip never hands out again; nack park sets aside, with the event and the reason', async () => {
    const [first, second] = await append(2);
    await make();
    const [one, two] = (await take()) as [Message, Message];
    await nack('skip', [one]);
    expect(await info()).toMatchObject({ position: first });
    await nack('park', [two], { reason: 'no\u0000 address' });
    expect(await info()).toMatchObject({ position: second, parked: 1, inFlight: 0 });
    expect(await parked()).toEqual([
      { position: second, event: two.event, attempts: 1, reason: 'no address', parkedAt: expect.any(String) as string },
    ]);
    await expire();
    expect(await take()).toEqual([]);
  });

  test('EVT-4 nack stop stops the group with its reason until it is resumed; answers are taken meanwhile', async () => {
    await append(3);
    await make();
    const [one, two] = (await take(2)) as [Message, Message];
    await nack('stop', [one], { reason: 'the account is closed' });
    expect(await info()).toMatchObject({ state: 'stopped', stoppedBecause: 'the account is closed' });
    await expect(take()).rejects.toMatchObject({ code: 'subscription-stopped' });
    await expect(door.take({ ...ref, waitMs: 5_000 })).rejects.toMatchObject({ code: 'subscription-stopped' });
    expect(await ack(two)).toMatchObject({ answered: 1 });
    expect(await door.resume(ref)).toMatchObject({ state: 'running', waiting: 1 });
    expect((await take()).map(({ attempt }) => attempt)).toEqual([2, 1]);
  });

  test('EVT-4 after its retries a message is parked with the last reason; replayed it has all of them again', async () => {
    const [first] = await append(1);
    await make({ maxRetries: 2 });
    for (const attempt of [1, 2, 3]) {
      const messages = await take();
      expect(messages).toMatchObject([{ position: first, attempt }]);
      await nack('retry', messages, { reason: `failed ${String(attempt)}` });
    }
    expect(await take()).toEqual([]);
    expect(await parked()).toMatchObject([{ position: first, attempts: 3, reason: 'failed 3' }]);
    expect(await door.replayParked({ ...ref, positions: [(first ?? 0) + 1] })).toEqual({ replayed: 0 });
    expect(await door.replayParked(ref)).toEqual({ replayed: 1 });
    expect(await info()).toMatchObject({ parked: 0, waiting: 1 });
    const again = await take();
    expect(again).toMatchObject([{ position: first, attempt: 1 }]);
    await ack(...again);
    expect(await info()).toMatchObject({ position: first, waiting: 0, inFlight: 0, parked: 0 });
  });

  test('EVT-4 a message that kills every consumer is parked after its retries, though nobody answers', async () => {
    const [first] = await append(1);
    await make({ maxRetries: 1 });
    for (const attempt of [1, 2]) {
      expect(await take()).toMatchObject([{ attempt }]);
      await expire();
    }
    expect(await info()).toMatchObject({ parked: 1, inFlight: 0, position: first });
    expect(await parked()).toMatchObject([{ reason: expect.stringMatching(/^no answer within 30000 ms/) as string }]);
  });

  test('EVT-4 the checkpoint never passes what is not answered, and never goes back', async () => {
    const all = await append(6);
    await make();
    const messages = await take();
    await ack(...messages.slice(1, 3), ...messages.slice(4));
    expect((await info()).position).toBeLessThan(all[0] ?? 0);
    await nack('retry', messages.slice(0, 1));
    expect((await info()).position).toBeLessThan(all[0] ?? 0);
    await ack(...(await take()));
    expect((await info()).position).toBe((all[3] ?? 0) - 1);
    await nack('park', messages.slice(3, 4));
    expect((await info()).position).toBe(all[5]);
    await door.replayParked(ref);
    await take();
    expect((await info()).position).toBe(all[5]);
    // What is replayed below it has a copy of its event, and does not hold it.
    const [last] = (await append(1)).slice(-1);
    await ack(...(await take()));
    expect((await info()).position).toBe(last);
  });

  test('EVT-4 messages in flight are bounded; a slow one does not hold the others back', async () => {
    await append(9);
    await make({ maxInFlight: 3 });
    const slow = await take(1);
    const others = await take();
    expect([slow.length, others.length, (await take()).length]).toEqual([1, 2, 0]);
    await ack(...others);
    const next = await take();
    expect(next).toHaveLength(2);
    await nack('park', next);
    // Parked ones come back all at once; no more than the bound are handed out.
    await ack(...(await take()));
    await nack('park', await take());
    expect(await door.replayParked(ref)).toEqual({ replayed: 4 });
    expect((await take()).length + (await take()).length).toBe(2);
    expect(await info()).toMatchObject({ inFlight: 3, waiting: 2 });
  });

  test('EVT-4 a group of some types gets no others, and its checkpoint moves over them', async () => {
    await append(2, 'set.created');
    const all = await append(2);
    await make({ types: ['agent.adopted'] });
    expect(await info()).toMatchObject({ lag: 2, position: 0 });
    const messages = await take();
    expect(positions(messages)).toEqual(all.slice(2));
    await ack(...messages);
    const [last] = (await append(1, 'set.created')).slice(-1);
    expect(await take()).toEqual([]);
    expect(await info()).toMatchObject({ position: last, lag: 0 });
  });

  test('EVT-4 a group begins after a position, or with what comes', async () => {
    const all = await append(3);
    await make({ after: all[1] ?? 0 });
    await door.create({ ...ref, group: 'late', after: 'end' });
    expect(positions(await take())).toEqual(all.slice(2));
    const more = await append(1);
    const late = await door.take({ ...ref, group: 'late' });
    expect(positions(late.messages)).toEqual(more.slice(3));
  });

  test('EVT-4 groups do not see each other, nor does a group of the same name in another space', async () => {
    const all = await append(1);
    await make();
    const others = [
      { ...ref, group: 'auditors' },
      { ...ref, space: `${ref.space}-other` },
    ];
    for (const other of others) await door.create(other);
    await ack(...(await take()));
    const had = await Promise.all(others.map((other) => door.take(other)));
    expect(had.map(({ messages }) => positions(messages))).toEqual([all, []]);
    await door.remove(ref);
    expect(await door.list(ref.space)).toHaveLength(1);
  });

  test('EVT-4 a take that waits is woken by an append, by a retry that becomes due, and by its end', async () => {
    await make();
    const waiting = door.take({ ...ref, waitMs: 20_000 });
    await append(1);
    const { messages } = await waiting;
    expect(messages).toHaveLength(1);
    await nack('retry', messages, { afterMs: 50 });
    expect((await door.take({ ...ref, waitMs: 20_000 })).messages).toMatchObject([{ attempt: 2 }]);
    expect(await door.take({ ...ref, waitMs: 1 })).toEqual({ messages: [] });
    const gone = new AbortController();
    const leaving = door.take({ ...ref, waitMs: 20_000, signal: gone.signal });
    gone.abort();
    expect(await leaving).toEqual({ messages: [] });
    await append(1);
    expect(await take()).toHaveLength(1);
  });

  test('EVT-4 parked messages come in pages, oldest first', async () => {
    const all = await append(5);
    await make();
    await nack('park', await take(), { reason: 'later' });
    const first = await door.parked({ ...ref, pageSize: 3 });
    expect(first.items.map(({ position }) => position)).toEqual(all.slice(0, 3));
    const rest = await door.parked({ ...ref, pageSize: 3, pageToken: first.nextPageToken ?? '' });
    expect(rest.items.map(({ position }) => position)).toEqual(all.slice(3));
    expect('nextPageToken' in rest).toBe(false);
    await expect(door.parked({ ...ref, pageToken: 'x' })).rejects.toMatchObject({ code: 'invalid-request' });
  });

  test('a group that has parked all it may stops; a space has no more groups than it may', async () => {
    await append(2);
    await make();
    const [one, two] = (await take()) as [Message, Message];
    await sql`insert into deliveries (space, group_name, position, state, attempts, due_at, receipt, reason)
      select ${ref.space}, ${ref.group}, -n, 'parked', 1, 0, '', '' from generate_series(2, ${MAX_PARKED - 1}) n`.execute(
      database.db,
    );
    await nack('park', [one]);
    expect(await info()).toMatchObject({ state: 'running', parked: MAX_PARKED - 1 });
    await nack('park', [two]);
    const because = expect.stringMatching(/^10000 messages are parked/) as string;
    expect(await info()).toMatchObject({ state: 'stopped', stoppedBecause: because, parked: MAX_PARKED });
    await sql`insert into groups (space, name, settings, position, scanned, lost_through, created_at)
      select space, 'g' || n, settings, 0, 0, 0, 0 from groups, generate_series(3, ${MAX_GROUPS}) n
      where space = ${ref.space}`.execute(database.db);
    await door.create({ ...ref, group: 'the-last' });
    await expect(door.create({ ...ref, group: 'one-more' })).rejects.toMatchObject({ code: 'limit-reached' });
  });

  describe('EVT-4 EVT-5 retention', () => {
    test('holds before a group that has not had the events, and says who holds', async () => {
      const all = await append(4);
      await make();
      const passing = await editions();
      const before = (all.at(-1) ?? 0) + 1;
      const messages = await take();
      await ack(...messages.slice(0, 2));
      const held = { reader: 'group/mailers', position: (all[2] ?? 0) - 1 };
      expect(await trimEvents(database, { space: ref.space, before, passing })).toEqual({ removed: 2, heldBy: held });
      await expire();
      expect(positions(await take())).toEqual(all.slice(2));
      await door.remove(ref);
      expect(await trimEvents(database, { space: ref.space, before, passing })).toEqual({ removed: 2 });
    });

    test('does not wait for parked messages: they keep their events and are replayed whole', async () => {
      const all = await append(2);
      await make();
      const messages = await take();
      await nack('park', messages, { reason: 'later' });
      const passing = await editions();
      expect(await trimEvents(database, { space: ref.space, keepLast: 0, passing })).toEqual({ removed: 2 });
      await door.replayParked(ref);
      const again = await take();
      expect(again.map(({ event }) => event)).toEqual(messages.map(({ event }) => event));
      await nack('park', again);
      expect((await parked()).map(({ position, event }) => [position, event?.sequence])).toEqual(
        all.map((position, at) => [position, messages[at]?.event.sequence]),
      );
    });

    test('a group that is passed is told once, and goes on with what is left', async () => {
      const all = await append(4);
      await make();
      const [first] = (await take(1)) as [Message];
      const passing = [...(await editions()), 'group/mailers'];
      await trimEvents(database, { space: ref.space, before: all[3] ?? 0, passing });
      const taken = await door.take(ref);
      expect([taken.resync, positions(taken.messages)]).toEqual([all[2], all.slice(3)]);
      expect(await door.take(ref)).toEqual({ messages: [] });
      expect(await info()).toMatchObject({ lostThrough: all[2] });
      // What its consumer has is gone for everybody else.
      await nack('retry', [first]);
      expect(await take()).toEqual([]);
      await ack(...taken.messages);
      expect(await info()).toMatchObject({ position: all[3], inFlight: 0, waiting: 0 });
    });
  });
}
