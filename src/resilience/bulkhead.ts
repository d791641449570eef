import { refuse } from '../contracts/errors';
import type { BulkheadOptions } from '../contracts/resilience';
import { CallRefused } from './refused';

/** Gives a permit back. Safe to repeat. */
export type Release = () => void;

/** Permits for calls that run at once, and a bounded queue for those that wait, first come first served. */
export interface Bulkhead {
  /**
   * Waits for a permit. It never runs the caller's function: it hands out permits only.
   * @throws CallRefused `limit-reached` at once when the queue is full; the reason of the signal when that aborts while waiting
   */
  enter(signal?: AbortSignal): Promise<Release>;
  readonly running: number;
  readonly waiting: number;
}

/** Makes a bulkhead with all permits free. */
export function createBulkhead(target: string, options: Required<BulkheadOptions>): Bulkhead {
  const { atOnce, queue, retryAfterMs } = options;
  /** In the order of arrival. Each is called with its permit. */
  const waiting = new Set<(release: Release) => void>();
  let running = 0;

  const permit = (): Release => {
    let isFree = false;
    return () => {
      if (isFree) return;
      isFree = true;
      // handed on, not freed: nobody who comes later can take it in between
      for (const next of waiting) {
        waiting.delete(next);
        next(permit());
        return;
      }
      running -= 1;
    };
  };
  return {
    async enter(signal) {
      signal?.throwIfAborted();
      if (running < atOnce) {
        running += 1;
        return permit();
      }
      if (waiting.size >= queue) {
        const message = `${target} has ${String(running)} calls running and ${String(waiting.size)} waiting, no more`;
        throw new CallRefused(refuse('limit-reached', message, { retryAfterMs, details: { target } }));
      }
      return new Promise<Release>((resolve, reject) => {
        const leave = (): void => {
          waiting.delete(grant);
          reject(signal?.reason as Error);
        };
        const grant = (release: Release): void => {
          signal?.removeEventListener('abort', leave);
          resolve(release);
        };
        waiting.add(grant);
        signal?.addEventListener('abort', leave, { once: true });
      });
    },
    get running() {
      return running;
    },
    get waiting() {
      return waiting.size;
    },
  };
}
