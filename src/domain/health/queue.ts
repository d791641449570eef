import {
  GONE_BEATS,
  HEARTBEAT_MS,
  SILENT_BEATS,
  STUCK_MS,
  WORKER_IDENTITY,
  type DeploymentHealth,
  type QueueHealth,
  type QueueSeen,
  type QueueUse,
  type WorkerHealth,
  type WorkerSeen,
  type WorkerState,
} from '../../contracts/health';
import { counted, seconds } from '../words';

/** What the SDK does unless it is told otherwise. */
const FOREIGN_BEAT_MS = 60_000;

/** Who serves a queue, for those who have to start it. */
const COMMAND: Readonly<Record<QueueUse, string>> = {
  workflows: 'mabeam worker',
  events: 'mabeam store',
  evaluations: 'mabeam evaluator',
  agents: 'mabeam worker --queue',
};

/** What nobody serves, and who waits for that. */
function nobody({ queue, use, placed }: QueueSeen, backlog: string): string {
  if (placed === undefined) return `nobody polls ${queue}${backlog}; start one with: npx ${COMMAND[use]}`;
  const { name, agents } = placed;
  const wait = `${counted(agents, 'agent')} ${agents === 1 ? 'waits' : 'wait'} there`;
  return `nobody serves queue ${name}; ${wait}${backlog}; start one with: npx ${COMMAND[use]} ${name}`;
}

/** A worker is known by two heartbeats how often it tells; before, by who it is. */
function intervalOf({ identity, betweenMs }: WorkerSeen): number {
  const usual = identity.startsWith(WORKER_IDENTITY) ? HEARTBEAT_MS : FOREIGN_BEAT_MS;
  return Math.max(HEARTBEAT_MS, betweenMs ?? usual);
}

function stateOf(worker: WorkerSeen, { oldestMs }: QueueSeen): WorkerState {
  const isSilent = worker.beatMs > SILENT_BEATS * intervalOf(worker);
  if (worker.isShuttingDown) return 'draining';
  if (isSilent) return 'silent';
  const hasTakenSince = worker.takenMs !== undefined && worker.takenMs < oldestMs;
  return oldestMs >= STUCK_MS && !hasTakenSince ? 'stuck' : 'working';
}

/** One that has ended in order, or of which nobody has heard for long, is no worker any more. */
function isGone(worker: WorkerSeen): boolean {
  const missed = worker.beatMs / intervalOf(worker);
  return missed > (worker.isShuttingDown ? SILENT_BEATS : GONE_BEATS);
}

function wordsOf(worker: WorkerSeen, state: WorkerState, { oldestMs }: QueueSeen): string {
  const { beatMs, takenMs } = worker;
  const taken = takenMs === undefined ? 'it has taken none' : `it took its last ${seconds(takenMs)} ago`;
  switch (state) {
    case 'working':
      return `works; heard of ${seconds(beatMs)} ago`;
    case 'draining':
      return 'ends what it has begun and takes no more';
    case 'silent':
      return `has told nothing for ${seconds(beatMs)}: killed, stopped, or cut off`;
    case 'stuck':
      return `lives but takes nothing: a task has waited for ${seconds(oldestMs)}, and ${worker.isFull ? 'all of its slots are in use' : taken}`;
  }
}

function workerHealth(worker: WorkerSeen, seen: QueueSeen): WorkerHealth {
  const { identity, host, process, beatMs } = worker;
  const state = stateOf(worker, seen);
  const ok = state === 'working' || state === 'draining';
  return { ok, detail: wordsOf(worker, state, seen), identity, host, process, queue: seen.queue, state, beatMs };
}

function queueHealth(seen: QueueSeen, workers: readonly WorkerHealth[]): QueueHealth {
  const { queue, use, pollers, waiting, oldestMs } = seen;
  const told = { queue, use, waiting, oldestMs, ...(seen.placed === undefined ? {} : { placed: seen.placed }) };
  // Who polls without telling of itself is known by its polls alone.
  const silent = seen.workers.length === 0 ? pollers : 0;
  const takers = workers.filter(({ state }) => state === 'working').length + silent;
  const alive = takers + workers.filter(({ state }) => state === 'stuck').length;
  const backlog =
    waiting === 0
      ? ''
      : `: ${counted(waiting, 'task')} ${waiting === 1 ? 'waits' : 'wait'}, the oldest for ${seconds(oldestMs)}`;
  if (alive === 0) {
    return { ok: false, detail: nobody(seen, backlog), ...told, workers: 0 };
  }
  const poll = `${counted(alive, 'worker')} ${alive === 1 ? 'polls' : 'poll'} ${queue}`;
  if (oldestMs < STUCK_MS) return { ok: true, detail: poll, ...told, workers: takers };
  const why = takers === 0 ? ` but ${alive === 1 ? 'takes' : 'take'} nothing` : ', too few or too busy';
  return { ok: false, detail: `${poll}${why}${backlog}`, ...told, workers: takers };
}

/**
 * Judges queues and the workers that poll them. A queue that nobody polls is told as such: those whose tasks wait on it have
 * not failed. A worker is told from its heartbeats and from what waits: one that is silent for SILENT_BEATS heartbeats, one
 * that lives and takes nothing although a task has waited for STUCK_MS.
 */
export function judgeDeployment(seen: readonly QueueSeen[]): DeploymentHealth {
  const judged = seen.map((each) => {
    const workers = each.workers.filter((worker) => !isGone(worker)).map((worker) => workerHealth(worker, each));
    return { queue: queueHealth(each, workers), workers };
  });
  const queues = judged.map(({ queue }) => queue);
  const workers = judged.flatMap((each) => each.workers);
  return { ok: [...queues, ...workers].every(({ ok }) => ok), queues, workers };
}
