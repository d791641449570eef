import type { Response } from 'express';
import { ERRORS, isPlatformError, PlatformError, refuse, type ErrorCode, type Refusal } from '../contracts/errors';
import { idsOf } from './frame';

/** Under it every code has a page: docs/reference/errors.md in the same words. */
export const PROBLEM_BASE = 'https://mabeam.example/problems/';
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
    ...(refusal.retryAfterMs === undefined ? {} : { retryAfterMs: refusal.retryAfterMs }),
    type: `${PROBLEM_BASE}${refusal.code}`,
    title: row.title,
    status: row.status,
    detail: refusal.message,
    code: refusal.code,
  };
}

/** What reading a request may throw: a body that is too long, badly encoded or cut off, a path that cannot be decoded. */
function ofTransport(error: unknown): Refusal | undefined {
  if (error instanceof URIError) return refuse('invalid-request', 'the path is not encoded well');
  if (!(error instanceof Error) || !('status' in error)) return undefined;
  const type = 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large')
    return refuse('message-too-large', `a body has at most ${String('limit' in error ? error.limit : '')} bytes`);
  if (error.status === 415) return refuse('unsupported-media-type', error.message);
  return error.status === 400 ? refuse('invalid-request', `the request cannot be read: ${error.message}`) : undefined;
}

/** Whatever was thrown as a `PlatformError`; an unknown error is a defect and tells nothing of itself outside. */
export function platformErrorOf(error: unknown): PlatformError {
  if (isPlatformError(error)) return error;
  const refusal = ofTransport(error) ?? refuse('internal', 'a defect; the log has it under this request id');
  return new PlatformError(refusal, error);
}

/** How long a caller should wait, in whole seconds, when the same call may succeed later. */
export function retryAfterSeconds(refusal: Pick<Refusal, 'code' | 'retryAfterMs'>): number | undefined {
  if (refusal.retryAfterMs === undefined && !ERRORS[refusal.code].retryable) return undefined;
  return Math.max(1, Math.ceil((refusal.retryAfterMs ?? DEFAULT_RETRY_MS) / 1_000));
}

/** Sends a problem. A defect's own words stay in the log. */
export function sendProblem(response: Response, error: PlatformError): void {
  const { code, details, retryAfterMs } = error;
  const { requestId, traceId } = idsOf(response);
  const message = code === 'internal' ? 'a defect; the log has it under this request id' : error.message;
  const retry = retryAfterSeconds({ code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
  if (retry !== undefined) response.set('Retry-After', String(retry));
  const { currentVersion } = details;
  if (typeof currentVersion === 'number') response.set('ETag', `"${String(currentVersion)}"`);
  const refusal = {
    code,
    message,
    details: code === 'internal' ? {} : details,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  const problem = problemOf(refusal, { requestId, traceId });
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}
