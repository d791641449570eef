/** Time as the toolbox sees it; tests bring their own. */
export interface Clock {
  /** Milliseconds since 1970 that never go back. */
  now(): number;
  /** Calls `wake` once after `ms`. @returns what prevents it */
  after(ms: number, wake: () => void): () => void;
}

/** The clock of the process: set once by the wall, then monotonic, so that a correction of the wall opens no breaker. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  after(ms, wake) {
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  },
};
