import {
  isGrpcDeadlineError,
  isGrpcServiceError,
  QueryNotRegisteredError,
  QueryRejectedError,
  ServiceError,
  WorkflowFailedError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common';
import { ERRORS, isPlatformError, isRefusal, PlatformError, refuse, type ErrorCode } from '../contracts/errors';
import type { Kind } from '../contracts/ids';

/** How it is said that there is no thing of a kind. */
export const NOT_FOUND: Readonly<Record<Kind, ErrorCode>> = {
  agent: 'agent-not-found',
  variables: 'variable-set-not-found',
  ballot: 'ballot-not-found',
  study: 'study-not-found',
  supervisor: 'supervisor-not-found',
  service: 'service-not-found',
  session: 'session-not-found',
  lock: 'lock-not-found',
  semaphore: 'semaphore-not-found',
  election: 'election-not-found',
  barrier: 'barrier-not-found',
  counter: 'counter-not-found',
  value: 'value-not-found',
};
/** gRPC status codes, by number as the server sends them. */
const GRPC = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  exhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  unavailable: 14,
};
const RETRY_MS = 1_000;

function isCode(text: unknown): text is ErrorCode {
  return typeof text === 'string' && text in ERRORS;
}

function kindOf(workflowId: string): Kind | undefined {
  const kind = workflowId.split(':')[1] ?? '';
  return kind in NOT_FOUND ? (kind as Kind) : undefined;
}

function ofApplication(failure: ApplicationFailure, cause: unknown): PlatformError {
  const [refusal] = failure.details ?? [];
  if (isRefusal(refusal)) return new PlatformError(refusal, cause);
  if (isCode(failure.type)) return new PlatformError(refuse(failure.type, failure.message), cause);
  if (failure.type === 'AcceptedUpdateCompletedWorkflow') {
    return new PlatformError(refuse('stopped', 'the receiver ended before it could answer'), cause);
  }
  // A worker that was stopping has answered the task without it.
  if (failure.type === 'UnprocessedUpdate') return renewing(failure.message, cause);
  const isUnknown = failure.type === 'ReferenceError' || /no (update )?handler|not registered/i.test(failure.message);
  return new PlatformError(refuse(isUnknown ? 'unknown-message' : 'internal', failure.message), cause);
}

function ofStatus(code: number, details: string, workflowId: string, cause: unknown): PlatformError {
  const retry = { retryAfterMs: RETRY_MS };
  switch (code) {
    case GRPC.cancelled:
    case GRPC.deadlineExceeded:
      return new PlatformError(refuse('timeout', `no answer from ${workflowId} within the deadline`), cause);
    case GRPC.invalidArgument:
      return new PlatformError(refuse('invalid-request', details), cause);
    case GRPC.notFound:
      return notFound(workflowId, details, cause);
    case GRPC.exhausted:
      if (/is closing/i.test(details)) return renewing(details, cause);
      return new PlatformError(refuse('rate-limited', details, retry), cause);
    case GRPC.aborted:
      return renewing(details, cause);
    case GRPC.failedPrecondition:
      if (/workflow task failure/i.test(details)) return renewing(details, cause);
      // It has failed more than once, as under a burst of updates: the next attempt may take the message, and nothing was done.
      if (/workflow task in failed state/i.test(details)) {
        const more = { retryAfterMs: RETRY_MS, details: { renewing: true } };
        return new PlatformError(refuse('no-worker', details, more), cause);
      }
      return new PlatformError(refuse('no-worker', details, retry), cause);
    case GRPC.unknown:
      // So a worker's connection tells that it broke while a call was under way.
      if (!/transport error/i.test(details)) return new PlatformError(refuse('internal', details), cause);
      return new PlatformError(refuse('temporal-unavailable', details, retry), cause);
    case GRPC.unavailable:
      return new PlatformError(refuse('temporal-unavailable', details, retry), cause);
    default:
      return new PlatformError(refuse('internal', details), cause);
  }
}

/** The task that was to take the message was given up, as happens around a renewal: the message had no effect. */
function renewing(details: string, cause: unknown): PlatformError {
  return new PlatformError(refuse('mailbox-full', details, { retryAfterMs: 100, details: { renewing: true } }), cause);
}

/** True for the answer of a server to a message that came while its receiver was being renewed. */
export function isRenewalStatus({ code, details }: { readonly code: number; readonly details: string }): boolean {
  return code === GRPC.aborted || (code === GRPC.exhausted && /is closing/i.test(details));
}

/** True for what passes by itself within moments. */
export function isPassing(failure: PlatformError): boolean {
  return failure.details['renewing'] === true;
}

/** True when no run was open under the id: nothing was done, and a hint that said otherwise is stale. */
export function isGone(failure: unknown): boolean {
  const error = isPlatformError(failure) ? failure.cause : failure;
  if (!(error instanceof Error)) return false;
  return error instanceof WorkflowNotFoundError || grpcOf(error)?.code === GRPC.notFound;
}

/** True when a start failed because our search attributes are not registered on the server. */
export function lacksAttributes(error: unknown): boolean {
  const grpc = error instanceof Error ? grpcOf(error) : undefined;
  return grpc?.code === GRPC.invalidArgument && /search attribute/i.test(grpc.details);
}

function notFound(workflowId: string, details: string, cause: unknown): PlatformError {
  // The second: it ended while the message was on its way, and took no notice of it.
  if (/already completed|aborted by closing workflow/i.test(details)) {
    return new PlatformError(refuse('stopped', `${workflowId} has ended`), cause);
  }
  const kind = kindOf(workflowId);
  const code = kind === undefined ? 'not-found' : NOT_FOUND[kind];
  return new PlatformError(refuse(code, `there is no ${workflowId}`), cause);
}

function grpcOf(error: Error): { readonly code: number; readonly details: string } | undefined {
  const found = isGrpcServiceError(error) ? error : error.cause;
  if (!isGrpcServiceError(found)) return undefined;
  return { code: found.code, details: found.details === '' ? found.message : found.details };
}

/** A query that failed has no type, only a text: ours begins with the code. */
function ofQuery(error: Error): PlatformError {
  const [, code, message] = /^([a-z-]+): ([\s\S]*)$/.exec(error.message) ?? [];
  if (isCode(code)) return new PlatformError(refuse(code, message ?? ''), error);
  return new PlatformError(refuse('unknown-message', error.message), error);
}

/**
 * Translates whatever a Temporal client throws into the one error of the platform. Total; the original is the cause.
 *
 * @param error what was caught
 * @param workflowId whom the call was for; its kind chooses the code of "not found"
 */
export function toPlatformError(error: unknown, workflowId: string): PlatformError {
  if (isPlatformError(error)) return error;
  if (!(error instanceof Error)) return new PlatformError(refuse('internal', String(error)), error);
  if (error instanceof WorkflowUpdateFailedError || error instanceof WorkflowFailedError) {
    const { cause } = error;
    if (cause instanceof ApplicationFailure) return ofApplication(cause, error);
    return new PlatformError(refuse('stopped', `${workflowId} has ended: ${cause?.message ?? error.message}`), error);
  }
  if (error instanceof ApplicationFailure) return ofApplication(error, error);
  const isLate: boolean = isGrpcDeadlineError(error);
  if (isLate || error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
    return new PlatformError(refuse('timeout', `no answer from ${workflowId} within the deadline`), error);
  }
  if (error instanceof WorkflowNotFoundError) return notFound(workflowId, error.message, error);
  if (error instanceof WorkflowExecutionAlreadyStartedError) {
    return new PlatformError(refuse('already-exists', `${workflowId} is there already`), error);
  }
  if (error instanceof QueryRejectedError || error instanceof QueryNotRegisteredError) return ofQuery(error);
  const grpc = grpcOf(error);
  if (grpc !== undefined) return ofStatus(grpc.code, grpc.details, workflowId, error);
  const code = error instanceof ServiceError ? 'temporal-unavailable' : 'internal';
  return new PlatformError(refuse(code, error.message), error);
}
