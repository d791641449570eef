import type { Clock } from '../../../src/resilience/clock';

/** A clock that a test moves by hand. */
export interface HandClock extends Clock {
  /** Moves on, waking what is due in its order, and lets promises settle after each. */
  advance(ms: number): Promise<void>;
  /** Timers that were set and neither rang nor were taken back. */
  readonly timers: number;
}

/** Lets everything that is ready to run do so. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Makes a clock that stands at 1,000,000 ms. */
export function handClock(): HandClock {
  let now = 1_000_000;
  const timers = new Set<{ readonly at: number; readonly wake: () => void }>();
  return {
    now: () => now,
    after(ms, wake) {
      const timer = { at: now + ms, wake };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const end = now + ms;
      await settled();
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
        if (next === undefined) break;
        timers.delete(next);
        now = next.at;
        next.wake();
        await settled();
      }
      now = end;
    },
    get timers() {
      return timers.size;
    },
  };
}
