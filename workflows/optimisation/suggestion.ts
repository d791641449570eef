import { isCancellation, proxyActivities, type CancellationScope } from '@temporalio/workflow';
import type { SuggestActivities, SuggestInput, Suggestions } from '../../src/contracts/optimisation/suggesting';
import type { Thinking } from '../../src/domain/optimisation/suggesting';

/** An ask on its way to the activity that computes it. */
export interface Suggestion {
  readonly queue: string;
  readonly thinking: Thinking;
  readonly input: SuggestInput;
}

/** Longer than any ask takes on a busy machine: a worker that is lost in the middle of one is noticed then. */
const LONGEST_MS = 60_000;

/**
 * Has an ask computed. It is tried again until it succeeds: its answer is a function of its input, and another one would not be
 * the study's (STU-5).
 *
 * @returns nothing when it was cancelled
 */
export async function suggestOutside(
  { queue, input }: Suggestion,
  scope: CancellationScope,
): Promise<Suggestions | undefined> {
  const { suggestTrials } = proxyActivities<SuggestActivities>({
    taskQueue: queue,
    startToCloseTimeout: LONGEST_MS,
    retry: { initialInterval: 200, backoffCoefficient: 2, maximumInterval: 10_000 },
    cancellationType: 'TRY_CANCEL',
    summary: `${input.sampler}: ask ${String(input.ask)}`,
  });
  try {
    return await scope.run(() => suggestTrials(input));
  } catch (error) {
    if (isCancellation(error)) return undefined;
    // not reached while the retries have no end
    throw error;
  }
}
