import type { WorkflowInterceptors } from '@temporalio/workflow';
import { continuationQuery, EARLY_HISTORY, keptQuery, recollectionQuery } from '../../src/contracts/entity';

/** What is asked of runs that are over, and of no others: a worker that goes on with what is ahead would be stuck. */
const OF_THE_PAST: ReadonlySet<unknown> = new Set(
  [continuationQuery, keptQuery, recollectionQuery].map(({ name }) => name),
);

/** What an activation says of the history that it stands for. */
interface Told {
  /** The last event that was taken in. */
  readonly length: number;
  /** Bytes of the history, by the last workflow task that has started. */
  readonly bytes: number;
  /** Start of the last workflow task, in nanoseconds. */
  readonly time: bigint;
}

/** True for an activation that brings no news of the clock: more of what `before` took in. */
const isOfSameTask = (before: Told, now: Told): boolean => now.bytes === before.bytes && now.time === before.time;

/**
 * True when events were taken in whose workflow task has not started. The server may hand a query a history that goes beyond
 * the last task that was started, and the SDK (1.24) lets a worker act on it: by the clock of the task before. A replay would
 * see the clock of the task that starts later, and decide otherwise: the workflow would be stuck for good.
 *
 * A task that starts tells its time and the bytes of the history with it; a clock that is set back changes the bytes all the same.
 */
export function isEarly(before: Told | undefined, now: Told): boolean {
  return before !== undefined && now.bytes > 0 && now.length > before.length && isOfSameTask(before, now);
}

/**
 * Refuses whatever follows an early activation: the query fails and is asked again, the workflow is begun anew from its history. What
 * is asked of a run that is over is answered: events that nobody had taken when it was terminated never get a task.
 */
export function interceptors(): WorkflowInterceptors {
  let before: Told | undefined;
  let isAhead = false;
  return {
    internals: [
      {
        activate: (input, next) => {
          const { timestamp, historyLength, historySizeBytes, jobs } = input.activation;
          const queries = (jobs ?? []).map(({ queryWorkflow }) => queryWorkflow?.queryType);
          const isQuery = queries.every((name) => name !== undefined);
          const time = BigInt(String(timestamp?.seconds ?? 0)) * 1_000_000_000n + BigInt(timestamp?.nanos ?? 0);
          const now = { length: historyLength ?? 0, bytes: Number(historySizeBytes ?? 0), time };
          const isOfThePast = queries.length > 0 && queries.every((name) => OF_THE_PAST.has(name));
          const isMore = !isQuery && before !== undefined && isOfSameTask(before, now);
          // eslint-disable-next-line no-restricted-syntax -- to stall the task is what is wanted
          if (isAhead && !isOfThePast && !isMore) throw new Error(EARLY_HISTORY);
          if (!isQuery && timestamp != null) {
            isAhead ||= isEarly(before, now);
            before = now;
          }
          next(input);
        },
      },
    ],
  };
}
