import { isCancellation, proxyActivities, type CancellationScope } from '@temporalio/workflow';

/** Longer than a computation takes on a busy machine: a worker that is lost in the middle of one is noticed then. */
const LONGEST_MS = 60_000;

/** How an activity is tried whose answer the study cannot do without; whoever wants it no more does not wait for its end. */
export const UNTIL_IT_SUCCEEDS = {
  retry: { initialInterval: 200, backoffCoefficient: 2, maximumInterval: 10_000 },
  cancellationType: 'TRY_CANCEL',
} as const;

/** Activities that compute a function of their input: each is tried again until it succeeds, for the answer is always the same. */
export function computing<A extends object>(taskQueue: string, summary: string): ReturnType<typeof proxyActivities<A>> {
  return proxyActivities<A>({ taskQueue, startToCloseTimeout: LONGEST_MS, ...UNTIL_IT_SUCCEEDS, summary });
}

/** Runs what waits for activities; nothing comes of it when it is cancelled. */
export async function unlessCancelled<T>(scope: CancellationScope, act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await scope.run(act);
  } catch (error) {
    if (isCancellation(error)) return undefined;
    // not reached while the retries have no end
    throw error;
  }
}
