import { type getClient } from '@temporalio/activity';
import {
  ApplicationFailure,
  CancelledFailure,
  TemporalFailure,
  TerminatedFailure,
  TimeoutFailure,
  WorkflowNotFoundError,
} from '@temporalio/common';
import { isEarlyHistory, keptQuery, type Previous, type Supervised } from '../src/contracts/entity';
import { isRefusal } from '../src/contracts/errors';
import { MAX_EXIT_TEXT, type ChildExit } from '../src/contracts/supervisor';

/**
 * What an incarnation that is over kept is asked for so long: its history is read again for that. The server first waits for
 * the worker that had it last, ten seconds when that was killed.
 */
const KEPT_MS = 15_000;

/** A client as activities have it. */
export type Client = ReturnType<typeof getClient>;
type StatusName = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['describe']>>['status']['name'];

/** What is known of the newest run of a name. */
export interface Found {
  readonly runId: string;
  readonly firstRunId?: string;
  readonly status: StatusName;
  readonly supervised?: Supervised;
}

/** Which start of which child a workflow is, as its memo says. */
export function startOf(memo: unknown): { readonly supervised?: Supervised } {
  const { supervised } = (memo ?? {}) as { readonly supervised?: Supervised };
  return supervised === undefined ? {} : { supervised };
}

/** @returns `undefined` when the server knows no such workflow */
export async function find(client: Client, workflowId: string): Promise<Found | undefined> {
  try {
    const { status, memo, runId, raw } = await client.workflow.getHandle(workflowId).describe();
    const firstRunId = raw.workflowExecutionInfo?.firstRunId;
    return { runId, status: status.name, ...(firstRunId ? { firstRunId } : {}), ...startOf(memo) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** True for the same start of the same child. */
export const isSame = (one: Supervised | undefined, other: Supervised): boolean =>
  one?.supervisor === other.supervisor && one.id === other.id && one.generation === other.generation;

/** True for a run of that very start: of what was taken in by its first run, of the others by what their memo says. */
export const isOf = (
  { supervised, firstRunId }: Found,
  child: Supervised & { readonly firstRunId?: string },
): boolean => (child.firstRunId === undefined ? isSame(supervised, child) : firstRunId === child.firstRunId);

/** An earlier start of the same child, by this supervisor or by one that had its name before. */
export const isEarlier = (one: Supervised | undefined, other: Supervised): boolean =>
  one?.id === other.id &&
  (one.supervisor < other.supervisor || (one.supervisor === other.supervisor && one.generation < other.generation));

/** Texts of failures are bounded: the state of the supervisor keeps them. */
export function textOf(error: unknown): string {
  const text = isRefusal(error)
    ? `${error.code}: ${error.message}`
    : error instanceof Error
      ? error.message
      : String(error);
  return text.slice(0, MAX_EXIT_TEXT);
}

/** Why a workflow is over, in OTP's words. Entities return the reason they were stopped with; the others ended normally. */
export async function exitOf(client: Client, workflowId: string, runId: string): Promise<ChildExit> {
  try {
    const outcome: unknown = await client.workflow.getHandle(workflowId, runId).result();
    const { reason } = (outcome ?? {}) as { readonly reason?: ChildExit };
    return reason?.kind === 'shutdown' ? reason : { kind: 'normal' };
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    // What is no failure of the workflow is one of the connection: it tells nothing of the child.
    if (!(cause instanceof TemporalFailure)) throw error;
    if (cause instanceof CancelledFailure) return { kind: 'shutdown', term: 'cancelled' };
    if (cause instanceof TerminatedFailure) return { kind: 'killed' };
    if (cause instanceof TimeoutFailure) return { kind: 'abnormal', text: 'the workflow timed out' };
    const code = cause instanceof ApplicationFailure && cause.type ? `${cause.type}: ` : '';
    return { kind: 'abnormal', text: `${code}${textOf(cause)}`.slice(0, MAX_EXIT_TEXT) };
  }
}

/**
 * What the last incarnation of a name kept for the next. None when it would not want it, when its code cannot tell any more, or
 * when it is gone.
 * @throws when the server or a worker does not answer just now: try again, or the state is lost
 */
export async function previousOf(client: Client, workflowId: string): Promise<Previous | undefined> {
  const found = await find(client, workflowId);
  if (found === undefined || found.status === 'RUNNING') return undefined;
  const { runId } = found;
  const ask = () => client.workflow.getHandle(workflowId, runId).query(keptQuery);
  const kept = await client.withDeadline(Date.now() + KEPT_MS, ask).catch((error: unknown) => {
    // What fails inside of a query, or is no query at all, comes as one that is not registered.
    const isTold = error instanceof Error && error.name === 'QueryNotRegisteredError' && !isEarlyHistory(error);
    if (isTold || error instanceof WorkflowNotFoundError) return null;
    throw error;
  });
  if (kept === null) return undefined;
  const reason = await exitOf(client, workflowId, runId);
  return { kept, why: reason.kind === 'abnormal' ? reason.text : reason.kind };
}
