/** What one caller may send. A bucket: `burst` at once, and `perMinute` in the long run. */
export interface RateLimit {
  readonly perMinute: number;
  readonly burst: number;
}

/** What is left in a bucket. */
export interface Taken {
  readonly ok: boolean;
  readonly remaining: number;
  /** Milliseconds until there is one again, or, when there is, until the bucket is full. */
  readonly resetMs: number;
}

/** One bucket for each space, so that a greedy one slows only itself. */
export interface RateLimits {
  readonly limit: RateLimit;
  /** Checks and takes one, in one step. */
  take(space: string): Taken;
}

/** Far above what one process answers: it stops a loop that has gone wild, not a busy caller. */
export const DEFAULT_RATE_LIMIT: RateLimit = { perMinute: 60_000, burst: 5_000 };
const MAX_BUCKETS = 1_000;

/** @param now milliseconds of a clock that only grows */
export function createRateLimits(limit = DEFAULT_RATE_LIMIT, now = (): number => performance.now()): RateLimits {
  const perMs = limit.perMinute / 60_000;
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    limit,
    take: (space) => {
      const at = now();
      const before = buckets.get(space) ?? { left: limit.burst, at };
      const left = Math.min(limit.burst, before.left + (at - before.at) * perMs);
      const ok = left >= 1;
      const bucket = { left: ok ? left - 1 : left, at };
      buckets.delete(space);
      buckets.set(space, bucket);
      const oldest = buckets.size > MAX_BUCKETS ? buckets.keys().next().value : undefined;
      if (oldest !== undefined) buckets.delete(oldest);
      const missing = ok ? limit.burst - bucket.left : 1 - bucket.left;
      return { ok, remaining: Math.floor(bucket.left), resetMs: Math.ceil(missing / perMs) };
    },
  };
}
