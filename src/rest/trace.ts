import { randomBytes } from 'node:crypto';

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The trace of a request (W3C Trace Context). */
export interface Trace {
  readonly traceId: string;
  /** What goes out: the same trace, a span of ours. */
  readonly traceparent: string;
}

/** Goes on with the caller's trace; begins a new one where none came, or none that can be read. */
export function traceOf(header: string | undefined): Trace {
  const [, given = '', parent = '', flags = '00'] = TRACEPARENT.exec(header ?? '') ?? [];
  const isValid = /[^0]/.test(given) && /[^0]/.test(parent);
  const traceId = isValid ? given : randomBytes(16).toString('hex');
  return { traceId, traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-${isValid ? flags : '00'}` };
}
