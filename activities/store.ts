import { ApplicationFailure } from '@temporalio/common';
import type { OutboxBatch, StoreActivities } from '../src/contracts/envelope';
import type { AgentTopics } from '../src/contracts/coordination/topic';
import { isPlatformError, ERRORS } from '../src/contracts/errors';
import type { EventStore } from '../src/contracts/event-store';

/** What the store's activity needs of its process. */
export interface StoreActivityDeps {
  readonly eventStore: Pick<EventStore, 'append'>;
  /** The subscriptions of agents; absent where there are none. */
  readonly topics?: AgentTopics;
  readonly log?: { error(line: object, text: string): void };
}

/**
 * The activity that takes outboxes over. Repeating it is safe.
 *
 * Another event under a number that is taken (a reset workflow does that) is never stored and never dropped: the conflict
 * is logged and kept by the store, and the activity fails and is tried again, so that the entity's outbox holds it and the
 * Web UI shows it as pending. Ending that life of the entity (terminate, start again) resolves it: a new life has a new stream.
 */
export function createStoreActivities({ eventStore, topics, log }: StoreActivityDeps): StoreActivities {
  return {
    appendEvents: async (batch: OutboxBatch) => {
      const result = await eventStore.append(batch);
      if ('version' in result) return { storedThrough: result.version };
      const { space, kind, name, generation } = batch;
      const where = { space, kind, name, generation };
      log?.error({ ...where, result }, 'events could not be appended');
      const text =
        result.kind === 'conflict'
          ? `another event is stored under sequence ${String(result.sequence)} of ${space}:${kind}:${name}~${generation}`
          : `the stream ${space}:${kind}:${name}~${generation} is at ${String(result.actual)}`;
      throw ApplicationFailure.create({ message: text, type: result.kind, details: [result] });
    },
    subscribeToTopics: async (request) => {
      if (topics === undefined) throw ApplicationFailure.nonRetryable('this store has no topics', 'internal');
      try {
        return await topics.subscribe(request);
      } catch (error) {
        if (!isPlatformError(error) || ERRORS[error.code].retryable) throw error;
        throw ApplicationFailure.nonRetryable(error.message, error.code);
      }
    },
  };
}
