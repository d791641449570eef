import { proxyActivities, type CancellationScope } from '@temporalio/workflow';
import type { Stamp } from '../../src/contracts/causality';
import type { SuggestActivities, SuggestInput, Suggestions } from '../../src/contracts/optimisation/suggesting';
import type { AskOptimisers, OptimiserActivities } from '../../src/contracts/optimisation/team';
import { mergeStamps } from '../../src/domain/causality/entity-clock';
import type { Nominated, Thinking } from '../../src/domain/optimisation/suggesting';
import { computing, UNTIL_IT_SUCCEEDS, unlessCancelled } from './computing';

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
  const { suggestTrials } = computing<SuggestActivities>(queue, `${input.sampler}: ask ${String(input.ask)}`);
  return unlessCancelled(scope, () => suggestTrials(input));
}

/** What an activity may take beyond the longest answer. */
const SLACK_MS = 30_000;

/** What the agents of a team answered, and what they knew. */
type Replies = Pick<Nominated, 'replies'> & { readonly stamp?: Stamp };

/** Asks agents; whoever fails is a refusal in the answer. */
async function askOptimisers(queue: string, ask: AskOptimisers, stamp: Stamp): Promise<Replies> {
  const longest = Math.max(...ask.asked.map(({ askMs }) => askMs)) + SLACK_MS;
  const activities = proxyActivities<OptimiserActivities>({
    taskQueue: queue,
    startToCloseTimeout: longest,
    heartbeatTimeout: 10_000,
    ...UNTIL_IT_SUCCEEDS,
    summary: `ask ${String(ask.question.ask)} of ${ask.asked.map(({ agent }) => agent).join(', ')}`,
  });
  const answers = await activities.askOptimisers({ ...ask, stamp });
  const heard = mergeStamps(answers.flatMap((answer) => answer.stamp ?? []));
  const replies = answers.map(({ stamp: _heard, ...reply }) => reply);
  return { replies, ...(heard === undefined ? {} : { stamp: heard }) };
}

/**
 * Has a team's members asked that cannot be asked in the workflow. Each activity is tried again until it succeeds.
 *
 * @returns nothing when it was cancelled
 */
export async function nominateOutside(
  { queue, inputs, ask }: TeamSuggestion,
  scope: CancellationScope,
  stamp: Stamp,
): Promise<(Nominated & Pick<Replies, 'stamp'>) | undefined> {
  const compute = async ({
    member,
    input,
  }: TeamSuggestion['inputs'][number]): Promise<Nominated['computed'][number]> => {
    const [candidates = []] = (await suggestOutside({ queue, input }, scope)) ?? [];
    return { member, candidates };
  };
  const nominated = await unlessCancelled(scope, async () => {
    const [computed, asked] = await Promise.all([
      Promise.all(inputs.map(compute)),
      ask === undefined ? { replies: [] } : askOptimisers(queue, ask, stamp),
    ]);
    return { computed, ...asked };
  });
  return scope.consideredCancelled ? undefined : nominated;
}
