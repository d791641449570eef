import { CancellationScope, patched, proxyActivities, sleep, workflowInfo } from '@temporalio/workflow';
import { MAX_HEARD, type Stamp } from '../../src/contracts/causality';
import { OUTBOX_BYTES, OUTBOX_MAX, type EntityInput, type Generation } from '../../src/contracts/entity';
import type { NewEvent, OutboxEvent, StoreActivities } from '../../src/contracts/envelope';
import { hear, isFull, NEW_CLOCK, say, stampOf, type EntityClock } from '../../src/domain/causality/entity-clock';
import { jsonBytes } from '../../src/domain/mailbox';

const EVERY_MS = 1_000;
const BATCH_EVENTS = 200;
const BATCH_BYTES = 256 * 1024;
/** A run that began before there were stamps says no event that it did not say then. */
const STAMPS = 'causality-stamps';

/** What an entity said and the store has not confirmed yet. */
export interface Outbox {
  /** @param gathers if nothing else waits, these may wait for a second for others */
  push(events: readonly NewEvent[], ids: Pick<NewEvent, 'causationId' | 'correlationId'>, gathers?: boolean): void;
  /** Takes in what the sender of a message knew: the next event follows it (CAU-4). */
  hear(stamp: Stamp | undefined): void;
  /** What goes along with a message. Changes nothing. */
  stamp(): Stamp;
  readonly clock: EntityClock;
  /** Starts a hand-over if there is something to hand over, none is in flight and the last one began a second ago. */
  kick(): void;
  /** From now on without the pause between hand-overs: the entity is ending. */
  hurry(): void;
  readonly full: boolean;
  readonly empty: boolean;
  readonly waiting: readonly OutboxEvent[];
  /** Number of the last event. */
  readonly sequence: number;
}

function nextBatch(events: readonly OutboxEvent[]): readonly OutboxEvent[] {
  const batch: OutboxEvent[] = [];
  let bytes = 0;
  for (const event of events.slice(0, BATCH_EVENTS)) {
    bytes += jsonBytes(event) ?? 0;
    if (batch.length > 0 && bytes > BATCH_BYTES) break;
    batch.push(event);
  }
  return batch;
}

/**
 * The outbox of one run. Hand-overs are activities on the store's queue, one in flight and one a second at most; while
 * the store is down they wait there. A renewal does not wait for them: the next run hands the same events over again,
 * which the store takes as the repetition it is.
 */
export function createOutbox(
  input: EntityInput,
  generation: Generation,
  carried: {
    readonly outbox: readonly OutboxEvent[];
    readonly sequence: number;
    readonly clock?: EntityClock | undefined;
  },
  changed: () => void,
): Outbox {
  const { appendEvents } = proxyActivities<StoreActivities>({
    taskQueue: input.queues.store,
    startToCloseTimeout: 10_000,
    retry: { initialInterval: 500, backoffCoefficient: 2, maximumInterval: 10_000 },
    summary: 'hand events over to the store',
  });
  const { workflowId: entity } = workflowInfo();
  let clock = carried.clock ?? NEW_CLOCK;
  let waiting = [...carried.outbox];
  let sequence = carried.sequence;
  let bytes = waiting.reduce((sum, event) => sum + (jsonBytes(event) ?? 0), 0);
  let isBusy = false;
  let hasHurry = false;
  let pause: CancellationScope | undefined;

  async function handOver(): Promise<void> {
    const began = Date.now();
    const batch = nextBatch(waiting);
    const { space, kind, name } = input;
    const { storedThrough } = await appendEvents({
      space,
      kind,
      name,
      generation: String(generation.number),
      events: batch,
    });
    waiting = waiting.filter((event) => event.sequence > storedThrough);
    bytes = waiting.reduce((sum, event) => sum + (jsonBytes(event) ?? 0), 0);
    changed();
    const left = began + EVERY_MS - Date.now();
    if (waiting.length === 0 && left > 0) {
      nextAt = began + EVERY_MS;
      return;
    }
    await breathe(left);
  }
  let nextAt = 0;

  async function breathe(ms: number): Promise<void> {
    if (ms <= 0 || hasHurry) return;
    pause = new CancellationScope({ cancellable: true });
    try {
      await pause.run(() => sleep(ms, { summary: 'gather events for the store' }));
    } catch {
      // the entity is ending: hand over at once
    } finally {
      pause = undefined;
    }
  }

  async function run(): Promise<void> {
    await breathe(nextAt - Date.now());
    while (waiting.length > 0) await handOver();
    isBusy = false;
    changed();
  }

  const push: Outbox['push'] = (events, ids, gathers = false) => {
    if (gathers && !isBusy && waiting.length === 0) nextAt = Math.max(nextAt, Date.now() + EVERY_MS);
    const time = new Date(Date.now()).toISOString();
    for (const event of events) {
      const said = say(clock, entity, Date.now());
      clock = said.clock;
      const numbered = { ...ids, ...event, sequence: ++sequence, time, ...said.stamped };
      waiting.push(numbered);
      bytes += jsonBytes(numbered) ?? 0;
    }
  };

  return {
    push,
    hear(stamp) {
      if (stamp === undefined) return;
      clock = hear(clock, stamp, entity);
      while (isFull(clock) && patched(STAMPS)) {
        push([{ type: 'entity.heard', data: { of: Math.min(clock.heard.length, MAX_HEARD) } }], {});
      }
    },
    stamp: () => stampOf(clock, { entity, generation: generation.number, sequence }),
    get clock() {
      return clock;
    },
    kick() {
      if (isBusy || waiting.length === 0) return;
      isBusy = true;
      void CancellationScope.nonCancellable(run);
    },
    hurry() {
      hasHurry = true;
      pause?.cancel();
    },
    get full() {
      return waiting.length >= OUTBOX_MAX || bytes >= OUTBOX_BYTES;
    },
    get empty() {
      return waiting.length === 0;
    },
    get waiting() {
      return waiting;
    },
    get sequence() {
      return sequence;
    },
  };
}
