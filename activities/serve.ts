import { setMaxListeners } from 'node:events';
import { activityInfo, getClient, log } from '@temporalio/activity';
import type { Message } from '../src/contracts/entity';
import type { Finding } from '../src/contracts/health';
import { MAX_FINDING, type ServiceActivities, type ServiceName } from '../src/contracts/service';
import { beating } from './beating';
import { orAborted, workerEnds } from './or-aborted';
import { rest } from './rest';

/** What a service does in a space, and how often. */
export interface Chore {
  readonly everyMs: number;
  /** Does it once. Safe to repeat, and to be left in the middle. */
  act(space: string): Promise<Finding>;
}

/** What the next attempt begins with. */
interface Done {
  /** When the chore was done last, in milliseconds. */
  readonly doneAt?: number;
  /** What was told last. */
  readonly told?: string;
}

/** Times and counts go on from look to look: what differs in nothing else is the same finding. */
const sameness = ({ ok, detail }: Finding): string => (ok ? 'well' : detail.replace(/\d+(\.\d+)?/g, '#'));

async function tell({ ok, detail }: Finding, at: number): Promise<void> {
  const { workflowExecution } = activityInfo();
  if (workflowExecution === undefined) throw new Error('a service is an activity of its workflow');
  if (ok) log.info(detail);
  else log.warn(detail);
  const args: Finding = { ok, detail: detail.slice(0, MAX_FINDING) };
  const message: Message<Finding> = { id: `found/${String(at)}`, args };
  await getClient().workflow.getHandle(workflowExecution.workflowId).signal('found', message);
}

/**
 * The activity of the platform's services.
 *
 * @param chores what each service does
 * @param stopping aborts when the worker is about to end: another one goes on
 */
export function createServiceActivities(
  chores: Readonly<Record<ServiceName, Chore>>,
  stopping: AbortSignal,
): ServiceActivities {
  setMaxListeners(0, stopping); // each space's service listens to it
  return {
    serve: ({ space, service }) => {
      const { everyMs, act } = chores[service];
      let { doneAt = Date.now(), told = 'well' } = (activityInfo().heartbeatDetails ?? {}) as Done;
      const again = async (): Promise<never> => {
        for (;;) {
          await rest(doneAt + everyMs - Date.now(), stopping);
          const found = await orAborted(act(space), stopping, workerEnds);
          doneAt = Date.now();
          const same = sameness(found);
          if (same === told) continue;
          await tell(found, doneAt);
          told = same;
        }
      };
      return beating<void>(again, (): Done => ({ doneAt, told }));
    },
  };
}
