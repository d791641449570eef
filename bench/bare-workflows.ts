import {
  condition,
  continueAsNew,
  defineSignal,
  defineUpdate,
  getExternalWorkflowHandle,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';

/** The reference: what one would write on the bare SDK for the same job, and no more. */
export const bareAddSignal = defineSignal<[number]>('bareAdd');
export const bareAddUpdate = defineUpdate<number, [number]>('bareAddNow');
const bareAskSignal = defineSignal<[string]>('bareAsk');
const bareAnswerSignal = defineSignal<[string, boolean]>('bareAnswer');

const { bareUpdateAll } = proxyActivities<{ bareUpdateAll(ids: readonly string[]): Promise<number> }>({
  startToCloseTimeout: '1 minute',
});

/** An entity that counts, answers a question by signal, and renews itself when the server says so. */
export async function bareEntityWorkflow(count: number): Promise<void> {
  let current = count;
  setHandler(bareAddSignal, (n) => {
    current += n;
  });
  setHandler(bareAddUpdate, (n) => (current += n));
  setHandler(bareAskSignal, async (from) => {
    await getExternalWorkflowHandle(from).signal(bareAnswerSignal, workflowInfo().workflowId, true);
  });
  await condition(() => workflowInfo().continueAsNewSuggested);
  await continueAsNew<typeof bareEntityWorkflow>(current);
}

/** Does nothing for ever. */
export async function bareIdleWorkflow(): Promise<void> {
  await condition(() => false);
}

/** Asks all by external signals and waits for the answers by signal. */
export async function bareSignalBallotWorkflow(ids: readonly string[]): Promise<number> {
  const votes = new Map<string, boolean>();
  setHandler(bareAnswerSignal, (from, vote) => void votes.set(from, vote));
  const { workflowId } = workflowInfo();
  await Promise.all(ids.map((id) => getExternalWorkflowHandle(id).signal(bareAskSignal, workflowId)));
  await condition(() => votes.size === ids.length);
  return [...votes.values()].filter(Boolean).length;
}

/** Sends all an update from one activity. */
export async function bareActivityFanOutWorkflow(ids: readonly string[]): Promise<number> {
  return bareUpdateAll(ids);
}
