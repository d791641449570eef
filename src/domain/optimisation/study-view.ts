import {
  KEPT_TRIALS,
  type FinishedStudy,
  type StudyProposal,
  type StudyView,
  type Trial,
} from '../../contracts/optimisation/study';
import { runningOf } from './reports';
import { proposalWith } from './proposal';
import { teamView } from './team/standing';
import { type StudyData, accountOf, deadlineOf, wonBy } from './study';

/** The best trial as a proposal; nothing while there is none, and with several objectives. */
export function proposalOf(state: StudyData): StudyProposal | undefined {
  return state.best === undefined ? undefined : proposalWith(state, state.best);
}

/** The end of a study as its agent and its callers are told; nothing before it. */
export function finishedStudy(state: StudyData): FinishedStudy | undefined {
  if (state.state !== 'finished' && state.state !== 'stopped') return undefined;
  const proposal = proposalOf(state);
  return {
    study: state.name,
    state: state.state,
    reason: state.reason ?? '',
    ...(state.endedBy === undefined ? {} : { endedBy: state.endedBy }),
    account: accountOf(state),
    ...wonBy(state),
    ...(proposal === undefined ? {} : { proposal }),
  };
}

/** Of a study that promotes: the newest trials that wait. */
export function waitingOf({ atRungs }: StudyData): readonly Trial[] | undefined {
  return atRungs?.slice(-KEPT_TRIALS).map(({ trial }) => trial);
}

/** Everything a study tells of itself. */
export function studyView(state: StudyData): StudyView {
  const { request, spec, reason, enqueued, recent, late, endedBy, workersOut, regret } = state;
  const proposal = proposalOf(state);
  const deadline = deadlineOf(state);
  const team = teamView(state);
  const waiting = waitingOf(state);
  return {
    request,
    spec,
    state: state.state,
    ...(reason === undefined ? {} : { reason }),
    ...(endedBy === undefined ? {} : { endedBy }),
    ...(deadline === undefined ? {} : { until: new Date(deadline).toISOString() }),
    ...(regret?.seen === undefined ? {} : { regret: regret.seen }),
    account: accountOf(state),
    ...wonBy(state),
    ...(proposal === undefined ? {} : { proposal }),
    ...(team === undefined ? {} : { team }),
    running: runningOf(state),
    ...(waiting === undefined ? {} : { waiting }),
    enqueued: enqueued.length,
    recent,
    late,
    ...(workersOut === undefined ? {} : { workersOut }),
  };
}
