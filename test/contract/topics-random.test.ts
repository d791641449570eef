import fc from 'fast-check';
import type { Message } from '../../src/contracts/subscription';
import { openDatabase, type Database } from '../../src/store/database';
import { createSubscriptions } from '../../src/store/subscriptions';
import { createTopics } from '../../src/store/topics';
import { runOut } from '../support/store/leases';
import { emptyDatabase } from '../support/store/template';
import { breachesOf, type TopicHistory, type TopicLine } from '../support/validators/topics';

// Random publishers and consumers; what they were handed is noted, and judged by the validators of each promise.

const SEED = 20_261_130;
const RUNS = 8;
const BUFFER = 3;
const RETRIES = 1;
const NAMES = ['orders', 'all', 'late'] as const;
const TOPICS = { orders: ['orders.*'], all: ['**'], late: ['orders.new', 'letters'] } as const;

const who = fc.constantFrom(...NAMES);
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('publish' as const),
      topic: fc.constantFrom('orders.new', 'orders.paid', 'letters', 'orders.new.big'),
      key: fc.constantFrom('', 'a', 'b'),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('take' as const), who }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('ack' as const, 'retry' as const), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('release' as const, 'expire' as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('subscribe' as const, 'replay' as const), who }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

let database: Database;
beforeAll(async () => {
  database = openDatabase({ template: await emptyDatabase() });
  await database.migrate();
});
afterAll(() => database.close());

/** Publishers and consumers of one space, and the history of what they were handed. */
class Scene {
  readonly space: string;
  readonly lines: TopicLine[] = [];
  readonly #held = new Map<string, Message[]>();
  readonly #dead = new Map<string, Set<number>>();
  #published = 0;

  constructor(space: string) {
    this.space = space;
  }

  #ref(group: string) {
    return { space: this.space, group };
  }

  async happen(each: Step): Promise<void> {
    switch (each.kind) {
      case 'publish':
        return this.publish(each.topic, each.key);
      case 'subscribe':
        return this.subscribe(each.who);
      default:
        if (!this.#held.has(each.who)) return;
        await this.act(each.kind, each.who);
        await this.look(each.who);
    }
  }

  async publish(topic: string, key: string): Promise<void> {
    this.#published += 1;
    const asked = { space: this.space, topic, key, data: this.#published, id: String(this.#published) };
    const { position } = await createTopics(database).publish(asked);
    this.lines.push({ line: 'published', position, topic, key });
  }

  async subscribe(name: (typeof NAMES)[number]): Promise<void> {
    const topics = TOPICS[name];
    const settings = { topics, after: 'end', maxInFlight: BUFFER, maxRetries: RETRIES } as const;
    const { began: after } = await createSubscriptions(database).create({ ...this.#ref(name), ...settings });
    if (this.#held.has(name)) return;
    this.#held.set(name, []);
    this.#dead.set(name, new Set());
    this.lines.push({ line: 'began', subscriber: name, after, topics, buffer: BUFFER, tries: RETRIES + 1 });
  }

  async act(kind: 'take' | 'ack' | 'retry' | 'release' | 'expire' | 'replay', name: string): Promise<void> {
    const door = createSubscriptions(database);
    const held = this.#held.get(name) ?? [];
    if (kind === 'take') {
      const { messages } = await door.take({ ...this.#ref(name), limit: 2 });
      await this.deaths(name);
      for (const { position, attempt } of messages)
        this.lines.push({ line: 'handed', subscriber: name, position, attempt });
      held.push(...messages);
      return;
    }
    if (kind === 'replay') {
      for (const position of this.#dead.get(name) ?? [])
        this.lines.push({ line: 'replayed', subscriber: name, position });
      this.#dead.get(name)?.clear();
      await door.replayParked(this.#ref(name));
      return;
    }
    const message = held.shift();
    if (message === undefined) return;
    const { position, receipt } = message;
    if (kind === 'expire') {
      await runOut(database, this.#ref(name), [position]);
      return;
    }
    const receipts = { ...this.#ref(name), receipts: [receipt] };
    if (kind === 'ack') {
      await door.ack(receipts);
      this.lines.push({ line: 'dealt', subscriber: name, position });
      return;
    }
    await door.nack({ ...receipts, action: kind });
    // What was released was not tried: as if it had never been handed out.
    if (kind === 'release') {
      const at = this.lines.findLastIndex(
        (each) => each.line === 'handed' && each.subscriber === name && each.position === position,
      );
      this.lines.splice(at, 1);
    }
    await this.deaths(name);
  }

  /** Notes what has become a dead letter since. */
  async deaths(name: string): Promise<void> {
    const known = this.#dead.get(name) ?? new Set();
    const { items } = await createSubscriptions(database).parked({ ...this.#ref(name), pageSize: 500 });
    for (const { position } of items) {
      if (known.has(position)) continue;
      known.add(position);
      this.lines.push({ line: 'dead', subscriber: name, position });
    }
  }

  async look(name: string): Promise<void> {
    const { inFlight, waiting } = await createSubscriptions(database).info(this.#ref(name));
    this.lines.push({ line: 'counts', subscriber: name, open: inFlight + waiting });
  }

  /** How the last message stands with everybody. */
  async report(): Promise<void> {
    const last = this.lines.findLast((each) => each.line === 'published');
    if (last === undefined) return;
    const { position } = last;
    const delivery = await createTopics(database).delivery({ space: this.space, position });
    const { subscribers, delivered, pending } = delivery;
    const failed = delivery.failed.map(({ subscriber }) => subscriber);
    this.lines.push({ line: 'reported', position, subscribers, delivered, failed, pending });
  }

  /** Everybody deals with all that is left. */
  async drain(): Promise<void> {
    for (const name of this.#held.keys()) {
      this.#held.set(name, []);
      for (let isMore = true; isMore;) {
        await runOut(database, this.#ref(name));
        await this.act('take', name);
        const held = this.#held.get(name) ?? [];
        isMore = held.length > 0;
        while (held.length > 0) await this.act('ack', name);
      }
      this.lines.push({ line: 'over', subscriber: name });
    }
    await this.report();
  }
}

test('PUB-1 PUB-3 PUB-4 PUB-5 PUB-6 whatever publishers and consumers do, no validator finds a breach', async () => {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 25, maxLength: 45 }), async (steps) => {
      runs += 1;
      const scene = new Scene(`random-${String(runs)}`);
      await scene.subscribe('orders');
      await scene.subscribe('all');
      for (const each of steps) await scene.happen(each);
      await scene.report();
      await scene.drain();
      expect(breachesOf(scene.lines)).toEqual([]);
    }),
    { seed: SEED, numRuns: RUNS, endOnFailure: true },
  );
});

/** A history that keeps every promise: two subscribers, a dead letter that is replayed, a live one with a gap. */
const GOOD: TopicHistory = [
  { line: 'began', subscriber: 'd', after: 1, topics: ['orders.*'], buffer: 2, tries: 2 },
  { line: 'watches', subscriber: 'l', after: 1, topics: ['orders.*'] },
  { line: 'published', position: 2, topic: 'orders.new', key: 'a' },
  { line: 'published', position: 3, topic: 'orders.new', key: 'a' },
  { line: 'published', position: 4, topic: 'letters', key: '' },
  { line: 'published', position: 5, topic: 'orders.new', key: 'b' },
  { line: 'handed', subscriber: 'd', position: 2, attempt: 1 },
  { line: 'counts', subscriber: 'd', open: 2 },
  { line: 'handed', subscriber: 'd', position: 2, attempt: 2 },
  { line: 'dead', subscriber: 'd', position: 2 },
  { line: 'handed', subscriber: 'd', position: 3, attempt: 1 },
  { line: 'dealt', subscriber: 'd', position: 3 },
  { line: 'replayed', subscriber: 'd', position: 2 },
  { line: 'handed', subscriber: 'd', position: 2, attempt: 1 },
  { line: 'dealt', subscriber: 'd', position: 2 },
  { line: 'handed', subscriber: 'd', position: 5, attempt: 1 },
  { line: 'dealt', subscriber: 'd', position: 5 },
  { line: 'over', subscriber: 'd' },
  { line: 'got', subscriber: 'l', position: 2 },
  { line: 'gap', subscriber: 'l', after: 2, position: 4 },
  { line: 'got', subscriber: 'l', position: 5 },
  { line: 'over', subscriber: 'l' },
  { line: 'reported', position: 5, subscribers: 1, delivered: 1, failed: [], pending: [] },
];

const without = (at: number): TopicHistory => GOOD.filter((_line, index) => index !== at);
const changed = (at: number, more: object): TopicHistory =>
  GOOD.map((each, index) => (index === at ? { ...each, ...more } : each));
const moved = (from: number, to: number): TopicHistory => {
  const rest = [...without(from)];
  rest.splice(to, 0, GOOD[from] as TopicLine);
  return rest;
};

test('the validators find nothing in a history that keeps every promise', () => {
  expect(breachesOf(GOOD)).toEqual([]);
});

test.each([
  [
    'PUB-1',
    'a message never comes',
    GOOD.filter(
      (each) => !('position' in each && each.position === 5 && 'subscriber' in each && each.subscriber === 'd'),
    ),
  ],
  ['PUB-1', 'the next of a key is handed out while the one before it is open', moved(9, 10)],
  ['PUB-2', 'a live subscriber misses one without a gap', without(19)],
  ['PUB-2', 'a live subscriber gets one twice', [...GOOD, { line: 'got', subscriber: 'l', position: 5 } as const]],
  ['PUB-3', 'a message of another topic comes', changed(15, { position: 4 })],
  ['PUB-3', 'a message from before the named position comes', changed(0, { after: 2 })],
  ['PUB-4', 'more is open than the buffer holds', changed(7, { open: 3 })],
  ['PUB-5', 'a report leaves a subscriber out', changed(22, { subscribers: 0, delivered: 0 })],
  ['PUB-6', 'a message is dead before its last try', without(8)],
  [
    'PUB-6',
    'a message is tried once more than stated',
    moved(8, 7).flatMap((each, at) => (at === 8 ? [each, GOOD[8] as TopicLine] : [each])),
  ],
] as const)('%s: the validators find that %s', (promise, _what, history) => {
  expect(breachesOf(history).map((breach) => breach.promise)).toContain(promise);
});
