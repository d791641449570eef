import { ActivityFailure, ApplicationFailure, RetryState, TimeoutFailure } from '@temporalio/common';
import { isCancellation, proxyActivities, sleep, type CancellationScope } from '@temporalio/workflow';
import { isRefusal, refuse, type Refusal } from '../../src/contracts/errors';
import type { FailureKind, Retries } from '../../src/contracts/optimisation/budget';
import type { TrialProgress } from '../../src/contracts/optimisation/pruning';
import type { AttemptFailure, EvaluatorActivities, TrialInput } from '../../src/contracts/optimisation/study';
import { readPart } from '../../src/domain/optimisation/attributes';
import { isCost } from '../../src/domain/optimisation/budget';
import { readReports } from '../../src/domain/optimisation/pruning';
import { counted, isTriedAgain, type Failures } from '../../src/domain/optimisation/retries';
import { readTries } from '../../src/domain/optimisation/tries';
import { readMeasures, type Ending } from '../../src/domain/optimisation/trial';
import { short } from '../../src/domain/words';

/** A trial on its way to an evaluator. */
export interface Evaluation {
  readonly queue: string;
  readonly attempts: number;
  /** Given when the study counts failures by kind: each attempt is an activity of its own then. */
  readonly retries?: Required<Retries>;
  /** With it: attempts that may fail in all; absent for as many as there may be. */
  readonly mostFailures?: number;
  /** Of a trial that was promoted: how many attempts it has had, what they failed of, and what the last one left. */
  readonly before?: { readonly attempts: number; readonly failures: Failures; readonly progress?: unknown };
  readonly heartbeatMs: number;
  readonly trialMs: number;
  readonly input: TrialInput;
}

/** What came of it: an answer that is not read yet, or an ending. */
export type Evaluated =
  | { readonly kind: 'answered'; readonly value: unknown; readonly failures?: Failures }
  | Exclude<Ending, { readonly kind: 'complete' }>;

const RETRY = { initialInterval: 200, backoffCoefficient: 2, maximumInterval: 10_000 };

function summaryOf({ trial, configuration }: TrialInput): string {
  const values = Object.entries(configuration).map(
    ([name, value]) => `${name}=${typeof value === 'number' ? short(value) : String(value)}`,
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

const causeOf = (error: unknown): unknown => (error instanceof ActivityFailure ? error.cause : error);

/** What the attempt said of itself; nothing when it was lost. */
function toldBy(cause: unknown): Partial<AttemptFailure> {
  const [told] = (cause instanceof ApplicationFailure ? cause.details : undefined) ?? [];
  return told ?? {};
}

/** Of an attempt that was lost with its worker, what travelled with its heartbeats. */
const leftBy = (cause: unknown): unknown =>
  cause instanceof TimeoutFailure ? (cause.lastHeartbeatDetails ?? undefined) : undefined;

/** The end of a trial whose last attempt failed. */
function failed(error: unknown, evaluation: Evaluation): Extract<Evaluated, { readonly kind: 'failed' }> {
  const cause = causeOf(error);
  const { attempt, worker, reports, cost, tries, attributes } = toldBy(cause);
  const left = leftBy(cause) as Partial<TrialProgress> | undefined;
  const read = readReports(reports ?? left?.reports);
  const isExhausted = error instanceof ActivityFailure && error.retryState === RetryState.MAXIMUM_ATTEMPTS_REACHED;
  return {
    kind: 'failed',
    refusal: refusalOf(cause, evaluation),
    attempts: isExhausted ? evaluation.attempts : (attempt ?? 1),
    ...(typeof worker === 'string' ? { worker } : {}),
    ...(isRefusal(read) ? {} : { reports: read }),
    ...(isCost(cost) ? { cost } : {}),
    ...(isCost(left?.spent) ? { atLeast: left.spent } : {}),
    tries: readTries(tries ?? left?.tries),
    ...readPart(attributes),
  };
}

/**
 * Has a trial evaluated. The retry policy is that of the study: a worker that is silent for the heartbeat timeout has lost its
 * attempt, and the server gives the next to whoever polls; a study that counts failures by kind begins the next one itself.
 * Throws nothing.
 */
export async function evaluateTrial(evaluation: Evaluation, scope: CancellationScope): Promise<Evaluated> {
  const { retries, attempts } = evaluation;
  if (retries !== undefined) return evaluateByKind(evaluation, retries, scope);
  try {
    return { kind: 'answered', value: await attempted(evaluation, attempts, scope) };
  } catch (error) {
    return isCancellation(error) ? { kind: 'cancelled' } : failed(error, evaluation);
  }
}

function attempted(
  { queue, heartbeatMs, trialMs, input }: Evaluation,
  maximumAttempts: number,
  scope: CancellationScope,
): Promise<unknown> {
  const { evaluate } = proxyActivities<EvaluatorActivities>({
    taskQueue: queue,
    startToCloseTimeout: trialMs,
    heartbeatTimeout: heartbeatMs,
    retry: { ...RETRY, maximumAttempts },
    cancellationType: 'TRY_CANCEL',
    summary: summaryOf(input),
  });
  return scope.run(() => evaluate(input));
}

/** What an attempt failed of; nothing for a refusal of the evaluator, which is final. */
function kindOf(cause: unknown): FailureKind | undefined {
  if (cause instanceof TimeoutFailure) return cause.timeoutType === 'HEARTBEAT' ? 'lost' : 'timeout';
  if (!(cause instanceof ApplicationFailure)) return 'lost';
  if (cause.type === 'invalid-message') return 'invalid';
  if (cause.nonRetryable === true) return undefined;
  // what is neither said by the evaluator nor a timeout is the end of a worker, or one that does not know the activity
  return cause.type === 'evaluation-failed' ? 'thrown' : 'lost';
}

/** What the next attempt goes on from. An outcome that was no number would come of its checkpoint again. */
function progressAfter(kind: FailureKind, cause: unknown, before: unknown): unknown {
  const { progress, cost } = toldBy(cause);
  if (kind === 'invalid') return isCost(cost) ? { 'mabeam:progress': 1, spent: cost } : undefined;
  return progress ?? leftBy(cause) ?? before;
}

/** What is wrong with measures that came as an answer, from an evaluator that does not look at them itself. */
function answerProblem(value: unknown, { measures }: TrialInput): Refusal | undefined {
  const { pruned, measures: given } = (value ?? {}) as { readonly pruned?: unknown; readonly measures?: unknown };
  const read = pruned === true ? undefined : readMeasures(given, measures);
  return isRefusal(read) ? read : undefined;
}

type OneAttempt =
  | Exclude<Evaluated, { readonly kind: 'failed' }>
  | (Extract<Evaluated, { readonly kind: 'failed' }> & {
      readonly of: FailureKind | undefined;
      readonly cause: unknown;
    });

/** What came of one attempt, measures looked at. */
async function answerOf(evaluation: Evaluation, scope: CancellationScope): Promise<OneAttempt> {
  try {
    const value = await attempted(evaluation, 1, scope);
    const refusal = answerProblem(value, evaluation.input);
    if (refusal === undefined) return { kind: 'answered', value };
    return { kind: 'failed', refusal, attempts: 1, of: 'invalid', cause: undefined };
  } catch (error) {
    if (isCancellation(error)) return { kind: 'cancelled' };
    const cause = causeOf(error);
    return { ...failed(error, evaluation), of: kindOf(cause), cause };
  }
}

/** One activity for each attempt, so that the next one depends on what this one failed of. */
async function evaluateByKind(
  evaluation: Evaluation,
  retries: Required<Retries>,
  scope: CancellationScope,
): Promise<Evaluated> {
  const { attempts = 0, failures: failed = {}, progress: left } = evaluation.before ?? {};
  let failures: Failures = failed;
  let progress: unknown = left;
  let backoffMs = RETRY.initialInterval;
  for (let attempt = attempts + 1; ; attempt++) {
    const input = { ...evaluation.input, attempt, ...(progress === undefined ? {} : { progress }) };
    const one = await answerOf({ ...evaluation, input }, scope);
    if (one.kind === 'answered') return { ...one, failures };
    if (one.kind !== 'failed') return one;
    const { of: kind, cause, ...ending } = one;
    if (kind !== undefined) failures = counted(failures, kind);
    if (kind === undefined || !isTriedAgain(retries, failures, kind, evaluation.mostFailures))
      return { ...ending, attempts: attempt, failures };
    progress = progressAfter(kind, cause, progress);
    // a worker that was lost, or took too long, has made the next one wait already
    if (kind === 'lost' || kind === 'timeout') continue;
    try {
      await scope.run(() => sleep(backoffMs, { summary: `trial ${String(input.trial)} is tried again` }));
    } catch {
      return { kind: 'cancelled' };
    }
    backoffMs = Math.min(RETRY.maximumInterval, backoffMs * RETRY.backoffCoefficient);
  }
}
