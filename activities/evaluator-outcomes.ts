import type { Info } from '@temporalio/activity';
import type { TrialOutcome } from '../src/contracts/optimisation/study';

/** The same for all attempts of a trial in one run of its study. */
function keyOf({ workflowExecution }: Info, trial: number): string {
  const { workflowId = '', runId = '' } = workflowExecution ?? {};
  return `${workflowId}/${runId}/${String(trial)}`;
}

/**
 * Outcomes of one worker that nobody has taken yet, each in the activity that has found it: never more than the worker has slots.
 */
export class WaitingOutcomes {
  readonly #waiting = new Map<string, TrialOutcome>();
  readonly #wakers = new Set<() => void>();

  /** Keeps an outcome for as long as it is handed over. */
  async during<T>(info: Info, outcome: TrialOutcome, handOver: () => Promise<T>): Promise<T> {
    const key = keyOf(info, outcome.trial);
    this.#waiting.set(key, outcome);
    try {
      return await handOver();
    } finally {
      if (this.#waiting.get(key) === outcome) this.#waiting.delete(key);
    }
  }

  /** Waits so long, or until an attempt begins: the server is there again. */
  async rest(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#wakers.add(wake);
    });
  }

  /**
   * An attempt begins. @returns what an earlier attempt at the trial has found and nobody has taken: then it is not evaluated again.
   * Not one that ended early: it may go on from there where trials are promoted
   */
  begins(info: Info, trial: number): TrialOutcome | undefined {
    for (const wake of [...this.#wakers]) wake();
    const found = this.#waiting.get(keyOf(info, trial));
    return found?.pruned === true ? undefined : found;
  }
}
