import type { Temporal } from '../../../src/client/temporal';
import { until } from '../kernel/harness';

/** One event of a history, as far as costs need it. `name` is the activity's or the signal's. */
export interface HistoryLine {
  readonly id: number;
  readonly type: string;
  readonly name: string;
}

const TYPES: Readonly<Record<string, string>> = {
  workflowTaskCompletedEventAttributes: 'task completed',
  workflowExecutionSignaledEventAttributes: 'signaled',
  activityTaskScheduledEventAttributes: 'activity scheduled',
  signalExternalWorkflowExecutionInitiatedEventAttributes: 'signal sent',
};

/** The history of a workflow so far, without what hands events over to the store: that is batched and not counted. */
export async function historyOf(
  temporal: Temporal,
  workflowId: string,
  runId?: string,
): Promise<readonly HistoryLine[]> {
  const { events } = await temporal.client.workflow.getHandle(workflowId, runId).fetchHistory();
  const lines = (events ?? []).map((event): HistoryLine => {
    const attributes = Object.entries(event).find(([key, value]) => key.endsWith('Attributes') && value !== null);
    const [key, value] = (attributes ?? ['', {}]) as [string, unknown];
    const { activityType, signalName } = (value ?? {}) as {
      readonly activityType?: { readonly name?: string };
      readonly signalName?: string;
    };
    return { id: Number(event.eventId), type: TYPES[key] ?? key, name: activityType?.name ?? signalName ?? '' };
  });
  return lines.filter((line) => line.name !== 'appendEvents');
}

/** The same, when no workflow task is underway: what a query already tells may be of a task that is not yet over. */
export function restingHistoryOf(temporal: Temporal, workflowId: string): Promise<readonly HistoryLine[]> {
  return until('no workflow task', async () => {
    const lines = await historyOf(temporal, workflowId);
    const tasks = lines.filter(({ type }) => type === 'task completed' || type.startsWith('workflowTask'));
    return /Scheduled|Started/.test(tasks.at(-1)?.type ?? '') ? undefined : lines;
  });
}

/** The histories of all runs of a name that has one chain of them, oldest first. */
export async function runsOf(temporal: Temporal, workflowId: string): Promise<readonly (readonly HistoryLine[])[]> {
  const { client } = temporal;
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  const histories: (readonly HistoryLine[])[] = [];
  let runId = raw.workflowExecutionInfo?.firstRunId ?? undefined;
  while (runId !== undefined && runId !== '') {
    histories.push(await historyOf(temporal, workflowId, runId));
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    runId = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
  }
  return histories;
}

/**
 * Waits until a fresh entity has done what every one does at its start, told its owner and begun to hand events over to a
 * store that is down: from then on only what is counted adds events.
 */
export async function untilStarted(temporal: Temporal, workflowId: string): Promise<void> {
  await until('the owner to be told', async () => {
    const lines = await historyOf(temporal, workflowId);
    const told = lines.findIndex((line) => /^(signalExternal|external).*(Failed|Signaled)/.test(line.type));
    return told >= 0 && lines.slice(told).some((line) => line.type === 'task completed') ? true : undefined;
  });
  await untilHandingOver(temporal, workflowId);
}

/** The same for one that tells no owner. */
export async function untilHandingOver(temporal: Temporal, workflowId: string): Promise<void> {
  await until('a pending hand-over', async () => {
    const { raw } = await temporal.client.workflow.getHandle(workflowId).describe();
    return raw.pendingActivities?.some((each) => each.activityType?.name === 'appendEvents') === true
      ? true
      : undefined;
  });
}
