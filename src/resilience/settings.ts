import { PlatformError, refuse } from '../contracts/errors';
import {
  MAX_CALL_MS,
  MAX_CALLS_AT_ONCE,
  MAX_QUEUED_CALLS,
  MAX_RATE,
  type BreakerOptions,
  type BulkheadOptions,
  type LimiterOptions,
  type TargetOptions,
} from '../contracts/resilience';

/** The options of a target with every default filled in. */
export interface Settings {
  readonly timeoutMs: number;
  readonly breaker: Required<BreakerOptions>;
  readonly bulkhead: Required<BulkheadOptions>;
  readonly limiter: LimiterOptions | undefined;
}

/** Timeout, share, reset and window are opossum's; a volume of its own 0 would open on the first failure. */
export const DEFAULTS = {
  timeoutMs: 10_000,
  breaker: { errorPercent: 50, volume: 5, windowMs: 10_000, resetMs: 30_000 },
  bulkhead: { atOnce: 10, queue: 20, retryAfterMs: 1_000 },
} as const;

/** A whole number within its bounds. @throws PlatformError `invalid-request`, with what was expected and what came */
export function whole(name: string, value: number, from: number, to: number): number {
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  const expected = `${name} must be a whole number from ${String(from)} to ${String(to)}`;
  throw new PlatformError(refuse('invalid-request', `${expected}; got ${String(value)}`));
}

/** A duration in milliseconds. @throws PlatformError `invalid-request` */
export const duration = (name: string, value: number): number => whole(name, value, 1, MAX_CALL_MS);

/** Fills in the defaults. @throws PlatformError `invalid-request` for a value outside its bounds */
export function settingsOf(options: TargetOptions): Settings {
  const timeoutMs = duration('timeoutMs', options.timeoutMs ?? DEFAULTS.timeoutMs);
  const breaker = { ...DEFAULTS.breaker, ...options.breaker };
  const bulkhead = { ...DEFAULTS.bulkhead, ...options.bulkhead };
  whole('breaker.errorPercent', breaker.errorPercent, 1, 100);
  whole('breaker.volume', breaker.volume, 1, MAX_RATE);
  whole('breaker.windowMs', breaker.windowMs, 10, MAX_CALL_MS);
  duration('breaker.resetMs', breaker.resetMs);
  whole('bulkhead.atOnce', bulkhead.atOnce, 1, MAX_CALLS_AT_ONCE);
  whole('bulkhead.queue', bulkhead.queue, 0, MAX_QUEUED_CALLS);
  duration('bulkhead.retryAfterMs', bulkhead.retryAfterMs);
  const { limiter } = options;
  if (limiter !== undefined) {
    whole('limiter.limit', limiter.limit, 1, MAX_RATE);
    duration('limiter.perMs', limiter.perMs);
  }
  return { timeoutMs, breaker, bulkhead, limiter };
}
