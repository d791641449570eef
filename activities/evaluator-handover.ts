import { cancellationDetails, getClient, type Info } from '@temporalio/activity';
import type { Message } from '../src/contracts/entity';
import { shouldStopQuery } from '../src/contracts/optimisation/pruning';
import { outlivedSignal, type OutlivedOutcome, type TrialOutcome } from '../src/contracts/optimisation/study';
import type { WaitingOutcomes } from './evaluator-outcomes';

/** A server that takes longer to answer is asked again. */
const ANSWER_MS = 5_000;
/** Between two calls of a server that does not answer: at first, and at most. */
const AGAIN_MS = 200;
const AGAIN_MS_MAX = 1_000;

/** What the handover of an outcome needs to know. */
export interface Handover {
  readonly info: Info;
  readonly study: string;
  /** Of the worker. */
  readonly outcomes: WaitingOutcomes;
  readonly log?: { info(line: object, text: string): void };
}

/**
 * What became of an outcome: `completed` with the attempt; `late`, since the attempt had been given up: then the study was told, or
 * is no more; `kept` when the server refuses the completion, or did not answer until the worker ended: the outcome may go the
 * ordinary way then, through the worker's core, which tries for some seconds and drops it.
 */
export type HandedOver = 'completed' | 'late' | 'kept';

/** What a call came to: done, nobody has what was called any more, refused, or no answer yet. */
type Called = 'done' | 'gone' | 'refused' | 'unheard';

const isWorkerEnding = (): boolean => cancellationDetails()?.workerShutdown === true;
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

/** The worker's own client; each call has a deadline. */
function asked<T>(call: (client: ReturnType<typeof getClient>) => Promise<T>): Promise<T> {
  const client = getClient();
  return client.withDeadline(Date.now() + ANSWER_MS, () => call(client));
}

/** Whether the server has the attempt still. */
async function isHeard({ taskToken, heartbeatDetails }: Info): Promise<Exclude<Called, 'refused'>> {
  try {
    await asked(({ activity }) => activity.heartbeat(taskToken, heartbeatDetails));
    return 'done';
  } catch (error) {
    if (nameOf(error) === 'ActivityNotFoundError') return 'gone';
    return nameOf(error) === 'ActivityCompletionError' ? 'unheard' : 'done';
  }
}

/** Completes the attempt. The SDK's error does not say why: a server that answers a heartbeat in between has refused it twice. */
async function complete(info: Info, outcome: TrialOutcome, isAgain = false): Promise<Called> {
  try {
    await asked(({ activity }) => activity.complete(info.taskToken, outcome));
    return 'done';
  } catch (error) {
    if (nameOf(error) === 'ActivityNotFoundError') return 'gone';
    if (nameOf(error) !== 'ActivityCompletionError') return 'refused';
  }
  const heard = await isHeard(info);
  if (heard !== 'done') return heard;
  return isAgain ? 'refused' : complete(info, outcome, true);
}

/** gRPC's codes of calls that may succeed later. */
const PASSING = new Set([1, 2, 4, 8, 10, 13, 14]);

/** Waits until the study has read what it was told: from then on nobody is given the trial. Not longer than a call may take. */
async function isTaken({ trial, attempt }: TrialOutcome, study: string): Promise<void> {
  const question = { trial, attempt, reports: { steps: [], values: [] }, fresh: 0 };
  await asked(({ workflow }) => workflow.getHandle(study).query(shouldStopQuery, question)).catch(() => undefined);
}

/** Tells the study what its attempt has found. */
async function tell(outcome: TrialOutcome, { info, study }: Handover): Promise<Called> {
  const { trial, attempt, worker } = outcome;
  const { runId: run } = info.workflowExecution ?? {};
  const message: Message<OutlivedOutcome> = {
    id: `late/${String(trial)}/${String(attempt)}`,
    args: { ...outcome, ...(run === undefined ? {} : { run }) },
    sender: worker,
  };
  try {
    await asked(({ workflow }) => workflow.getHandle(study).signal(outlivedSignal, message));
    await isTaken(outcome, study);
    return 'done';
  } catch (error) {
    if (nameOf(error) === 'WorkflowNotFoundError') return 'gone';
    const { code } = ((error as { readonly cause?: unknown }).cause ?? {}) as { readonly code?: unknown };
    return PASSING.has(code as number) ? 'unheard' : 'refused';
  }
}

/** Calls until the server has answered. @returns `unheard` when the worker ends first */
async function untilHeard(outcomes: WaitingOutcomes, call: () => Promise<Called>, waits: () => void): Promise<Called> {
  for (let againMs = AGAIN_MS; ; againMs = Math.min(AGAIN_MS_MAX, againMs * 2)) {
    const called = await call();
    if (called !== 'unheard' || isWorkerEnding()) return called;
    if (againMs === AGAIN_MS) waits();
    await outcomes.rest(againMs);
  }
}

/** Tells the study an outcome that nobody waits for any more: it ends the trial if no other has, else it is evidence (STU-2). */
export async function tellLate(outcome: TrialOutcome, handover: Handover): Promise<void> {
  const { study, log } = handover;
  const { trial, attempt } = outcome;
  const line = { study, trial, attempt };
  const called = await untilHeard(
    handover.outcomes,
    () => tell(outcome, handover),
    () => log?.info(line, 'the attempt was given up; its outcome waits here for the server'),
  );
  const words = {
    done: 'the attempt was given up; its outcome was handed over to the study',
    gone: 'the study has ended; the late outcome is dropped',
    refused: 'the study cannot be told; the late outcome is dropped',
    unheard: 'the server did not answer until the worker ended; the late outcome is dropped',
  };
  log?.info(line, words[called]);
}

/**
 * Hands an outcome over, and returns when somebody has it. While the server cannot be reached it waits in its activity, whose slot
 * it keeps: a worker holds as many as it has slots, and is given no trial meanwhile. An attempt that the server gave up until then is
 * told to the study; the next attempt at its trial in this worker answers with it. Repeating is safe: a completion counts once, and the study knows what it was told by trial and attempt.
 */
export async function handOver(outcome: TrialOutcome, handover: Handover): Promise<HandedOver> {
  return handover.outcomes.during(handover.info, outcome, () => untilTaken(outcome, handover));
}

async function untilTaken(outcome: TrialOutcome, handover: Handover): Promise<HandedOver> {
  const { info, study, log } = handover;
  const { trial, attempt } = outcome;
  const line = { study, trial, attempt };
  const known = cancellationDetails()?.notFound === true;
  const called = known
    ? 'gone'
    : await untilHeard(
        handover.outcomes,
        () => complete(info, outcome),
        () => log?.info(line, 'the server cannot be reached; the outcome waits here'),
      );
  if (called === 'done') return 'completed';
  if (called === 'gone') {
    await tellLate(outcome, handover);
    return 'late';
  }
  if (called === 'unheard')
    log?.info(line, 'the server did not answer until the worker ended; the outcome may be lost');
  return 'kept';
}
