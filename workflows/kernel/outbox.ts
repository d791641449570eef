import { CancellationScope, proxyActivities, sleep } from '@temporalio/workflow';
import { OUTBOX_BYTES, OUTBOX_MAX, type EntityInput, type Generation } from '../../src/contracts/entity';
import type { NewEvent, OutboxEvent, StoreActivities } from '../../src/contracts/envelope';
import { jsonBytes } from '../../src/domain/mailbox';

const EVERY_MS = 1_000;
const BATCH_EVENTS = 200;
const BATCH_BYTES = 256 * 1024;

/** What an entity said and the store has not confirmed yet. */
export interface Outbox {
  /** @param gathers if nothing else waits, these may wait for a second for others */
  push(events: readonly NewEvent[], ids: Pick<NewEvent, 'causationId' | 'correlationId'>, gathers?: boolean): void;
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
  carried: { readonly outbox: readonly OutboxEvent[]; readonly sequence: number },
  changed: () => void,
): Outbox {
  const { appendEvents } = proxyActivities<StoreActivities>({
    taskQueue: input.queues.store,
    startToCloseTimeout: 10_000,
    retry: { initialInterval: 500, backoffCoefficient: 2, maximumInterval: 10_000 },
    summary: 'hand events over to the store',
  });
  let waiting = [...carried.outbox];
  let sequence = carried.sequence;
  let bytes = waiting.reduce((sum, event) => sum + (jsonBytes(event) ?? 0), 0);
  let isBusy = false;
  let isPausing = false;
  let hasHurry = false;
  let nextAt = 0;
  // A run that is cancelled still hands over what it said, and pauses in between: in a cancelled scope no timer waits.
  const scope = new CancellationScope({ cancellable: false });

  async function handOver(): Promise<void> {
    nextAt = Date.now() + EVERY_MS;
    const { space, kind, name } = input;
    const { storedThrough } = await appendEvents({
      space,
      kind,
      name,
      generation: String(generation.number),
      events: nextBatch(waiting),
    });
    waiting = waiting.filter((event) => event.sequence > storedThrough);
    bytes = waiting.reduce((sum, event) => sum + (jsonBytes(event) ?? 0), 0);
    isBusy = false;
    changed();
    kick();
  }

  /** The timer is not taken back when the entity ends meanwhile: it ends with it. */
  async function breathe(ms: number): Promise<void> {
    await sleep(ms, { summary: 'gather events for the store' });
    isPausing = false;
    // Without another look at the clock: the pause is over when its timer says so.
    if (!isBusy && waiting.length > 0) await begin();
  }

  function begin(): Promise<void> {
    isBusy = true;
    return handOver();
  }

  /** The way that every message goes: each promise in a workflow costs the trace of its stack, so it makes few. */
  function kick(): void {
    if (isBusy || waiting.length === 0) return;
    const left = hasHurry ? 0 : nextAt - Date.now();
    if (left <= 0) {
      void scope.run(begin);
    } else if (!isPausing) {
      isPausing = true;
      void scope.run(() => breathe(left));
    }
  }

  return {
    push(events, ids, gathers = false) {
      if (gathers && !isBusy && waiting.length === 0) nextAt = Math.max(nextAt, Date.now() + EVERY_MS);
      const time = new Date(Date.now()).toISOString();
      for (const event of events) {
        const numbered = { ...ids, ...event, sequence: ++sequence, time };
        waiting.push(numbered);
        bytes += jsonBytes(numbered) ?? 0;
      }
    },
    kick,
    hurry() {
      hasHurry = true;
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
