import { isCancellation, proxyActivities, type CancellationScope } from '@temporalio/workflow';
import type { RegretActivities, RegretAnswer, RegretInput } from '../../src/contracts/optimisation/bounding';

/** A bound on its way to the activity that computes it. */
export interface RegretCheck {
  readonly queue: string;
  readonly input: RegretInput;
}

/** Longer than a bound takes on a busy machine: a worker that is lost in the middle of one is noticed then. */
const LONGEST_MS = 60_000;

/**
 * Has a bound computed. It is tried again until it succeeds: its answer is a function of its input.
 *
 * @returns nothing when it was cancelled
 */
export async function boundOutside(
  { queue, input }: RegretCheck,
  scope: CancellationScope,
): Promise<RegretAnswer | undefined> {
  const { boundRegret } = proxyActivities<RegretActivities>({
    taskQueue: queue,
    startToCloseTimeout: LONGEST_MS,
    retry: { initialInterval: 200, backoffCoefficient: 2, maximumInterval: 10_000 },
    cancellationType: 'TRY_CANCEL',
    summary: `bound on the regret by ${String(input.complete)} trials`,
  });
  try {
    return await scope.run(() => boundRegret(input));
  } catch (error) {
    if (isCancellation(error)) return undefined;
    // not reached while the retries have no end
    throw error;
  }
}
