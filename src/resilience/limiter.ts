import type { LimiterOptions, RateState } from '../contracts/resilience';

/** What came of asking for a token. */
export type Taken =
  ({ readonly kind: 'taken' } & RateState) | ({ readonly kind: 'refused'; readonly retryAfterMs: number } & RateState);

/** A token bucket. */
export interface Limiter {
  /** Checks and takes in one step: nothing can come between (LIM-1). Never waits. */
  take(): Taken;
  state(): RateState;
}

/**
 * Makes a full bucket of `limit` tokens. A token comes back `perMs` after it was taken.
 *
 * Hence no window of `perMs`, wherever it begins, sees more than `limit` calls. A bucket that refills evenly lets
 * `limit` + `limit` pass in the first one, and so does a counter that starts anew at each full period. O(1) per call, eight bytes a token.
 * It fails closed: a clock that goes back brings no token back.
 */
export function createLimiter({ limit, perMs }: LimiterOptions, now: () => number): Limiter {
  /** When each token was taken, as a ring; the oldest of the `out` tokens is at `oldest`. */
  const taken = new Float64Array(limit);
  let [oldest, out, last] = [0, 0, -Infinity];

  const at = (index: number): number => taken[index % limit] ?? -Infinity;
  const collect = (): number => {
    last = Math.max(last, now());
    while (out > 0 && at(oldest) + perMs <= last) {
      oldest = (oldest + 1) % limit;
      out -= 1;
    }
    return last;
  };
  const state = (time: number): RateState => ({
    limit,
    remaining: limit - out,
    resetMs: out === 0 ? 0 : Math.ceil(at(oldest + out - 1) + perMs - time),
  });

  return {
    take() {
      const time = collect();
      if (out === limit) {
        return { kind: 'refused', retryAfterMs: Math.ceil(at(oldest) + perMs - time), ...state(time) };
      }
      taken[(oldest + out) % limit] = time;
      out += 1;
      return { kind: 'taken', ...state(time) };
    },
    state: () => state(collect()),
  };
}
