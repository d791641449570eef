import type { LockInit } from '../../src/contracts/coordination/lock';
import type { EntityInput } from '../../src/contracts/entity';
import { runEntity } from '../kernel/entity';
import { arbiter, type State } from './lock';

/** The arbiter of one semaphore: a lock with permits. */
export async function semaphoreWorkflow(input: EntityInput<LockInit, State>): Promise<unknown> {
  return runEntity(arbiter('semaphore'), input);
}
