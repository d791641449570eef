import { ApplicationFailure } from '@temporalio/common';
import { ERRORS, type ErrorCode, type Refusal } from '../contracts/errors';

/**
 * What a protected call throws when the target was not asked, or did not answer in time: `circuit-open`, `limit-reached`,
 * `rate-limited` or `timeout`. Recognise it by `code`.
 *
 * It is an `ApplicationFailure`, so an activity just lets it pass: Temporal then tries again after `retryAfterMs` and not
 * by its own back-off, which would hammer a target that is known to be unwell (BRK-5). `details[0]` is the refusal.
 */
export class CallRefused extends ApplicationFailure {
  readonly code: ErrorCode;
  /** When the same call may be let through; absent when nobody knows. */
  readonly retryAfterMs: number | undefined;

  constructor(refusal: Refusal) {
    const isFinal = !ERRORS[refusal.code].retryable;
    super(refusal.message, refusal.code, isFinal, [refusal], undefined, refusal.retryAfterMs);
    this.code = refusal.code;
    this.retryAfterMs = refusal.retryAfterMs;
  }
}

/** Recognises a refusal of any copy of this package. */
export function isCallRefused(error: unknown): error is CallRefused {
  return error instanceof ApplicationFailure && 'code' in error && error.code === error.type;
}
