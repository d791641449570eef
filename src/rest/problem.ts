import type { Response } from 'express';
import { ERRORS, isPlatformError, PlatformError, refuse, type ErrorCode, type Refusal } from '../contracts/errors';

const PROBLEM_BASE = 'https://mabeam.example/problems/';
const DEFAULT_RETRY_MS = 1_000;

/** Problem details (RFC 9457), built from the one error table. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly [member: string]: unknown;
}

/** The problem of a refusal; `details` become extra members but never replace the standard ones. */
export function problemOf(refusal: Refusal, more: Readonly<Record<string, unknown>> = {}): Problem {
  const row = ERRORS[refusal.code];
  return {
    ...refusal.details,
    ...more,
    type: `${PROBLEM_BASE}${refusal.code}`,
    title: row.title,
    status: row.status,
    detail: refusal.message,
    code: refusal.code,
  };
}

/** Whatever was thrown as a `PlatformError`; an unknown error is a defect and tells nothing of itself outside. */
export function platformErrorOf(error: unknown): PlatformError {
  if (isPlatformError(error)) return error;
  if (error instanceof Error && 'type' in error && error.type === 'entity.too.large') {
    return new PlatformError(refuse('message-too-large', 'a body has at most 1048576 bytes'), error);
  }
  if (error instanceof URIError) return new PlatformError(refuse('invalid-request', 'the path is not encoded well'));
  return new PlatformError(refuse('internal', 'a defect; the log has it under this request id'), error);
}

/** How long a caller should wait, in whole seconds, when the same call may succeed later. */
export function retryAfterSeconds(refusal: Pick<Refusal, 'code' | 'retryAfterMs'>): number | undefined {
  if (refusal.retryAfterMs === undefined && !ERRORS[refusal.code].retryable) return undefined;
  return Math.max(1, Math.ceil((refusal.retryAfterMs ?? DEFAULT_RETRY_MS) / 1_000));
}

/** Sends a problem. */
export function sendProblem(response: Response, error: PlatformError, requestId: string): void {
  const { code, message, details, retryAfterMs } = error;
  const retry = retryAfterSeconds({ code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
  if (retry !== undefined) response.set('Retry-After', String(retry));
  const problem = problemOf({ code, message, details }, { requestId });
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}
