import { ApplicationFailure } from '@temporalio/common';
import type { ErrorCode, Refusal } from '../../src/contracts/errors';

/** A refusal on its way out of an update or a workflow; `type` is the code, the refusal travels as details. */
export function toFailure(refusal: Refusal): ApplicationFailure {
  return ApplicationFailure.nonRetryable(refusal.message, refusal.code, refusal);
}

/** A refusal on its way out of a query: the client sees the text alone, so it begins with the code. */
export function ofQuery(code: ErrorCode, message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(`${code}: ${message}`, code);
}
