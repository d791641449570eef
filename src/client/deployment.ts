import { isGrpcServiceError, type Client } from '@temporalio/client';
import type { DeploymentHealth, PlacedQueue, QueueSeen, QueueUse, WorkerSeen } from '../contracts/health';
import { agentsQueue, evaluatorQueue, prefixOf, type TaskQueues } from '../contracts/task-queues';
import { judgeDeployment } from '../domain/health/queue';

/** `TaskQueueType` of the API. */
const WORKFLOW = 1;
const ACTIVITY = 2;
/** Kinds of tasks on a queue, by what its workers do. */
const TYPES: Readonly<Record<QueueUse, readonly number[]>> = {
  workflows: [WORKFLOW, ACTIVITY],
  events: [ACTIVITY],
  evaluations: [ACTIVITY],
  agents: [WORKFLOW, ACTIVITY],
};
/** `WorkerStatus` of the API: 1 is running. */
const RUNNING = 1;
/** gRPC status of a server that does not know workers: they are told from their polls, then. */
const UNIMPLEMENTED = [12];
/** Workers of one queue that are looked at. */
const MAX_WORKERS = 200;
/** A poll lasts a minute: whoever has not come back by then polls no more. */
const POLL_MS = 70_000;
const NANOS = 1e6;

type Listed = Awaited<ReturnType<Client['workflowService']['listWorkers']>>['workersInfo'][number];
type Heartbeat = NonNullable<Listed['workerHeartbeat']>;

/** Workers that told of themselves on a queue, lately. */
async function heartbeats({ workflowService, options }: Client, queue: string): Promise<readonly Heartbeat[]> {
  const { namespace } = options;
  try {
    const request = { namespace, pageSize: MAX_WORKERS, query: `TaskQueue = '${queue}'` };
    const { workersInfo } = await workflowService.listWorkers(request);
    return workersInfo.flatMap(({ workerHeartbeat }) => workerHeartbeat ?? []);
  } catch (error) {
    if (error instanceof Error && isGrpcServiceError(error) && UNIMPLEMENTED.includes(error.code)) return [];
    throw error;
  }
}

type Instant = Heartbeat['heartbeatTime'];

/** Unlike `tsToMs`, exact below a second; a queue without tasks has no age. */
const millis = (time: Instant): number =>
  time === null || time === undefined ? 0 : Number(time.seconds ?? 0) * 1_000 + (time.nanos ?? 0) / NANOS;

function workerSeen(beat: Heartbeat, now: number): WorkerSeen {
  const { workflowPollerInfo, workflowStickyPollerInfo, activityPollerInfo, elapsedSinceLastHeartbeat } = beat;
  const polls = [workflowPollerInfo, workflowStickyPollerInfo, activityPollerInfo];
  const taken = Math.max(...polls.map((each) => millis(each?.lastSuccessfulPollTime)));
  const slots = [beat.workflowTaskSlotsInfo, beat.activityTaskSlotsInfo];
  const since = (at: number): number => Math.max(0, Math.round(now - at));
  const between = millis(elapsedSinceLastHeartbeat);
  return {
    identity: beat.workerIdentity ?? '',
    host: beat.hostInfo?.hostName ?? '',
    process: beat.hostInfo?.processId ?? '',
    isShuttingDown: (beat.status ?? RUNNING) > RUNNING,
    beatMs: since(millis(beat.heartbeatTime)),
    isFull: slots.some((each) => (each?.currentUsedSlots ?? 0) > 0 && (each?.currentAvailableSlots ?? 0) === 0),
    ...(between === 0 ? {} : { betweenMs: Math.round(between) }),
    ...(taken === 0 ? {} : { takenMs: since(taken) }),
  };
}

/**
 * What the server knows of a queue: what waits on it, and the workers that poll it with their heartbeats.
 * @throws when the server does not tell
 */
export async function queueSeen(client: Client, queue: string, use: QueueUse): Promise<QueueSeen> {
  const { workflowService, options } = client;
  const { namespace } = options;
  const [beats, ...described] = await Promise.all([
    heartbeats(client, queue),
    ...TYPES[use].map((taskQueueType) =>
      workflowService.describeTaskQueue({ namespace, taskQueue: { name: queue }, taskQueueType, reportStats: true }),
    ),
  ]);
  const now = Date.now();
  const polls = described.flatMap(({ pollers }) => pollers);
  const fresh = polls.filter(({ lastAccessTime }) => now - millis(lastAccessTime) < POLL_MS);
  const stats = described.map((each) => each.stats);
  return {
    queue,
    use,
    pollers: new Set(fresh.map(({ identity }) => identity)).size,
    waiting: stats.reduce((sum, each) => sum + Number(each?.approximateBacklogCount ?? 0), 0),
    oldestMs: Math.round(Math.max(...stats.map((each) => millis(each?.approximateBacklogAge)))),
    workers: beats.map((beat) => workerSeen(beat, now)),
  };
}

/** Queues that some have and others have not. */
export interface WantedQueues {
  /** Names of the evaluators that are waited for now. */
  readonly evaluators?: readonly string[];
  /** On which agents are placed. */
  readonly placed?: readonly PlacedQueue[];
}

/**
 * Looks at the queues of a deployment, at those of evaluators that are waited for, and at those on which agents are placed.
 * @throws when the server does not tell
 */
export async function deploymentHealth(
  client: Client,
  queues: TaskQueues,
  { evaluators = [], placed = [] }: WantedQueues = {},
): Promise<DeploymentHealth> {
  const prefix = prefixOf(queues);
  const seen = await Promise.all([
    queueSeen(client, queues.main, 'workflows'),
    queueSeen(client, queues.store, 'events'),
    ...evaluators.map((name) => queueSeen(client, evaluatorQueue(name, prefix), 'evaluations')),
    ...placed.map(async (one) => ({
      ...(await queueSeen(client, agentsQueue(one.name, prefix), 'agents')),
      placed: one,
    })),
  ]);
  return judgeDeployment(seen);
}
