import { hostname } from 'node:os';
import {
  activityInfo,
  cancellationDetails,
  cancellationSignal,
  CompleteAsyncError,
  getClient,
  heartbeat,
  type Info,
} from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { Message } from '../src/contracts/entity';
import { isRefusal, type Refusal } from '../src/contracts/errors';
import type {
  AttemptFailure,
  EvaluatorActivities,
  TrialInput,
  TrialOutcome,
} from '../src/contracts/optimisation/study';
import { reportedSignal, shouldStopQuery, type Delivery } from '../src/contracts/optimisation/pruning';
import { partOf } from '../src/domain/optimisation/attributes';
import { progressFrom, progressOf } from '../src/domain/optimisation/progress';
import { readMeasures } from '../src/domain/optimisation/trial';
import type { AttemptGuard } from './evaluator-guard';
import { handOver, tellLate, type Handover } from './evaluator-handover';
import { WaitingOutcomes } from './evaluator-outcomes';
import { Notes } from './evaluator-notes';
import { begun, seen, spend } from './evaluator-progress';
import type { EvaluatorDefinition } from './evaluator-definition';
import { Reporter, type StudyPort } from './evaluator-reports';
import { guardedAttempt, UNGUARDED } from './evaluator-attempt';

/** The study answers from its memory; a question that takes longer counts as not answered. */
const QUESTION_MS = 5_000;
/** Heartbeats for each heartbeat timeout. */
const BEATS = 4;
/** Who was killed sooner leaves no word of his attempt. */
const FIRST_BEAT_MS = 500;
const MIN_BEAT_MS = 50;
/** Silent for this part of the timeout, the server may have given the trial to another. */
const DOUBT = 0.9;

/** What the activity needs of its process. */
export interface EvaluatorDeps {
  /** Names the worker in outcomes and failures. Default: host name and process id. */
  readonly worker?: string;
  readonly log?: { info(line: object, text: string): void };
  /** Takes the worker out when its attempts fail one after the other. Default: nobody does. */
  readonly guard?: AttemptGuard;
}

/** Keeps the attempt alive while the event loop turns. */
interface Pulse {
  /** The newest checkpoint. */
  progress: unknown;
  beat(): void;
  stop(): void;
}

/**
 * @param left what an attempt before has left: it goes on its way at once
 * @param before the same with word of this attempt, which can wait for the first beat: a trial that is over sooner saves the
 *   server a transaction, for the server counts from the start of the attempt
 */
function startPulse(info: Info, left: unknown, before: unknown): Pulse {
  const timeoutMs = info.heartbeatTimeoutMs ?? 0;
  const everyMs = Math.max(MIN_BEAT_MS, timeoutMs / BEATS);
  const pulse = {
    progress: before,
    beat: () => {
      pulse.progress = seen(pulse.progress, Date.now());
      heartbeat(pulse.progress);
    },
    stop: () => {
      clearTimeout(first);
      clearInterval(timer);
    },
  };
  const first = setTimeout(pulse.beat, FIRST_BEAT_MS);
  const timer = setInterval(pulse.beat, everyMs);
  if (left !== undefined) heartbeat(before);
  return pulse;
}

/** Asks the server whether the trial was given to another attempt. Who is not answered goes on. */
async function isTaken(info: Info, progress: unknown): Promise<boolean> {
  try {
    await getClient().activity.heartbeat(info.taskToken, progress);
    return false;
  } catch (error) {
    return error instanceof Error && error.name === 'ActivityNotFoundError';
  }
}

/**
 * Whether the server gave the trial to another attempt before anything has begun: a worker that was stopped with a trial that it had
 * been given begins when it comes back, and another may have ended the trial since (STU-3). Asks where the attempt is older than a
 * heartbeat may be late.
 */
async function isOutlived(info: Info): Promise<boolean> {
  const { heartbeatTimeoutMs = 0, currentAttemptScheduledTimestampMs } = info;
  const isOld = Date.now() - currentAttemptScheduledTimestampMs > heartbeatTimeoutMs * DOUBT;
  return heartbeatTimeoutMs > 0 && isOld && (await isTaken(info, info.heartbeatDetails));
}

/** The failure of an attempt; who and which attempt travel as details. */
function failure(
  refusal: Pick<Refusal, 'code' | 'message'>,
  told: AttemptFailure,
  isFinal: boolean,
): ApplicationFailure {
  const { code: type, message } = refusal;
  return ApplicationFailure.create({ message, type, nonRetryable: isFinal, details: [told] });
}

type StudyWorkflow = ReturnType<ReturnType<typeof getClient>['workflow']['getHandle']>;

/** The study over the worker's own connection. */
function studyPort(study: string, worker: string): StudyPort {
  const inTime = <T>(call: (handle: StudyWorkflow) => Promise<T>): Promise<T> => {
    const client = getClient();
    return client.withDeadline(Date.now() + QUESTION_MS, () => call(client.workflow.getHandle(study)));
  };
  return {
    deliver: (delivery) => {
      const { trial, attempt, reports } = delivery;
      const id = `reports/${String(trial)}/${String(attempt)}/${String(reports.steps.at(-1))}`;
      const message: Message<Delivery> = { id, args: delivery, sender: worker };
      return inTime((handle) => handle.signal(reportedSignal, message));
    },
    ask: (question) => inTime((handle) => handle.query(shouldStopQuery, question)),
  };
}

function reporterOf(input: TrialInput, left: unknown, told: AttemptFailure, deps: EvaluatorDeps): Reporter {
  const { study, trial, reporting } = input;
  const { reports: before } = progressOf(left);
  return new Reporter({
    trial,
    attempt: told.attempt,
    ...(reporting === undefined ? {} : { reporting }),
    ...(before === undefined ? {} : { before }),
    study: studyPort(study, told.worker),
    now: () => performance.now(),
    failed: (error) => {
      deps.log?.info({ study, trial, error: String(error) }, 'the study did not answer; its trial goes on');
    },
  });
}

/** What an attempt says of itself when it ends: with what it reported and nobody was told, and what its trial has cost. */
function saidOf({ told, pulse, notes, reporter: { waiting } }: Attempt): AttemptFailure {
  const { spent, tries = [] } = progressOf(seen(pulse.progress, Date.now()));
  return {
    ...told,
    ...(tries.length > 1 ? { tries } : {}),
    ...(waiting === undefined ? {} : { reports: waiting }),
    ...(spent === undefined ? {} : { cost: spent }),
    ...partOf(notes.attributes),
  };
}

/** What comes of an answer of the user's function. */
function outcomeOf(
  answer: unknown,
  { trial, configuration, measures: wanted }: TrialInput,
  said: AttemptFailure,
): TrialOutcome {
  if (isRefusal(answer)) throw failure(answer, said, true);
  const outcome = { trial, configuration, ...said };
  if (answer === 'pruned') return { ...outcome, measures: {}, pruned: true };
  const measures = readMeasures(answer, wanted);
  // Another attempt would answer the same: a measure that is no number ends the trial.
  if (isRefusal(measures)) throw failure(measures, said, true);
  return { ...outcome, measures };
}

/** One attempt: what it knows of itself. */
interface Attempt {
  /** What the attempt before left. */
  readonly left: unknown;
  readonly pulse: Pulse;
  readonly told: AttemptFailure;
  readonly reporter: Reporter;
  readonly notes: Notes;
}

async function run(definition: EvaluatorDefinition<never>, input: TrialInput, own: Attempt): Promise<TrialOutcome> {
  const { left, pulse, told, reporter } = own;
  const { study, trial, configuration, seed, params = configuration } = input;
  const { attempt } = told;
  const evaluate = definition.evaluate as EvaluatorDefinition['evaluate'];
  let answer: unknown;
  try {
    answer = await evaluate({
      params,
      seed,
      study,
      trial,
      attempt,
      signal: cancellationSignal(),
      checkpoint: (checkpoint) => {
        const { waiting: reports } = reporter;
        const { spent, tries } = progressOf(pulse.progress);
        pulse.progress = progressFrom({
          checkpoint,
          ...(tries === undefined ? {} : { tries }),
          ...(reports === undefined ? {} : { reports }),
          ...(spent === undefined ? {} : { spent }),
        });
        heartbeat(pulse.progress);
      },
      resume: () => progressOf(left).checkpoint ?? input.interval?.checkpoint,
      spend: (amount) => {
        const after = spend(pulse.progress, amount, input);
        pulse.progress = after.progress;
        heartbeat(pulse.progress);
        return after.left;
      },
      attribute: (name, value) => {
        own.notes.note(name, value);
      },
      report: (step, value) => {
        reporter.report(step, value);
      },
      shouldStop: () => reporter.shouldStop(),
    });
  } catch (error) {
    if (error instanceof CancelledFailure || cancellationDetails()?.cancelRequested === true) throw error;
    pulse.progress = seen(pulse.progress, Date.now(), { threw: true });
    heartbeat(pulse.progress);
    const said = saidOf(own);
    if (isRefusal(error)) throw failure(error, said, true);
    const isFinal = error instanceof ApplicationFailure && error.nonRetryable === true;
    const message = error instanceof Error ? error.message : String(error);
    // The next attempt is an activity of its own where the study counts failures by kind: it gets what this one leaves.
    const all = input.attempt === undefined ? said : { ...said, progress: pulse.progress };
    throw failure({ code: 'evaluation-failed', message: message.slice(0, 2_000) }, all, isFinal);
  }
  const { checkpoint } = progressOf(pulse.progress);
  const outcome = outcomeOf(answer, input, saidOf(own));
  const isLeft = input.interval !== undefined || (outcome.pruned === true && input.reporting?.pauses === true);
  return isLeft && checkpoint !== undefined ? { ...outcome, checkpoint } : outcome;
}

/**
 * Ends the attempt with its outcome.
 * @returns the outcome when the worker's core is to complete the attempt
 * @throws CompleteAsyncError when that is done, or the study was told; CancelledFailure when nobody wants it
 */
async function ended(outcome: TrialOutcome, handover: Handover): Promise<TrialOutcome> {
  if (cancellationDetails()?.cancelRequested === true) {
    // its trial was cancelled, or a late outcome has ended it
    await tellLate(outcome, handover);
    throw new CancelledFailure('nobody waits for the trial any more');
  }
  if ((await handOver(outcome, handover)) === 'kept') return outcome;
  throw new CompleteAsyncError();
}

/**
 * The activity that evaluates: runs the user's function beside a heartbeat, echoes the configuration, and says who did it.
 *
 * Returns an outcome, or fails: `evaluation-failed` is tried again by the study's retry policy, a refusal and a measure that is
 * no finite number are not. An outcome is handed over from here, not by the worker's core, which drops what the server does not take:
 * that of an attempt that was given up (its worker was paused, its network cut, the server away) goes to the study as a signal
 * (STU-2), and neither crashes nor counts twice.
 */
export function createEvaluatorActivities(
  definition: EvaluatorDefinition<never>,
  deps: EvaluatorDeps = {},
): EvaluatorActivities {
  const worker = deps.worker ?? `${hostname()}/${String(process.pid)}`;
  const outcomes = new WaitingOutcomes();
  return {
    evaluate: async (input) => {
      const info = activityInfo();
      const found = outcomes.begins(info, input.trial);
      if (found !== undefined) return found;
      if (await isOutlived(info)) throw new CancelledFailure('the attempt was replaced before it began');
      const { guard } = deps;
      const log = deps.log === undefined ? {} : { log: deps.log };
      const about = { worker, study: input.study, info, ...log };
      const watched = guard === undefined ? UNGUARDED : guardedAttempt({ guard, ...about });
      const left: unknown = info.heartbeatDetails ?? input.progress;
      const told = { attempt: input.attempt ?? info.attempt, worker };
      const pulse = startPulse(info, left, begun(left, told, Date.now()));
      try {
        const reporter = reporterOf(input, left, told, deps);
        const outcome = await run(definition, input, { left, pulse, told, reporter, notes: new Notes() });
        await watched.answered(outcome.pruned === true ? 'ignored' : 'success');
        return await ended(outcome, { info, study: input.study, outcomes, ...log });
      } catch (error) {
        if (!(error instanceof CompleteAsyncError)) await watched.failed(error);
        throw error;
      } finally {
        watched.stop();
        pulse.stop();
      }
    },
  };
}
