import type { Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { AttemptGuard } from '../../activities/evaluator-guard';
import { polling } from './polling';
import type { Part } from './role';

/** A worker that takes no trials while its guard says so. */
export interface Breakable {
  readonly guard: AttemptGuard;
  /** Makes the worker of Temporal anew; `slots` when it may have only so many trials at once. */
  create(slots?: number): Promise<Worker>;
  readonly log: Logger;
  readonly what: Readonly<Record<string, unknown>>;
}

/**
 * Runs a worker as a part of a process. When its guard takes it out it is drained: it takes no more, what it has is ended within
 * its grace, or given back. When the rest is over it begins again with one trial at a time, and with all when that is well. The
 * process and its connection stay.
 */
export async function breakableWorker({ guard, create, log, what }: Breakable): Promise<Part> {
  let current = polling(await create(), log, what);
  const { name } = current;
  let hasStopped = false;
  const isOver = (): boolean => hasStopped;
  let wake: () => void = () => undefined;

  const drained = async (): Promise<void> => {
    try {
      await current.stop();
    } catch (error) {
      // An evaluation that does not heed its signal is left; the trial is another's since.
      log.warn({ error: String(error), ...what }, 'an evaluation of a worker that was taken out does not end');
    }
  };
  const rest = async (until: number): Promise<void> => {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, until - Date.now()));
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    wake = () => undefined;
  };
  const run = async (): Promise<void> => {
    for (;;) {
      const ended = (current.ended ?? Promise.resolve()).then(() => 'ended' as const);
      if ((await Promise.race([ended, guard.changed()])) === 'ended') return;
      await drained();
      while (guard.breaker.kind === 'open' && !isOver()) {
        await rest(guard.breaker.until);
        guard.rested();
      }
      if (isOver()) return;
      const next = await create(guard.breaker.kind === 'half-open' ? 1 : undefined);
      current = polling(next, log, what);
      if (isOver()) await current.stop();
    }
  };
  const ended = run();
  return {
    name,
    ended,
    stop: async () => {
      hasStopped = true;
      wake();
      await current.stop();
      await ended;
    },
  };
}
