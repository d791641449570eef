/** Task queues are by role, not by space: one set of processes serves all spaces of its Temporal namespace. */
export interface TaskQueues {
  /** Workflows, and the short activities that send messages to other workflows. */
  readonly main: string;
  /** Only the process that owns the database polls it. */
  readonly store: string;
}

/** Queue names under a deployment's prefix (`MABEAM_QUEUE_PREFIX`, default none). */
export function taskQueues(prefix = ''): TaskQueues {
  return { main: `${prefix}mabeam`, store: `${prefix}mabeam-store` };
}

/** The queue on which the evaluator `name` is polled. */
export function evaluatorQueue(name: string, prefix = ''): string {
  return `${prefix}mabeam-evaluator-${name}`;
}

/** The queue of the agents that are placed on `name`: their workflows, and what they do. */
export function agentsQueue(name: string, prefix = ''): string {
  return `${prefix}mabeam-agents-${name}`;
}

/** The queue of a workflow and of what it does: that on which it is placed, else that of all. */
export function queueOf({
  queue,
  queues,
}: {
  readonly queue?: string;
  readonly queues: Pick<TaskQueues, 'main'>;
}): string {
  return queue === undefined ? queues.main : agentsQueue(queue, prefixOf(queues));
}

/** The prefix that the queues of a deployment were made with. */
export function prefixOf(queues: Pick<TaskQueues, 'main'>): string {
  return queues.main.slice(0, -'mabeam'.length);
}
