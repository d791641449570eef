import { ApplicationFailure } from '@temporalio/common';
import { ERRORS, isPlatformError } from '../contracts/errors';
import type { Outcome } from './breaker';

/** What came of a call: a value, or what it threw. */
export type Result<T = unknown> =
  { readonly kind: 'returned'; readonly value: T } | { readonly kind: 'threw'; readonly error: unknown };

/** Says what a result tells about the target. */
export type Judge = (result: Result) => Outcome;

const CLIENT_ERROR = 400;
const SERVER_ERROR = 500;

function statusOf(thing: unknown): number | undefined {
  if (typeof thing !== 'object' || thing === null) return undefined;
  const status: unknown = Reflect.get(thing, 'status') ?? Reflect.get(thing, 'statusCode');
  return typeof status === 'number' ? status : undefined;
}

/**
 * The rule unless a caller brings another: only what means "target unwell" counts (BRK-3).
 *
 * A throw is a failure, unless it is the caller's own: a status of 400 to 499, a code of ours that is not retryable, a failure
 * that says of itself that it is not retryable. A returned `Response` of 500 or more is a failure, any other value a success.
 */
export function judge(result: Result): Outcome {
  if (result.kind === 'returned') {
    const { value } = result;
    const isResponse = value instanceof Response;
    return isResponse && value.status >= SERVER_ERROR ? 'failure' : 'success';
  }
  const { error } = result;
  if (isPlatformError(error)) return ERRORS[error.code].status >= SERVER_ERROR ? 'failure' : 'ignore';
  if (error instanceof ApplicationFailure) return error.nonRetryable === true ? 'ignore' : 'failure';
  const status = statusOf(error);
  return status !== undefined && status >= CLIENT_ERROR && status < SERVER_ERROR ? 'ignore' : 'failure';
}
