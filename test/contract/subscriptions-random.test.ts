import fc from 'fast-check';
import type { GroupRef, Message, SubscriptionStore } from '../../src/contracts/subscription';
import { openDatabase, type Database } from '../../src/store/database';
import { createEventStore } from '../../src/store/event-store';
import { createSubscriptions } from '../../src/store/subscriptions';
import { startPostgresServer, type PostgresServer } from '../support/postgres-server';
import { batchOf, counted } from '../support/store/batches';
import { runOut } from '../support/store/leases';
import { emptyDatabase } from '../support/store/template';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgresServer();
});
afterAll(() => postgres.close());

const SEED = 20_261_124;
const MAX_RETRIES = 2;
const MAX_IN_FLIGHT = 4;

/** One thing that happens to a group; `pick` chooses among the receipts that were ever handed out. */
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('take' as const), count: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('ack' as const), pick: fc.nat() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('retry' as const, 'park' as const, 'skip' as const, 'stop' as const),
      pick: fc.nat(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('expire' as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('replay' as const, 'resume' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A group and what must be true of it: who holds what, and how each event ended. */
class Witness {
  readonly database: Database;
  readonly door: SubscriptionStore;
  readonly ref: GroupRef;
  readonly handedOut: Message[] = [];
  /** The receipt that is good for a position; a lease that ran out is good until the next hand-out. */
  readonly good = new Map<number, string>();
  readonly running = new Set<number>();
  readonly ended = new Map<number, 'acked' | 'skipped'>();
  readonly replayed = new Set<number>();
  #told = 0;
  #checkpoint = 0;

  constructor(database: Database, door: SubscriptionStore, ref: GroupRef) {
    this.database = database;
    this.door = door;
    this.ref = ref;
  }

  async append(count: number): Promise<void> {
    const batch = batchOf(this.ref, this.#told + 1, counted(this.#told + 1, count));
    await createEventStore(this.database).append(batch);
    this.#told += count;
  }

  async all(): Promise<readonly number[]> {
    const stored = await createEventStore(this.database).read({ space: this.ref.space, after: 0, limit: 1_000 });
    return stored.map(({ position }) => position);
  }

  async take(limit: number): Promise<number> {
    const { messages } = await this.door.take({ ...this.ref, limit }).catch(unless('subscription-stopped', none));
    for (const message of messages) {
      const { position, attempt, receipt } = message;
      expect([position, this.running.has(position), this.ended.get(position)]).toEqual([position, false, undefined]);
      expect(attempt).toBeLessThanOrEqual(MAX_RETRIES + 1);
      this.handedOut.push(message);
      this.good.set(position, receipt);
      this.running.add(position);
    }
    expect(this.running.size).toBeLessThanOrEqual(MAX_IN_FLIGHT);
    return messages.length;
  }

  async answer(kind: 'ack' | 'retry' | 'park' | 'skip' | 'stop', pick: number): Promise<void> {
    const message = this.handedOut[pick % Math.max(1, this.handedOut.length)];
    if (message === undefined) return;
    const { position, receipt } = message;
    const receipts = { ...this.ref, receipts: [receipt] };
    const answering = kind === 'ack' ? this.door.ack(receipts) : this.door.nack({ ...receipts, action: kind });
    const { answered } = await answering.catch(unless('unknown-receipt', { answered: 0, unknown: [] }));
    const isGood = this.good.get(position) === receipt;
    // What ran out for the last time was parked meanwhile, whoever held it.
    const isLast = message.attempt > MAX_RETRIES && !this.running.has(position);
    expect([position, answered]).toEqual([position, isGood && !isLast ? 1 : 0]);
    if (answered === 0) return;
    this.good.delete(position);
    this.running.delete(position);
    if (kind === 'ack') this.ended.set(position, 'acked');
    if (kind === 'skip') this.ended.set(position, 'skipped');
  }

  async expire(pick: number): Promise<void> {
    const held = [...this.running];
    const position = held[pick % Math.max(1, held.length)];
    if (position === undefined) return;
    await runOut(this.database, this.ref, [position]);
    this.running.delete(position);
  }

  async parked(): Promise<readonly number[]> {
    return (await this.door.parked({ ...this.ref, pageSize: 500 })).items.map(({ position }) => position);
  }

  async replay(): Promise<void> {
    for (const position of await this.parked()) this.replayed.add(position);
    await this.door.replayParked(this.ref);
  }

  /** The checkpoint passes nothing that is open, unless it had passed it parked, and never goes back. */
  async look(): Promise<void> {
    const { position } = await this.door.info(this.ref);
    expect(position).toBeGreaterThanOrEqual(this.#checkpoint);
    this.#checkpoint = position;
    const settled = new Set([...this.ended.keys(), ...(await this.parked()), ...this.replayed]);
    const open = (await this.all()).filter((each) => !settled.has(each));
    expect(position).toBeLessThan(open[0] ?? Infinity);
  }

  async happen(next: Step): Promise<void> {
    switch (next.kind) {
      case 'append':
        return this.append(next.count);
      case 'take':
        await this.take(next.count);
        return;
      case 'expire':
        return this.expire(next.pick);
      case 'replay':
        return this.replay();
      case 'resume':
        await this.door.resume(this.ref);
        return;
      default:
        return this.answer(next.kind, next.pick);
    }
  }

  /** Everything that is open is taken and acknowledged. */
  async drain(): Promise<void> {
    await this.door.resume(this.ref);
    await runOut(this.database, this.ref);
    this.running.clear();
    for (;;) {
      const from = this.handedOut.length;
      if ((await this.take(MAX_IN_FLIGHT)) === 0) return;
      for (let at = from; at < this.handedOut.length; at += 1) await this.answer('ack', at);
    }
  }
}

const none = { messages: [] };
const unless =
  <T>(code: string, instead: T) =>
  (error: unknown): T => {
    if (error instanceof Error && 'code' in error && error.code === code) return instead;
    throw error;
  };

describe.each([
  ['PGlite', async () => openDatabase({ template: await emptyDatabase() }), 10],
  ['Postgres', async () => openDatabase({ url: await postgres.database('random') }), 12],
])('on %s', (_name, open, numRuns) => {
  let database: Database;
  let door: SubscriptionStore;
  let runs = 0;
  beforeAll(async () => {
    database = await open();
    await database.migrate();
    door = createSubscriptions(database);
  });
  afterAll(() => database.close());

  test('EVT-4 whatever consumers do, each event ends acknowledged, skipped or parked, once, and none is lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 35 }), async (steps) => {
        runs += 1;
        const ref = { space: `random-${String(runs)}`, group: 'group' };
        await door.create({ ...ref, maxRetries: MAX_RETRIES, maxInFlight: MAX_IN_FLIGHT });
        const witness = new Witness(database, door, ref);
        await witness.append(3);
        for (const each of steps) {
          await witness.happen(each);
          await witness.look();
        }
        await witness.drain();
        const ends = [...witness.ended.keys(), ...(await witness.parked())];
        expect(ends.sort((a, b) => a - b)).toEqual(await witness.all());
        const last = (await witness.all()).at(-1);
        expect(await door.info(ref)).toMatchObject({ position: last, inFlight: 0, waiting: 0, lag: 0 });
      }),
      { seed: SEED, numRuns },
    );
  });
});
