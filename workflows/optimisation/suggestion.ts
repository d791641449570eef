import { isCancellation, proxyActivities, type CancellationScope } from '@temporalio/workflow';
import type { SuggestActivities, SuggestInput, Suggestions } from '../../src/contracts/optimisation/suggesting';
import type { AskOptimisers, OptimiserActivities } from '../../src/contracts/optimisation/team';
import type { Nominated, Thinking } from '../../src/domain/optimisation/suggesting';

/** An ask on its way to the activity that computes it. */
export interface Suggestion {
  readonly queue: string;
  readonly thinking: Thinking;
  readonly input: SuggestInput;
}

/** An ask of a team: what is computed for its samplers, and which agents are asked. */
export interface TeamSuggestion {
  readonly queue: string;
  readonly thinking: Thinking;
  readonly inputs: readonly { readonly member: number; readonly input: SuggestInput }[];
  readonly ask?: AskOptimisers;
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
  { queue, input }: Pick<Suggestion, 'queue' | 'input'>,
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

/** What an activity may take beyond the longest answer. */
const SLACK_MS = 30_000;

/** Asks agents; whoever fails is a refusal in the answer. */
async function askOptimisers(queue: string, ask: AskOptimisers): Promise<Nominated['replies']> {
  const longest = Math.max(...ask.asked.map(({ askMs }) => askMs)) + SLACK_MS;
  const activities = proxyActivities<OptimiserActivities>({
    taskQueue: queue,
    startToCloseTimeout: longest,
    heartbeatTimeout: 10_000,
    retry: { initialInterval: 200, backoffCoefficient: 2, maximumInterval: 10_000 },
    cancellationType: 'TRY_CANCEL',
    summary: `ask ${String(ask.question.ask)} of ${ask.asked.map(({ agent }) => agent).join(', ')}`,
  });
  return activities.askOptimisers(ask);
}

/**
 * Has a team's members asked that cannot be asked in the workflow. Each activity is tried again until it succeeds.
 *
 * @returns nothing when it was cancelled
 */
export async function nominateOutside(
  { queue, inputs, ask }: TeamSuggestion,
  scope: CancellationScope,
): Promise<Nominated | undefined> {
  const compute = async ({
    member,
    input,
  }: TeamSuggestion['inputs'][number]): Promise<Nominated['computed'][number]> => {
    const [candidates = []] = (await suggestOutside({ queue, input }, scope)) ?? [];
    return { member, candidates };
  };
  try {
    const [computed, replies] = await scope.run(() =>
      Promise.all([Promise.all(inputs.map(compute)), ask === undefined ? [] : askOptimisers(queue, ask)]),
    );
    return scope.consideredCancelled ? undefined : { computed, replies };
  } catch (error) {
    if (isCancellation(error)) return undefined;
    throw error;
  }
}
