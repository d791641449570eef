import type { Client } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time';

const CHAINS = 4;
const HOPS = 12;
const ROUNDS = 3;
const POLL_MS = 10_000;
const LIFE_MS = 60_000;
const IDENTITY = 'mabeam-doctor';
/** `CommandType` of the API: the workflow is done. */
const COMPLETE_WORKFLOW = 4;

/**
 * Above this a server has the settings with which it loads its queues at most twenty times a second: it took 19 to 26 ms, one
 * with ours on a busy machine 3 to 17 ms.
 */
const SLOW_HOP_MS = 18;
/** What a hop takes on such a server, four at a time; measured beside a server of ours. */
export const DEFAULT_HOP_MS = 30;
/** Such a server does well over this many hops a second, four at a time: with fewer, it is the machine that is slow. */
const BUSY_PER_SECOND = 40;

/** What a hop takes, and whether that says something about the server's settings. */
export interface Hop {
  readonly ms: number;
  readonly verdict: 'fast' | 'slow-settings' | 'busy-machine';
}

/** Signals a workflow of its own again and again, and takes each task itself. @returns how long each task waited, in ms */
async function chain(client: Client, id: string): Promise<readonly number[]> {
  const { connection, options, workflow } = client;
  const { namespace } = options;
  const service = connection.workflowService;
  const request = { namespace, taskQueue: { name: id }, identity: IDENTITY };
  const poll = () =>
    connection.withDeadline(Date.now() + POLL_MS, async () => {
      const task = await service.pollWorkflowTaskQueue(request);
      if (task.taskToken.length === 0) throw new Error(`no task came within ${String(POLL_MS)} ms`);
      return task;
    });
  const waits: number[] = [];
  let next = poll();
  next.catch(() => undefined); // waited for below
  const handle = await workflow.start('mabeamDoctor', {
    workflowId: id,
    taskQueue: id,
    workflowExecutionTimeout: LIFE_MS,
    staticSummary: 'mabeam doctor measures how long a task waits',
  });
  try {
    for (let hop = 0; ; hop += 1) {
      const { taskToken, scheduledTime, startedTime } = await next;
      if (hop > 0) waits.push(tsToMs(startedTime) - tsToMs(scheduledTime));
      const isLast = hop === HOPS;
      if (!isLast) {
        next = poll();
        next.catch(() => undefined);
      }
      const done = { commandType: COMPLETE_WORKFLOW, completeWorkflowExecutionCommandAttributes: {} };
      const commands = isLast ? [done] : [];
      await service.respondWorkflowTaskCompleted({ namespace, taskToken, identity: IDENTITY, commands });
      if (isLast) return waits;
      await handle.signal('hop');
    }
  } catch (error) {
    await handle.terminate('the measurement failed').catch(() => undefined);
    throw error;
  }
}

/**
 * How long a task waits in the server between being scheduled and being handed out, in ms by the server's own clock: the
 * lower quartile of 48 hops from signal to task, four at a time, the best of three rounds. We take the tasks ourselves,
 * so it needs no worker and says nothing of one.
 *
 * Four at a time, because a server with default settings lets a single one pass: its limit is on how often it loads its
 * queues. The lower quartile and the best round, because a busy machine makes all of them slower.
 *
 * @param id begins the ids of the short-lived workflows and queues
 * @throws what the server says
 */
export async function measureHop(client: Client, id: string): Promise<Hop> {
  let best = Number.POSITIVE_INFINITY;
  let perSecond = 0;
  for (let round = 0; round < ROUNDS && best > SLOW_HOP_MS; round += 1) {
    const began = performance.now();
    const chains = Array.from({ length: CHAINS }, (_each, at) => chain(client, `${id}-${String(round)}-${String(at)}`));
    const waits = (await Promise.all(chains)).flat().sort((a, b) => a - b);
    perSecond = Math.max(perSecond, (1_000 * waits.length) / (performance.now() - began));
    best = Math.min(best, waits[Math.floor(waits.length / 4)] ?? best);
  }
  const slow = perSecond < BUSY_PER_SECOND ? 'busy-machine' : 'slow-settings';
  return { ms: Math.round(best * 10) / 10, verdict: best <= SLOW_HOP_MS ? 'fast' : slow };
}
