import { MAX_CALL_ATTEMPTS } from '../contracts/resilience';
import type { Clock } from './clock';
import { isCallRefused } from './refused';
import { duration, whole } from './settings';

/** Attempts within one call. In an activity leave it away: Temporal retries, and its retries survive the process. */
export interface RetryOptions {
  /** The first one included: 1 to `MAX_CALL_ATTEMPTS`. Default 1. */
  readonly attempts?: number;
  /** The longest pause before the second attempt; doubled for each further one. Default 200 ms. */
  readonly backoffMs?: number;
  /** No pause is longer; a call that is told to wait longer ends at once. Default 10 s. */
  readonly backoffMsMax?: number;
  /** In [0, 1): the share of the pause that is waited. Default chance. */
  readonly random?: () => number;
}

/** Options with every default. */
export type Retrying = Required<RetryOptions>;

/** Fills in the defaults. @throws PlatformError `invalid-request` */
export function retryingOf(options: RetryOptions = {}): Retrying {
  return {
    attempts: whole('retry.attempts', options.attempts ?? 1, 1, MAX_CALL_ATTEMPTS),
    backoffMs: duration('retry.backoffMs', options.backoffMs ?? 200),
    backoffMsMax: duration('retry.backoffMsMax', options.backoffMsMax ?? 10_000),
    random: options.random ?? Math.random,
  };
}

function pause(ms: number, clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', leave);
      resolve();
    });
    signal?.addEventListener('abort', leave, { once: true });
  });
}

/**
 * Tries until it succeeds, fails for good or has used its attempts up; then throws what the last one threw. Pauses are full
 * jitter (Brooker 2015, "Exponential Backoff and Jitter"), and never shorter than what a refusal says.
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  retrying: Retrying,
  context: {
    readonly clock: Clock;
    readonly signal?: AbortSignal;
    readonly isWorthwhile: (error: unknown) => boolean;
  },
): Promise<T> {
  const { attempts, backoffMs, backoffMsMax, random } = retrying;
  const { clock, signal, isWorthwhile } = context;
  for (let made = 1; ; made++) {
    try {
      return await attempt();
    } catch (error) {
      const told = (isCallRefused(error) ? error.retryAfterMs : undefined) ?? 0;
      const isLast = made >= attempts || told > backoffMsMax;
      if (isLast || signal?.aborted === true || !isWorthwhile(error)) throw error;
      const jittered = random() * Math.min(backoffMsMax, backoffMs * 2 ** (made - 1));
      await pause(Math.max(told, jittered), clock, signal);
    }
  }
}
