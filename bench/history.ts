import { tsToMs } from '@temporalio/common/lib/time';
import type { Temporal } from '../src/client/temporal';
import { pause } from '../src/client/waiting';

const POLL_MS = 20;

/** One event as far as costs and times need it. */
export interface Line {
  readonly id: number;
  readonly kind: string;
  /** Of the activity or the signal. */
  readonly name: string;
  /** Milliseconds, by the server's clock. */
  readonly at: number;
  /** The event with which what it is about was scheduled. */
  readonly of?: number;
  /** The run that goes on, when this one renewed itself. */
  readonly next?: string;
}

interface Attributes {
  readonly activityType?: { readonly name?: string };
  readonly signalName?: string;
  readonly scheduledEventId?: { toString(): string } | null;
  readonly newExecutionRunId?: string;
}

/** The history of a run so far: of the newest, unless one is named. */
export async function historyOf(
  temporal: Pick<Temporal, 'client'>,
  workflowId: string,
  runId?: string,
): Promise<readonly Line[]> {
  const { events } = await temporal.client.workflow.getHandle(workflowId, runId).fetchHistory();
  return (events ?? []).map((event) => {
    const found = Object.entries(event).find(([key, value]) => key.endsWith('Attributes') && value !== null);
    const attributes = (found?.[1] ?? {}) as Attributes;
    const name = attributes.activityType?.name ?? attributes.signalName ?? '';
    const kind = (found?.[0] ?? '').replace(/EventAttributes$/, '');
    const { scheduledEventId, newExecutionRunId: next } = attributes;
    return {
      id: Number(event.eventId),
      kind,
      name,
      at: tsToMs(event.eventTime),
      ...(scheduledEventId == null ? {} : { of: Number(scheduledEventId) }),
      ...(next === undefined || next === '' ? {} : { next }),
    };
  });
}

/** The histories of all runs of a workflow, from a first one on. */
export async function runsOf(
  temporal: Pick<Temporal, 'client'>,
  workflowId: string,
  first: string,
): Promise<readonly (readonly Line[])[]> {
  const runs: (readonly Line[])[] = [];
  for (let runId: string | undefined = first; runId !== undefined; runId = runs.at(-1)?.at(-1)?.next)
    runs.push(await historyOf(temporal, workflowId, runId));
  return runs;
}

/** Looks again and again, with a pause between, until it is so. */
export async function until(isSo: () => Promise<boolean>, everyMs: number): Promise<void> {
  while (!(await isSo())) await pause(everyMs);
}

/** What an act leaves in a history, once no task is under way any more. Hand-overs are batched and not counted. */
export async function costOf(temporal: Temporal, id: string, act: () => Promise<unknown>): Promise<readonly Line[]> {
  const before = (await historyOf(temporal, id)).at(-1)?.id ?? 0;
  await act();
  for (;;) {
    const lines = (await historyOf(temporal, id)).filter((line) => line.id > before);
    const tasks = (kind: string): number => lines.filter((line) => line.kind === kind).length;
    const isQuiet =
      tasks('workflowTaskScheduled') === tasks('workflowTaskCompleted') && tasks('workflowTaskCompleted') > 0;
    if (isQuiet) return lines.filter((line) => line.name !== 'appendEvents');
    await pause(POLL_MS);
  }
}
