import { getClient } from '@temporalio/activity';
import { originQuery, startedSignal, type Message, type Supervised } from '../src/contracts/entity';
import { SEARCH_ATTRIBUTES } from '../src/contracts/search-attributes';
import { childGoneSignal, incarnationsQuery, type Incarnations, type LiveChild } from '../src/contracts/supervision';
import { MAX_CHILDREN, type ChildExit } from '../src/contracts/supervisor';
import { fewAtOnce } from '../src/domain/few-at-once';
import { exitOf, find, isOf, isSame, startOf, type Client } from './incarnation';
import { orAborted, workerEnds } from './or-aborted';
import { rest } from './rest';
import { stop } from './stop-child';

const AT_ONCE = 20;
/** Up to so many children are looked at one by one. Of more, only those that the server's list of the running lacks. */
const ONE_BY_ONE = 50;
/** How often a supervisor that takes nothing in looks for orphans, in sweeps. */
const ORPHANS_EVERY = 6;
/** What an orphan may take to stop before it is killed. */
const ORPHAN_MS = 5_000;
/** How long one that was found is waited for to say what it was started with. */
const ORIGIN_MS = 3_000;

/** What runs and names a supervisor as its owner, as the server lists it: a moment old. */
interface Owned {
  readonly workflowId: string;
  readonly supervised?: Supervised;
}

async function ownedBy(client: Client, supervisor: string): Promise<readonly Owned[]> {
  const owned: Owned[] = [];
  const query = `${SEARCH_ATTRIBUTES.owner.name} = '${supervisor}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId, memo } of client.workflow.list({ query })) {
    owned.push({ workflowId, ...startOf(memo) });
  }
  return owned;
}

/** Tells the supervisor which of its children are gone, and why. */
async function tellGone(client: Client, supervisor: string, children: readonly LiveChild[]): Promise<void> {
  const handle = client.workflow.getHandle(supervisor);
  await fewAtOnce(children, AT_ONCE, async ({ workflowId, ...child }) => {
    const found = await find(client, workflowId);
    let reason: ChildExit = { kind: 'killed' };
    if (found !== undefined && isOf(found, child)) {
      if (found.status === 'RUNNING') return;
      reason = await exitOf(client, workflowId, found.runId);
    }
    const id = `gone/${String(child.supervisor)}/${String(child.generation)}`;
    const message: Message<typeof child & { readonly reason: ChildExit }> = {
      id,
      args: { ...child, reason },
      sender: supervisor,
    };
    await handle.signal(childGoneSignal, message);
  });
}

/** Has what names this supervisor as its owner taken in, for it could not tell so itself: the supervisor was not there. */
async function takeIn(client: Client, supervisor: string, workflowId: string): Promise<void> {
  const origin = await client.withDeadline(Date.now() + ORIGIN_MS, () =>
    client.workflow.getHandle(workflowId).query(originQuery),
  );
  await client.workflow.getHandle(supervisor).signal(startedSignal, origin);
}

/** Stops what an earlier generation of the supervisor has started: in OTP it would have died with it. */
async function stopOrphan({ workflowId, supervised }: Owned): Promise<void> {
  if (supervised === undefined) return;
  const deadline = new Date(Date.now() + ORPHAN_MS).toISOString();
  await stop({ ...supervised, workflowId, shutdown: ORPHAN_MS, deadline });
}

/** One look at everything that a supervisor answers for. */
async function sweepOnce(client: Client, supervisor: string, number: number): Promise<void> {
  const known: Incarnations = await client.workflow.getHandle(supervisor).query(incarnationsQuery);
  const { adopts, children } = known;
  const isLong = children.length > ONE_BY_ONE;
  const mustList = isLong || adopts !== undefined || number % ORPHANS_EVERY === 1;
  // A server without our search attributes has no such list.
  const owned = mustList ? await ownedBy(client, supervisor).catch(() => undefined) : undefined;
  const listed = new Map(owned?.map((one) => [one.workflowId, one]));
  const isListed = (child: LiveChild): boolean => {
    const one = listed.get(child.workflowId);
    return one !== undefined && (child.firstRunId !== undefined || isSame(one.supervised, child));
  };
  await tellGone(client, supervisor, isLong ? children.filter((child) => !isListed(child)) : children);
  const ids = new Set(children.map(({ workflowId }) => workflowId));
  // What a later generation of the supervisor has started meanwhile is none of ours.
  const strangers = [...listed.values()].filter(
    ({ workflowId, supervised }) =>
      !ids.has(workflowId) && (supervised === undefined || supervised.supervisor < known.supervisor),
  );
  if (adopts === undefined) await fewAtOnce(strangers, AT_ONCE, stopOrphan);
  else if (children.length < MAX_CHILDREN)
    await fewAtOnce(strangers, AT_ONCE, ({ workflowId }) =>
      takeIn(client, supervisor, workflowId).catch(() => undefined),
    );
}

/**
 * Looks again and again, until it is cancelled with its supervisor.
 * @param stopping when it aborts the worker ends: another one goes on
 * @throws ApplicationFailure then, to be tried again
 */
export async function sweepChildren(
  order: { readonly supervisor: string; readonly everyMs: number },
  stopping: AbortSignal,
): Promise<void> {
  const client = getClient();
  for (let number = 1; ; number += 1) {
    await rest(order.everyMs, stopping);
    try {
      // Whom it asks may have nobody to answer for him any more: this worker was the last one.
      await orAborted(sweepOnce(client, order.supervisor, number), stopping, workerEnds);
    } catch {
      if (stopping.aborted) throw workerEnds();
      // A supervisor that is over has this cancelled; what else kept the look from it may pass until the next.
    }
  }
}
