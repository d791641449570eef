import { ActivityFailure, ApplicationFailure, RetryState, TimeoutFailure } from '@temporalio/common';
import { isCancellation, proxyActivities, type CancellationScope } from '@temporalio/workflow';
import { isRefusal, refuse, type Refusal } from '../../src/contracts/errors';
import type { TrialProgress } from '../../src/contracts/optimisation/pruning';
import type { AttemptFailure, EvaluatorActivities, TrialInput } from '../../src/contracts/optimisation/study';
import { readReports } from '../../src/domain/optimisation/pruning';
import type { Ending } from '../../src/domain/optimisation/trial';

/** A trial on its way to an evaluator. */
export interface Evaluation {
  readonly queue: string;
  readonly attempts: number;
  readonly heartbeatMs: number;
  readonly trialMs: number;
  readonly input: TrialInput;
}

/** What came of it: an answer that is not read yet, or an ending. */
export type Evaluated =
  { readonly kind: 'answered'; readonly value: unknown } | Exclude<Ending, { readonly kind: 'complete' }>;

const RETRY = { initialInterval: 200, backoffCoefficient: 2, maximumInterval: 10_000 };

function summaryOf({ trial, configuration }: TrialInput): string {
  const values = Object.entries(configuration).map(
    ([name, value]) => `${name}=${typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value)}`,
  );
  return `trial ${String(trial)}: ${values.join(' ')}`.slice(0, 190);
}

function refusalOf(cause: unknown, evaluation: Evaluation): Refusal {
  const { heartbeatMs, trialMs } = evaluation;
  if (cause instanceof TimeoutFailure) {
    const text =
      cause.timeoutType === 'HEARTBEAT'
        ? `the worker of the last attempt was silent for ${String(heartbeatMs)} ms`
        : `the last attempt took longer than ${String(trialMs)} ms`;
    return refuse('timeout', text);
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  if (!(cause instanceof ApplicationFailure)) return refuse('evaluation-failed', message.slice(0, 2_000));
  const candidate = { code: cause.type, message: message.slice(0, 2_000) };
  return isRefusal(candidate) ? candidate : refuse('evaluation-failed', candidate.message);
}

/** The end of a trial whose last attempt failed. */
function failed(error: unknown, evaluation: Evaluation): Evaluated {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  const [told] = (cause instanceof ApplicationFailure ? cause.details : undefined) ?? [];
  const { attempt, worker, reports } = (told ?? {}) as Partial<AttemptFailure>;
  // of an attempt that was lost with its worker, what travelled with its heartbeats
  const left = cause instanceof TimeoutFailure ? (cause.lastHeartbeatDetails as Partial<TrialProgress> | null) : null;
  const read = readReports(reports ?? left?.reports);
  const isExhausted = error instanceof ActivityFailure && error.retryState === RetryState.MAXIMUM_ATTEMPTS_REACHED;
  return {
    kind: 'failed',
    refusal: refusalOf(cause, evaluation),
    attempts: isExhausted ? evaluation.attempts : (attempt ?? 1),
    ...(typeof worker === 'string' ? { worker } : {}),
    ...(isRefusal(read) ? {} : { reports: read }),
  };
}

/**
 * Has a trial evaluated. The retry policy is that of the study: a worker that is silent for the heartbeat timeout has lost its
 * attempt, and the server gives the next to whoever polls. Throws nothing.
 */
export async function evaluateTrial(evaluation: Evaluation, scope: CancellationScope): Promise<Evaluated> {
  const { queue, attempts, heartbeatMs, trialMs, input } = evaluation;
  const { evaluate } = proxyActivities<EvaluatorActivities>({
    taskQueue: queue,
    startToCloseTimeout: trialMs,
    heartbeatTimeout: heartbeatMs,
    retry: { ...RETRY, maximumAttempts: attempts },
    cancellationType: 'TRY_CANCEL',
    summary: summaryOf(input),
  });
  try {
    return { kind: 'answered', value: await scope.run(() => evaluate(input)) };
  } catch (error) {
    return isCancellation(error) ? { kind: 'cancelled' } : failed(error, evaluation);
  }
}
