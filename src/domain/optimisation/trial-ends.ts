import type { Delivery, Reports } from '../../contracts/optimisation/pruning';
import {
  KEPT_LATE,
  KEPT_TRIALS,
  type LateOutcome,
  type Trial,
  type TrialOutcome,
} from '../../contracts/optimisation/study';
import type { Ledger } from '../economics/ledger';
import { costOf, paid } from './budget';
import { partOf } from './attributes';
import { keepCheckpoint, withoutCheckpoint } from './checkpoints';
import { observe, type HistoryData, type Observation } from './history';
import { deliver } from './pruning';
import { closed, lastOf, prunedObservation, reportingStudy, reportsAtEnd } from './reports';
import { learnOf } from './sampled';
import { slackOf } from './suggesting';
import { teamAfter } from './team/team';
import { progressAfter, ruleMet } from './stop-rules';
import { withTrial } from './front';
import { rest, restProblem, restsAt, settled, begunAgain } from './waiting';
import { betterOf, endTrial, lossesSeen, violationOf, type Ending } from './trial';
import { type StudyData, type StudyStep, mayAsk, mayPromote, endAsking, conclude } from './study';

/**
 * Takes reports of an attempt. Those of one that was replaced, and of a trial that has ended, are counted and change nothing
 * (STU-2).
 */
export function takeReports(state: StudyData, delivery: Delivery): StudyStep {
  const isRunning = state.running.some(({ number }) => number === delivery.trial);
  const pruning = isRunning ? deliver(reportingStudy(state), delivery) : undefined;
  if (pruning !== undefined) return { state: { ...state, pruning }, events: [], asked: [] };
  const counts = { ...state.counts, lateReports: (state.counts.lateReports ?? 0) + 1 };
  return { state: { ...state, counts }, events: [], asked: [] };
}

/**
 * Ends a trial: one outcome, one terminal state (STU-2, ECO-1). What has ended stays as it ended: a second ending of a
 * trial changes nothing.
 */
export function endOf(state: StudyData, number: number, ending: Ending, now: number): StudyStep {
  const before = state.running.find((each) => each.number === number);
  if (before === undefined) return { state, events: [], asked: [] };
  const reports = reportsAtEnd(state.pruning, number, ending);
  const rung = ending.kind === 'pruned' && mayPromote(state) ? restsAt(state, number) : undefined;
  if (rung !== undefined && ending.kind === 'pruned') return restOf(state, before, { rung, ending, reports }, now);
  return endWith(state, before, { ending, reports }, now);
}

/** A trial ends in the state that its ending says. */
function endWith(
  state: StudyData,
  before: Trial,
  { ending, reports }: { readonly ending: Ending; readonly reports: Reports | undefined },
  now: number,
): StudyStep {
  const { spec, counts } = state;
  const { number } = before;
  const ended = { ...endTrial(spec, before, ending, new Date(now).toISOString()), ...lastOf(reports) };
  const money = moneyAfter(state, before, ending);
  const trial: Trial = money === undefined ? ended : { ...ended, cost: money.cost };
  const best = betterOf(spec, state.best, trial);
  const isBaseline = state.hasBaseline && number === 1;
  const kind = ending.kind;
  const next: StudyData = {
    ...state,
    running: state.running.filter((each) => each !== before),
    counts: {
      ...counts,
      [kind]: (counts[kind] ?? 0) + 1,
      begunAgain: counts.begunAgain + begunAgain(trial),
    },
    ...(best === undefined ? {} : { best }),
    ...(state.front === undefined ? {} : { front: withTrial(state.front, spec, trial) }),
    ...(isBaseline ? { baseline: trial } : {}),
    recent: [...state.recent, withoutCheckpoint(trial)].slice(-KEPT_TRIALS),
    ...keepCheckpoint(state.checkpoints, trial),
    history: learnt(state, trial),
    ...(state.pruning === undefined ? {} : { pruning: closed(state, trial, reports, best === trial) }),
    ...(money === undefined ? {} : { purse: money.purse }),
    ...teamAtEnd(state, trial),
  };
  const told = reports === undefined ? trial : { ...trial, reports };
  return byRule({ state: next, events: [{ type: 'study.trialEnded', data: { trial: told } }], asked: [] }, trial);
}

/** The history with a trial that has ended, or waits. */
function learnt({ spec, history }: StudyData, trial: Trial): HistoryData {
  const { number, ask, lineage, configuration, measures } = trial;
  const seen: Observation = {
    number,
    ...(ask === undefined ? {} : { ask }),
    ...(lineage === undefined ? {} : { lineage }),
    configuration,
    ...lossesSeen(spec, measures),
    feasible: trial.feasible === true,
    ...(measures === undefined ? {} : { violation: violationOf(spec.subjectTo, measures) }),
    ...slackOf(spec, measures),
    ...prunedObservation(spec, trial),
  };
  return observe(history, spec.space, seen, learnOf(spec));
}

/** What an ended trial counts, and the purse with it. */
function moneyAfter(
  { spec, purse }: StudyData,
  before: Trial,
  ending: Ending,
): { readonly cost: number; readonly purse: Ledger } | undefined {
  if (purse === undefined) return undefined;
  const said = saidCost(ending);
  if (before.waits !== undefined) return settled({ spec, purse }, before, said, knownCost(ending));
  const cost = costOf(spec.budget, said, before.cost ?? knownCost(ending));
  return { cost, purse: paid(purse, before.number, cost) };
}

/** A trial that was told to stop at a rung waits for its promotion, and teaches the sampler how it stood. */
function restOf(
  state: StudyData,
  before: Trial,
  told: {
    readonly rung: number;
    readonly ending: Extract<Ending, { readonly kind: 'complete' | 'pruned' }>;
    readonly reports: Reports | undefined;
  },
  now: number,
): StudyStep {
  const { rung, ending, reports } = told;
  const { outcome } = ending;
  const problem = restProblem(outcome);
  if (problem !== undefined) {
    const { attempt: attempts, worker, cost, attributes } = outcome;
    const spent = { ...(cost === undefined ? {} : { cost }), ...partOf(attributes) };
    const failed: Ending = { kind: 'failed', refusal: problem, attempts, worker, ...spent };
    return endWith(state, before, { ending: failed, reports }, now);
  }
  const rested = rest(state, before, rung, { ...ending, reports }, new Date(now).toISOString());
  const { trial } = rested;
  return conclude({
    state: { ...rested.state, history: learnt(state, trial) },
    events: [{ type: 'study.trialWaits', data: { trial } }],
    asked: [],
  });
}

/** The team of a study when a trial has ended. */
function teamAtEnd(state: StudyData, trial: Trial): Pick<StudyData, 'team'> {
  const team = teamAfter(state, trial, lossesSeen(state.spec, trial.measures).loss);
  return team === undefined ? {} : { team };
}

/** What an ending says of the cost of its trial. */
function saidCost(ending: Ending): number | undefined {
  if (ending.kind === 'cancelled') return undefined;
  return ending.kind === 'failed' ? ending.cost : ending.outcome.cost;
}

/** What is known of the cost of a trial whose last attempt could not say it. */
function knownCost(ending: Ending): number | undefined {
  return ending.kind === 'failed' ? ending.atLeast : undefined;
}

/** The study when a trial has ended: a rule may say that it is over. */
function byRule(step: StudyStep, trial: Trial): StudyStep {
  const { state } = step;
  const { spec, best } = state;
  if (spec.stopWhen === undefined) return conclude(step);
  const progress = progressAfter(spec, state.progress, best, trial);
  const next = progress === undefined ? state : { ...state, progress };
  const met = mayAsk(next) ? ruleMet(spec, best, progress) : undefined;
  if (met === undefined) return conclude({ ...step, state: next });
  const { state: over, events } = endAsking(next, met.by, met.reason);
  return { ...step, state: over, events: [...step.events, ...events] };
}

/** Keeps an outcome that came too late as evidence, and as nothing else (STU-2). */
export function keepLate(state: StudyData, outcome: TrialOutcome, now: number): StudyStep {
  const { trial, attempt, worker, measures, cost, attributes } = outcome;
  const of = { ...(cost === undefined ? {} : { cost }), ...partOf(attributes) };
  const late: LateOutcome = { trial, attempt, worker, measures, ...of, at: new Date(now).toISOString() };
  const next: StudyData = {
    ...state,
    counts: { ...state.counts, late: state.counts.late + 1 },
    late: [...state.late, late].slice(-KEPT_LATE),
  };
  return { state: next, events: [{ type: 'study.lateOutcome', data: { ...late } }], asked: [] };
}
