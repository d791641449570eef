import { defaultPayloadConverter } from '@temporalio/common';
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { HELD_HEADER, type HeldTokens } from '../../src/contracts/coordination/lock';
import { IDS_HEADER, type MessageIds } from '../../src/contracts/entity';

let carried: MessageIds | undefined;
let held: () => HeldTokens = () => ({});

/** From now on every activity of this workflow carries the tokens of the locks that it holds when it is scheduled. */
export function carryTokens(tokens: () => HeldTokens): void {
  held = tokens;
}

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

/**
 * For the bundler: puts the ids into a header, where the log of the activity finds them, and what is held into another, where
 * `src/fencing` does.
 */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      scheduleActivity: (input, next) => {
        const tokens = held();
        const isHolder = Object.keys(tokens).length > 0;
        if (carried === undefined && !isHolder) return next(input);
        const toPayload = (value: object) => defaultPayloadConverter.toPayload(value);
        const headers = {
          ...input.headers,
          ...(carried === undefined ? {} : { [IDS_HEADER]: toPayload(carried) }),
          ...(isHolder ? { [HELD_HEADER]: toPayload(tokens) } : {}),
        };
        return next({ ...input, headers });
      },
    },
  ],
});
