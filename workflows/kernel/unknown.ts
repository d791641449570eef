import { workflowInfo } from '@temporalio/workflow';
import { refuse } from '../../src/contracts/errors';
import { toFailure } from './failure';

/**
 * Stands in for every workflow type that no definition file of this worker has: the generated entry makes it the default.
 * Ends at once, so that a wrong name is an answer and not a wait.
 */
export function unknownWorkflow(): Promise<never> {
  const { workflowType } = workflowInfo();
  return Promise.reject(
    toFailure(refuse('unknown-definition', `no definition file of this worker has ${workflowType}`)),
  );
}
