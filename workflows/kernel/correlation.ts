import { defaultPayloadConverter } from '@temporalio/common';
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { IDS_HEADER, type MessageIds } from '../../src/contracts/entity';

let carried: MessageIds | undefined;

/** While `act` runs, synchronously, the activities that it schedules carry the ids of the message that is handled. */
export function carrying<R>(ids: MessageIds, act: () => R): R {
  const before = carried;
  carried = ids;
  try {
    return act();
  } finally {
    carried = before;
  }
}

/** For the bundler: puts the ids into a header, where the log of the activity finds them. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      scheduleActivity: (input, next) => {
        if (carried === undefined) return next(input);
        const headers = { ...input.headers, [IDS_HEADER]: defaultPayloadConverter.toPayload(carried) };
        return next({ ...input, headers });
      },
    },
  ],
});
