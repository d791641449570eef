import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { IDS_HEADER } from '../contracts/entity';

/** For workers: what an activity logs carries the ids of the message whose handling scheduled it. */
export const activityIds: ActivityInterceptorsFactory = () => {
  let ids: object = {};
  return {
    inbound: {
      execute: (input, next) => {
        const payload = input.headers[IDS_HEADER];
        const value: unknown = payload === undefined ? undefined : defaultPayloadConverter.fromPayload(payload);
        if (typeof value === 'object' && value !== null) ids = value;
        return next(input);
      },
    },
    outbound: { getLogAttributes: (attributes, next) => next({ ...attributes, ...ids }) },
  };
};
