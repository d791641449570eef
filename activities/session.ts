import { CompleteAsyncError } from '@temporalio/activity';
import type { SessionActivities } from '../src/contracts/coordination/session';

/** The activity of sessions: it takes no slot of a worker, and ends when its heartbeats stay away. */
export function createSessionActivities(): SessionActivities {
  return {
    holdLease: () => Promise.reject(new CompleteAsyncError()),
  };
}
