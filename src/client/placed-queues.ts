import { isGrpcServiceError, type Client } from '@temporalio/client';
import { MAX_PLACED_QUEUES, type PlacedQueue } from '../contracts/health';
import { agentsQueue, prefixOf, type TaskQueues } from '../contracts/task-queues';

/** gRPC status codes of a server that cannot search so: 3 invalid argument, 12 unimplemented. */
const NOT_SEARCHABLE = [3, 12];

async function namesIn(client: Client, query: string, before: string): Promise<readonly string[]> {
  const { workflowService, options } = client;
  const { namespace } = options;
  const found: string[] = [];
  while (found.length < MAX_PLACED_QUEUES) {
    const others = found.map((name) => `'${before}${name}'`).join(', ');
    const more = found.length === 0 ? query : `${query} AND TaskQueue NOT IN (${others})`;
    const { executions } = await workflowService.listWorkflowExecutions({ namespace, pageSize: 1, query: more });
    const taskQueue = executions[0]?.taskQueue;
    if (taskQueue === undefined || taskQueue === null) break;
    found.push(taskQueue.slice(before.length));
  }
  return found.sort();
}

/**
 * Queues on which agents are placed that run, and how many. From the server's list of the running, which is a moment old and
 * needs no worker; at most MAX_PLACED_QUEUES, with two searches for each. None on a server that cannot search so.
 *
 * @param space default: of all spaces
 * @throws when the server does not tell
 */
export async function placedQueues(
  client: Client,
  queues: TaskQueues,
  space?: string,
): Promise<readonly PlacedQueue[]> {
  const before = agentsQueue('', prefixOf(queues));
  const within = space === undefined ? '' : ` AND WorkflowId STARTS_WITH '${space}:agent:'`;
  const query = `ExecutionStatus = 'Running' AND TaskQueue STARTS_WITH '${before}'${within}`;
  const { workflowService, options } = client;
  const { namespace } = options;
  try {
    const names = await namesIn(client, query, before);
    return await Promise.all(
      names.map(async (name) => {
        const one = `${query} AND TaskQueue = '${before}${name}'`;
        const { count } = await workflowService.countWorkflowExecutions({ namespace, query: one });
        return { name, agents: Number(count) };
      }),
    );
  } catch (error) {
    if (error instanceof Error && isGrpcServiceError(error) && NOT_SEARCHABLE.includes(error.code)) return [];
    throw error;
  }
}
