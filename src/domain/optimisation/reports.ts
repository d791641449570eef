import {
  REPORT_MS,
  type Reporting,
  type Reports,
  type StopAnswer,
  type StopQuestion,
} from '../../contracts/optimisation/pruning';
import type { StudySpec, Trial } from '../../contracts/optimisation/study';
import type { Observation } from './history';
import { answerStop, closeReports, firstRung, keptReports, noReports, promotionOf, withReports } from './pruning';
import type { Pruned, PruningData } from './pruning';
import { lossOf, type Ending } from './trial';

/** What is needed of a study to take and judge reports. */
interface Reported {
  readonly name: string;
  readonly spec: StudySpec;
  readonly counts: { readonly complete: number };
  readonly running: readonly Trial[];
  readonly pruning?: PruningData;
}

/** A study as the rules on reports see it. */
export function reportingStudy({ name, spec, counts, pruning = noReports }: Reported): Pruned {
  return { name, spec, completed: counts.complete, pruning };
}

/** How an attempt of a trial reports; nothing for a study that does not prune. */
export function reportingOf(state: Reported, trial: number): Reporting | undefined {
  const { spec } = state;
  if (spec.pruner === undefined) return undefined;
  const rung = firstRung(reportingStudy(state), trial);
  const { reportMs = REPORT_MS, parallelism } = spec;
  return {
    everyMs: reportMs,
    keep: keptReports(parallelism),
    ...(rung === undefined ? {} : { rung }),
    ...(promotionOf(spec.pruner) === undefined ? {} : { pauses: true as const }),
  };
}

/** Whether an attempt of a running trial should stop. Changes nothing. */
export function answerReports(state: Reported, question: StopQuestion): StopAnswer {
  const isRunning = state.running.some(({ number }) => number === question.trial);
  return isRunning ? answerStop(reportingStudy(state), question) : { stop: false };
}

/** The last of some reports, as its trial shows it. */
export function lastOf(reports: Reports | undefined): Pick<Trial, 'lastReport'> {
  const [step, value] = [reports?.steps.at(-1), reports?.values.at(-1)];
  return step === undefined || value === undefined ? {} : { lastReport: { step, value } };
}

/** The trials that run, each with what it has reported last, as far as the study was told. */
export function runningOf({ running, pruning }: Pick<Reported, 'running' | 'pruning'>): readonly Trial[] {
  return running.map((trial) => ({ ...trial, ...lastOf(pruning?.open[String(trial.number)]?.reports) }));
}

/** All that a trial has reported when it ends; nothing when it has not. */
export function reportsAtEnd(pruning: PruningData | undefined, trial: number, ending: Ending): Reports | undefined {
  const left = ending.kind === 'failed' ? ending.reports : undefined;
  const { attempt, reports } = 'outcome' in ending ? ending.outcome : { attempt: Infinity, reports: left };
  const told = reports ?? { steps: [], values: [] };
  // one that was given up for another knows less than was delivered since
  const all =
    withReports(pruning ?? noReports, { trial, attempt, reports: told }) ?? pruning?.open[String(trial)]?.reports;
  return all === undefined || all.steps.length === 0 ? undefined : all;
}

/** What the sampler learns of a trial that was pruned, or waits: where, and how it stood there. */
export function prunedObservation(spec: StudySpec, { state, lastReport }: Trial): Pick<Observation, 'pruned'> {
  if (state !== 'pruned' && state !== 'waiting') return {};
  const { step, value } = lastReport ?? { step: -1, value: NaN };
  return { pruned: { step, loss: lossOf(spec, { [spec.objective.measure]: Number(value) }) ?? NaN } };
}

/** What is carried of reports when a trial has ended. */
export function closed(state: Reported, trial: Trial, reports: Reports | undefined, isBest: boolean): PruningData {
  const ended = { isComplete: trial.state === 'complete', isBest };
  return closeReports(reportingStudy(state), trial.number, reports ?? { steps: [], values: [] }, ended);
}
