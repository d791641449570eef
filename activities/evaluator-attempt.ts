import { cancellationDetails, getClient, type Info } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { Message } from '../src/contracts/entity';
import { workerBrokenSignal, workerMendedSignal, type WorkerOut } from '../src/contracts/optimisation/worker-breaker';
import type { AttemptEnd } from '../src/domain/optimisation/worker-breaker';
import type { AttemptGuard, GuardNews } from './evaluator-guard';

/** A study that does not answer for so long is not told. */
const TELL_MS = 5_000;

/** What a guarded attempt needs to know. */
export interface Guarded {
  readonly guard: AttemptGuard;
  readonly worker: string;
  readonly study: string;
  readonly info: Info;
  readonly log?: { info(line: object, text: string): void };
}

/** One attempt, as its worker is judged by it. */
export interface GuardedAttempt {
  /** It has answered; one that took too long has failed all the same. Studies hear of it before the server does. Never fails. */
  answered(end: AttemptEnd): Promise<void>;
  /** The same for one that has failed. */
  failed(error: unknown): Promise<void>;
  stop(): void;
}

/** Without a guard nothing is counted. */
export const UNGUARDED: GuardedAttempt = {
  answered: () => Promise.resolve(),
  failed: () => Promise.resolve(),
  stop: () => undefined,
};

async function tell(news: GuardNews, { worker, log }: Guarded): Promise<void> {
  const { studies, out } = news;
  const client = getClient();
  const told = studies.map(async (study) => {
    const handle = client.workflow.getHandle(study);
    if (out === undefined) {
      const back: Message<{ readonly worker: string }> = {
        id: `mended/${worker}/${String(Date.now())}`,
        args: { worker },
        sender: worker,
      };
      return handle.signal(workerMendedSignal, back);
    }
    const broken: Message<WorkerOut> = {
      id: `broken/${worker}/${out.since}/${String(out.failures)}`,
      args: { worker, ...out },
      sender: worker,
    };
    return handle.signal(workerBrokenSignal, broken);
  });
  for (const each of await client.withDeadline(Date.now() + TELL_MS, () => Promise.allSettled(told)))
    if (each.status === 'rejected')
      log?.info({ error: String(each.reason) }, 'a study could not be told of its worker');
}

/** What a failure says of the worker: a refusal of the evaluator, and a cancellation, are no failures of it. */
function endOf(error: unknown): AttemptEnd {
  if (cancellationDetails()?.timedOut === true) return 'failure';
  if (!(error instanceof ApplicationFailure)) return 'ignored';
  const isThrown = error.type === 'evaluation-failed' && error.nonRetryable !== true;
  return isThrown || error.type === 'invalid-message' ? 'failure' : 'ignored';
}

/**
 * Begins an attempt under a guard. One that takes longer than it may fails its worker at that moment, though it never returns.
 * @throws ApplicationFailure when the worker is out: the server gives the trial to another
 */
export function guardedAttempt(of: Guarded): GuardedAttempt {
  const { guard, worker, study, info, log } = of;
  const settled = guard.admit(study);
  if (settled === undefined)
    throw ApplicationFailure.retryable(`the worker ${worker} is taken out; the trial is another's`, 'worker-out');
  const { startToCloseTimeoutMs } = info;
  const begun = performance.now();
  const settle = async (end: AttemptEnd, why = ''): Promise<void> => {
    const news = settled(end, why);
    if (news === undefined) return;
    const { out } = news;
    log?.info({ worker, ...out }, out === undefined ? 'the worker takes trials again' : outText(out));
    await tell(news, of);
  };
  const tooLong = `it took longer than ${String(startToCloseTimeoutMs)} ms`;
  const timer =
    startToCloseTimeoutMs > 0 ? setTimeout(() => void settle('failure', tooLong), startToCloseTimeoutMs) : undefined;
  return {
    failed: (error) =>
      error instanceof CancelledFailure && cancellationDetails()?.timedOut !== true
        ? settle('ignored')
        : settle(endOf(error), error instanceof Error ? error.message : String(error)),
    answered: (end) => {
      const isSlow = startToCloseTimeoutMs > 0 && performance.now() - begun >= startToCloseTimeoutMs;
      return isSlow ? settle('failure', tooLong) : settle(end);
    },
    stop: () => clearTimeout(timer),
  };
}

const outText = ({ failures, last, until }: Omit<WorkerOut, 'worker'>): string =>
  `the worker is taken out after ${String(failures)} failures in a row, last: ${last}; it takes one trial at ${until}`;
