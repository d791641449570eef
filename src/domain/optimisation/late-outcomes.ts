import type { Trial, TrialOutcome } from '../../contracts/optimisation/study';
import { checkpointProblem } from './checkpoints';
import { promotionOf } from './pruning';
import type { StudyData, StudyStep } from './study';
import { endOf, keepLate } from './trial-ends';
import type { Ending } from './trial';

const isRunning = ({ running }: StudyData, number: number): boolean => running.some((each) => each.number === number);

/** Whether the study has this very outcome: whoever could not hear that it was taken tells it again. */
function isKnown(state: StudyData, { trial, attempt, worker }: TrialOutcome): boolean {
  const { recent, running, atRungs = [], late } = state;
  const isOfIt = (each: Trial): boolean =>
    each.number === trial && each.attempts === attempt && each.worker === worker && each.state !== 'failed';
  return (
    [...recent, ...running, ...atRungs.map((each) => each.trial)].some(isOfIt) ||
    late.some((each) => each.trial === trial && each.attempt === attempt)
  );
}

/**
 * Whether an outcome ends its trial though its attempt had been given up. One that was pruned, of a study that promotes, does
 * not: where the trial stands then is said by the attempt that has it.
 */
function isAdopted(state: StudyData, outcome: TrialOutcome): boolean {
  const { spec, running } = state;
  const mayWait = outcome.pruned === true && promotionOf(spec.pruner) !== undefined;
  const isInside = spec.evaluator !== undefined;
  return isInside && isRunning(state, outcome.trial) && !mayWait && checkpointProblem(running, outcome) === undefined;
}

/**
 * Takes an outcome of an attempt that the server had given up: its worker was paused, or could not reach the server. The first
 * outcome of a trial ends it, whichever attempt it is of, so that nothing that was found is evaluated again (STU-3); one that comes
 * after it is kept as evidence (STU-2). The same outcome again changes nothing.
 *
 * @param isOfThisRun whether its evaluation was begun in this run of the study: one of another may be of another study that had
 *   the name before, and is evidence
 * @param now workflow milliseconds
 */
export function takeLate(state: StudyData, outcome: TrialOutcome, isOfThisRun: boolean, now: number): StudyStep {
  if (isKnown(state, outcome)) return { state, events: [], asked: [] };
  if (!isOfThisRun || !isAdopted(state, outcome)) return keepLate(state, outcome, now);
  return endOf(state, outcome.trial, { kind: outcome.pruned === true ? 'pruned' : 'complete', outcome }, now);
}

/** Ends a trial by its evaluation. When a late outcome has ended it meanwhile, that of the evaluation is the late one. */
export function endEvaluated(state: StudyData, number: number, ending: Ending, now: number): StudyStep {
  const isOvertaken = 'outcome' in ending && !isRunning(state, number);
  return isOvertaken ? takeLate(state, ending.outcome, true, now) : endOf(state, number, ending, now);
}
