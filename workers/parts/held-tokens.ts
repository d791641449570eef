import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { HELD_HEADER, type HeldTokens } from '../../src/contracts/coordination/lock';
import { holdingTokens } from '../../src/fencing/held';

/** For workers: what an activity does, it does with the tokens of the locks that its agent held when it was scheduled. */
export const heldTokens: ActivityInterceptorsFactory = () => ({
  inbound: {
    execute: (input, next) => {
      const payload = input.headers[HELD_HEADER];
      const held = payload === undefined ? {} : defaultPayloadConverter.fromPayload<HeldTokens>(payload);
      return holdingTokens(held, () => next(input));
    },
  },
});
