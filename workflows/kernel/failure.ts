import { ApplicationFailure } from '@temporalio/common';
import type { Refusal } from '../../src/contracts/errors';

/** A refusal on its way out of an update or a workflow; `type` is the code, the refusal travels as details. */
export function toFailure(refusal: Refusal): ApplicationFailure {
  return ApplicationFailure.nonRetryable(refusal.message, refusal.code, refusal);
}
