import type { WorkflowInterceptors } from '@temporalio/workflow';
import { EARLY_HISTORY } from '../../src/contracts/entity';

/** What an activation says of the history that it stands for. */
interface Told {
  /** The last event that was taken in. */
  readonly length: number;
  /** Bytes of the history, by the last workflow task that has started. */
  readonly bytes: number;
  /** Start of the last workflow task, in nanoseconds. */
  readonly time: bigint;
}

/**
 * True when events were taken in whose workflow task has not started. The server may hand a query a history that goes beyond
 * the last task that was started, and the SDK (1.24) lets a worker act on it: by the clock of the task before. A replay would
 * see the clock of the task that starts later, and decide otherwise: the workflow would be stuck for good.
 *
 * A task that starts tells its time and the bytes of the history with it; a clock that is set back changes the bytes all the same.
 */
export function isEarly(before: Told | undefined, now: Told): boolean {
  return (
    before !== undefined &&
    now.bytes > 0 &&
    now.length > before.length &&
    now.bytes === before.bytes &&
    now.time === before.time
  );
}

/** Refuses such an activation: the query fails and is asked again, the workflow is begun anew from its history. */
export function interceptors(): WorkflowInterceptors {
  let before: Told | undefined;
  return {
    internals: [
      {
        activate: (input, next) => {
          const { timestamp, historyLength, historySizeBytes, jobs } = input.activation;
          const isQuery = jobs?.every(({ queryWorkflow }) => queryWorkflow != null) ?? true;
          if (!isQuery && timestamp != null) {
            const time = BigInt(String(timestamp.seconds ?? 0)) * 1_000_000_000n + BigInt(timestamp.nanos ?? 0);
            const now = { length: historyLength ?? 0, bytes: Number(historySizeBytes ?? 0), time };
            // eslint-disable-next-line no-restricted-syntax -- to stall the task is what is wanted
            if (isEarly(before, now)) throw new Error(EARLY_HISTORY);
            before = now;
          }
          next(input);
        },
      },
    ],
  };
}
