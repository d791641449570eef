import { setMaxListeners } from 'node:events';
import { activityInfo, sleep } from '@temporalio/activity';
import type { ServiceActivities, ServiceName } from '../src/contracts/service';
import { beating } from './beating';
import { orAborted, workerEnds } from './or-aborted';

/** What a service does in a space, and how often. */
export interface Chore {
  readonly everyMs: number;
  /** Does it once. Safe to repeat, and to be left in the middle. */
  act(space: string): Promise<void>;
}

/** When the chore was done last, in milliseconds: what the next attempt begins with. */
interface Done {
  readonly doneAt?: number;
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
      let { doneAt = Date.now() } = (activityInfo().heartbeatDetails ?? {}) as Done;
      const again = async (): Promise<never> => {
        for (;;) {
          await orAborted(sleep(Math.max(0, doneAt + everyMs - Date.now())), stopping, workerEnds);
          await orAborted(act(space), stopping, workerEnds);
          doneAt = Date.now();
        }
      };
      return beating<void>(again, (): Done => ({ doneAt }));
    },
  };
}
