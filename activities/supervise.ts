import { setMaxListeners } from 'node:events';
import { activityInfo, getClient, log } from '@temporalio/activity';
import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';
import type { Stamp } from '../src/contracts/causality';
import { readyUpdate, type Previous } from '../src/contracts/entity';
import { isRefusal } from '../src/contracts/errors';
import type { StartOrder, StartOutcome, SupervisionActivities } from '../src/contracts/supervision';
import { beating } from './beating';
import { find, isEarlier, isSame, previousOf, textOf, type Found } from './incarnation';
import { stop } from './stop-child';
import { sweepChildren } from './sweep-children';

/** A restart waits for the last state through so many lost answers, some minutes; then the child begins afresh. */
const KEPT_ATTEMPTS = 20;
/** What has ended may take this long to hand its last events to a store that is away; then its name is taken from it. */
const LAST_WORDS_MS = 30_000;

/** What the activities of supervisors need of a space; the composition root plugs the client in. */
export interface SupervisionPort {
  /**
   * Starts a child and waits until its start is over.
   * @throws PlatformError `already-exists` when the name is taken; whatever the child's start failed of
   */
  startChild(order: StartOrder, previous: Previous | undefined): Promise<{ readonly stamp?: Stamp }>;
}

/**
 * Waits until the start of a child that is there already is over: whoever began it is gone. One that has ended meanwhile had
 * started all the same: its end is told or found.
 */
async function whenStarted({ workflowId, supervised }: StartOrder): Promise<StartOutcome> {
  const id = `ready/${String(supervised.supervisor)}/${String(supervised.generation)}`;
  try {
    const handle = getClient().workflow.getHandle(workflowId);
    const { stamp } = await handle.executeUpdate(readyUpdate, { args: [{ id, args: {} }], updateId: id });
    return { kind: 'started', ...(stamp === undefined ? {} : { stamp }) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { kind: 'started' };
    const cause = error instanceof Error ? error.cause : undefined;
    if (!(cause instanceof ApplicationFailure)) throw error;
    return { kind: 'start-failed', reason: textOf(new Error(`${cause.type ?? 'internal'}: ${cause.message}`)) };
  }
}

/** True for the one that was taken in and has failed. */
const isPrevious = (found: Found, { previousRunId }: StartOrder): boolean =>
  previousRunId !== undefined && found.firstRunId === previousRunId;

/**
 * The activities of supervisors: what a workflow cannot do itself (start by get-or-create, terminate, look at others).
 *
 * @param portOf the port of a space
 * @param stopping aborts when the worker is about to end: what does not end by itself is left to another worker then
 */
export function createSupervisionActivities(
  portOf: (space: string) => Promise<SupervisionPort>,
  stopping: AbortSignal = new AbortController().signal,
): SupervisionActivities {
  setMaxListeners(0, stopping); // each supervisor's sweep listens to it
  /** What holds the name of the child: a run of this very start, one of an earlier start, or somebody else. */
  async function holderOf(order: StartOrder): Promise<'ours' | 'earlier' | 'taken' | 'free'> {
    const { workflowId, supervised } = order;
    const found = await find(getClient(), workflowId);
    // What has started and ended meanwhile was started all the same: its end is told or found.
    if (isSame(found?.supervised, supervised)) return 'ours';
    if (found?.status !== 'RUNNING') return 'free';
    return isEarlier(found.supervised, supervised) || isPrevious(found, order) ? 'earlier' : 'taken';
  }

  /**
   * Waits for the end of an earlier start. One of the same supervisor has said that it ends and is handing over its last
   * events; one of an earlier generation of the supervisor is an orphan, and is told to stop.
   */
  async function clearEarlier(order: StartOrder): Promise<void> {
    const { workflowId, shutdown } = order;
    const found = await find(getClient(), workflowId);
    if (found === undefined) return;
    const waitMs = Math.max(LAST_WORDS_MS, typeof shutdown === 'number' ? shutdown : 0);
    const deadline = new Date(Date.now() + waitMs).toISOString();
    const one = found.supervised ?? order.supervised;
    const { firstRunId } = found;
    const chain = firstRunId !== undefined && isPrevious(found, order) ? { firstRunId } : {};
    await stop({ ...one, ...chain, workflowId, shutdown: waitMs, deadline });
  }

  /** What is begun again waits for the end of what was before, and hears what that kept. */
  async function previousOfRestart(order: StartOrder): Promise<Previous | undefined> {
    if (order.isRestart !== true) return undefined;
    if ((await holderOf(order)) === 'earlier') await clearEarlier(order);
    try {
      return await previousOf(getClient(), order.workflowId);
    } catch (error) {
      const { attempt } = activityInfo();
      if (attempt < KEPT_ATTEMPTS) throw error;
      log.warn('nobody tells what the child kept: it begins afresh', { child: order.workflowId, attempt, error });
      return undefined;
    }
  }

  return {
    startChild: (order) =>
      beating(async (): Promise<StartOutcome> => {
        const { attempt } = activityInfo();
        if (attempt > 1 && (await holderOf(order)) === 'ours') return await whenStarted(order);
        const port = await portOf(order.space);
        for (;;) {
          try {
            const { stamp } = await port.startChild(order, await previousOfRestart(order));
            return { kind: 'started', ...(stamp === undefined ? {} : { stamp }) };
          } catch (error) {
            if (!isRefusal(error)) throw error;
            if (error.code === 'temporal-unavailable' || error.code === 'no-worker' || error.code === 'timeout')
              throw error;
            if (error.code !== 'already-exists') return { kind: 'start-failed', reason: textOf(error) };
            const holder = await holderOf(order);
            if (holder === 'ours') return await whenStarted(order);
            if (holder === 'taken') return { kind: 'start-failed', reason: `already_started: ${error.message}` };
            if (holder === 'earlier') await clearEarlier(order);
          }
        }
      }),
    stopChild: (order) =>
      beating(async () => {
        let heard: { readonly stamp?: Stamp } = {};
        const reason = await stop(order, (stamp) => {
          heard = { stamp };
        });
        return { reason, ...heard };
      }),
    sweepChildren: (order) => beating(() => sweepChildren(order, stopping)),
  };
}
