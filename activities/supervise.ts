import { activityInfo, cancellationSignal, getClient, sleep } from '@temporalio/activity';
import {
  CancelledFailure,
  TemporalFailure,
  TerminatedFailure,
  TimeoutFailure,
  WorkflowNotFoundError,
} from '@temporalio/common';
import { setTimeout as pause } from 'node:timers/promises';
import { stopUpdate, type Message, type Supervised } from '../src/contracts/entity';
import { isRefusal } from '../src/contracts/errors';
import {
  childGoneSignal,
  incarnationsQuery,
  type LiveChild,
  type StartOrder,
  type StartOutcome,
  type StopOrder,
  type SupervisionActivities,
} from '../src/contracts/supervision';
import { MAX_EXIT_TEXT, type ChildExit } from '../src/contracts/supervisor';
import { beating } from './beating';

const AT_ONCE = 20;
/** A stop that was asked for is looked at again after this long, should the answer be lost. */
const LOOK_MS = 1_000;
/** What has ended may take this long to hand its last events to a store that is away; then its name is taken from it. */
const LAST_WORDS_MS = 30_000;

/** What the activities of supervisors need of a space; the composition root plugs the client in. */
export interface SupervisionPort {
  /**
   * Starts a child and waits until its start is over.
   * @throws PlatformError `already-exists` when the name is taken; whatever the child's start failed of
   */
  startChild(order: StartOrder): Promise<void>;
}

type Client = ReturnType<typeof getClient>;
type StatusName = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['describe']>>['status']['name'];

/** What is known of the newest run of a name. */
interface Found {
  readonly runId: string;
  readonly status: StatusName;
  readonly supervised?: Supervised;
}

async function find(client: Client, workflowId: string): Promise<Found | undefined> {
  try {
    const { status, memo, runId } = await client.workflow.getHandle(workflowId).describe();
    const { supervised } = (memo ?? {}) as { readonly supervised?: Supervised };
    return { runId, status: status.name, ...(supervised === undefined ? {} : { supervised }) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

const isSame = (one: Supervised | undefined, other: Supervised): boolean =>
  one?.supervisor === other.supervisor && one.id === other.id && one.generation === other.generation;

/** An earlier start of the same child, by this supervisor or by one that had its name before. */
const isEarlier = (one: Supervised | undefined, other: Supervised): boolean =>
  one?.id === other.id &&
  (one.supervisor < other.supervisor || (one.supervisor === other.supervisor && one.generation < other.generation));

/** Texts of failures are bounded: the state of the supervisor keeps them. */
function textOf(error: unknown): string {
  const text = isRefusal(error)
    ? `${error.code}: ${error.message}`
    : error instanceof Error
      ? error.message
      : String(error);
  return text.slice(0, MAX_EXIT_TEXT);
}

/** Why a workflow is over, in OTP's words. Entities return the reason they were stopped with; the others ended normally. */
async function exitOf(client: Client, workflowId: string, runId: string): Promise<ChildExit> {
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
    return { kind: 'abnormal', text: textOf(cause) };
  }
}

/** Asks a workflow to stop, waits until it is over, and kills it when its time is up. @returns how it ended */
async function stop(order: StopOrder): Promise<ChildExit> {
  const client = getClient();
  const { workflowId, shutdown } = order;
  const handle = client.workflow.getHandle(workflowId);
  const endsAt = shutdown === 'infinity' ? Infinity : Date.parse(order.deadline ?? new Date().toISOString());
  const id = `stop/${String(order.supervisor)}/${String(order.generation)}`;
  let isAsked = shutdown === 'brutal_kill';
  for (;;) {
    const found = await find(client, workflowId);
    if (found === undefined || !isSame(found.supervised, order)) return { kind: 'killed' };
    if (found.status !== 'RUNNING') return exitOf(client, workflowId, found.runId);
    const leftMs = shutdown === 'brutal_kill' ? 0 : endsAt - Date.now();
    if (leftMs <= 0) {
      await handle.terminate('its supervisor kills it').catch(ignoreGone);
      continue;
    }
    if (!isAsked) {
      const asking = client.withDeadline(Date.now() + Math.min(leftMs, LOOK_MS), () =>
        handle.executeUpdate(stopUpdate, { args: [{ id, args: {} }], updateId: id }),
      );
      isAsked = await asking.then(
        () => true,
        () => false,
      );
    }
    await ended(client, workflowId, Math.min(leftMs, LOOK_MS));
    cancellationSignal().throwIfAborted();
  }
}

/** Waits until a workflow is over, or for a while. */
async function ended(client: Client, workflowId: string, ms: number): Promise<void> {
  const gone = new AbortController();
  const over = client
    .withAbortSignal(gone.signal, () => client.workflow.getHandle(workflowId).result())
    .then(ignore, ignore);
  await Promise.race([over, pause(ms, undefined, { signal: gone.signal }).catch(ignore)]);
  gone.abort();
}

const ignore = (): void => undefined;
function ignoreGone(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}

/** Looks at each child; says which are gone, and why. */
async function goneOf(
  client: Client,
  children: readonly LiveChild[],
): Promise<readonly (LiveChild & { reason: ChildExit })[]> {
  const waiting = [...children];
  const gone: (LiveChild & { reason: ChildExit })[] = [];
  const look = async (): Promise<void> => {
    for (let child = waiting.shift(); child !== undefined; child = waiting.shift()) {
      const found = await find(client, child.workflowId);
      if (found === undefined || !isSame(found.supervised, child)) gone.push({ ...child, reason: { kind: 'killed' } });
      else if (found.status !== 'RUNNING')
        gone.push({ ...child, reason: await exitOf(client, child.workflowId, found.runId) });
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, children.length) }, look));
  return gone;
}

/**
 * The activities of supervisors: what a workflow cannot do itself (start by get-or-create, terminate, look at others).
 *
 * @param portOf the port of a space
 */
export function createSupervisionActivities(
  portOf: (space: string) => Promise<SupervisionPort>,
): SupervisionActivities {
  /** What holds the name of the child: a run of this very start, one of an earlier start, or somebody else. */
  async function holderOf(order: StartOrder): Promise<'ours' | 'earlier' | 'taken' | 'free'> {
    const { workflowId, supervised } = order;
    const found = await find(getClient(), workflowId);
    // What has started and ended meanwhile was started all the same: its end is told or found.
    if (isSame(found?.supervised, supervised)) return 'ours';
    if (found?.status !== 'RUNNING') return 'free';
    return isEarlier(found.supervised, supervised) ? 'earlier' : 'taken';
  }

  /**
   * Waits for the end of an earlier start. One of the same supervisor has said that it ends and is handing over its last
   * events; one of an earlier generation of the supervisor is an orphan, and is told to stop.
   */
  async function clearEarlier(order: StartOrder): Promise<void> {
    const { workflowId, shutdown } = order;
    const found = await find(getClient(), workflowId);
    if (found?.supervised === undefined) return;
    const waitMs = Math.max(LAST_WORDS_MS, typeof shutdown === 'number' ? shutdown : 0);
    const deadline = new Date(Date.now() + waitMs).toISOString();
    await stop({ ...found.supervised, workflowId, shutdown: waitMs, deadline });
  }

  return {
    startChild: (order) =>
      beating(async (): Promise<StartOutcome> => {
        const { attempt } = activityInfo();
        if (attempt > 1 && (await holderOf(order)) === 'ours') return { kind: 'started' };
        const port = await portOf(order.space);
        for (;;) {
          try {
            await port.startChild(order);
            return { kind: 'started' };
          } catch (error) {
            if (!isRefusal(error)) throw error;
            if (error.code === 'temporal-unavailable' || error.code === 'no-worker' || error.code === 'timeout')
              throw error;
            if (error.code !== 'already-exists') return { kind: 'start-failed', reason: textOf(error) };
            const holder = await holderOf(order);
            if (holder === 'ours') return { kind: 'started' };
            if (holder === 'taken') return { kind: 'start-failed', reason: `already_started: ${error.message}` };
            if (holder === 'earlier') await clearEarlier(order);
          }
        }
      }),
    stopChild: (order) => beating(async () => ({ reason: await stop(order) })),
    sweepChildren: ({ supervisor, everyMs }) =>
      beating(async () => {
        const client = getClient();
        const handle = client.workflow.getHandle(supervisor);
        for (;;) {
          await sleep(everyMs);
          try {
            const children = await handle.query(incarnationsQuery);
            for (const { workflowId: _workflowId, ...child } of await goneOf(client, children)) {
              const id = `gone/${String(child.supervisor)}/${String(child.generation)}`;
              const message: Message<typeof child> = { id, args: child, sender: supervisor };
              await handle.signal(childGoneSignal, message);
            }
          } catch {
            // A supervisor that is over has this cancelled; what else kept the look from it may pass until the next.
          }
        }
      }),
  };
}
