import { isRefusal, refuse, type Refusal } from '../../contracts/errors';
import type { StudyExtension } from '../../contracts/optimisation/study';
import type { Clock } from './budget';
import { unopened } from './regret-check';
import { changeStudy } from './steering';
import { conclude, hasEnded, type StudyData, type StudyStep } from './study';

/** The budgets asked for where they are larger than those there are: an extension takes nothing away. */
function raised({ spec: { budget } }: StudyData, { trials, seconds, cost }: StudyExtension): StudyExtension {
  const isMore = (given: number | undefined, there: number | undefined): given is number =>
    given !== undefined && !(there !== undefined && given <= there);
  return {
    ...(isMore(trials, budget.trials) ? { trials } : {}),
    ...(isMore(seconds, budget.seconds) ? { seconds } : {}),
    ...(isMore(cost, budget.cost) ? { cost } : {}),
  };
}

/** More budget for a study that runs; what it has already stays, so repeating it is safe. */
export function extendStudy(state: StudyData, extension: StudyExtension): StudyStep | Refusal {
  return changeStudy(state, raised(state, extension));
}

/** The time that a study has run until it ended: to the end of its last trial, or all of it. */
function stoppedClock({ clock, endedBy, spec, recent }: StudyData): Clock | undefined {
  const { seconds } = spec.budget;
  if (clock === undefined || seconds === undefined) return undefined;
  const { ranMs, since } = clock;
  if (endedBy === 'seconds') return { ranMs: seconds * 1_000 };
  const last = Math.max(...recent.map(({ endedAt }) => Date.parse(endedAt ?? '')), since ?? 0);
  return { ranMs: since === undefined ? ranMs : Math.min(seconds * 1_000, ranMs + (last - since)) };
}

/**
 * A study that has ended as it goes on with more budget: with the same trials, accounts and draws of its sampler, as if it had
 * had the larger budget from the beginning (STU-5). What a rule counted as no progress begins anew, and the next check of
 * the bound on the regret is the next that is due. Pure.
 *
 * @returns `same` when there is nothing to go on with; or a refusal, as `changeStudy` gives it
 */
export function reopenStudy(ended: StudyData, extension: StudyExtension): StudyData | Refusal | 'same' {
  if (ended.running.length > 0)
    return refuse(
      'cannot-extend',
      `the study ${ended.name} ended with ${String(ended.running.length)} trials that ran`,
    );
  const { reason: _reason, endedBy: _by, isExhausted: _all, thinking: _ask, waiting: _who, ...open } = ended;
  const { clock: _ran, ready: _ready, progress, regret, ...rest } = open;
  const still = stoppedClock(ended);
  const opened: StudyData = {
    ...rest,
    ...(still === undefined ? {} : { clock: still }),
    ...(progress === undefined ? {} : { progress: { ...progress, trials: 0 } }),
    ...(regret === undefined ? {} : { regret: unopened(regret) }),
    state: ended.asked === 0 ? 'created' : 'running',
    extended: { times: (ended.extended?.times ?? 0) + 1, isTold: false },
  };
  const step = changeStudy(opened, raised(opened, extension));
  if (isRefusal(step)) return step;
  const { state } = conclude(step);
  const { seconds } = state.spec.budget;
  const isOver = seconds !== undefined && (state.clock?.ranMs ?? 0) >= seconds * 1_000;
  return hasEnded(state) || isOver ? 'same' : state;
}

/** Says once that the study goes on, and in which chain of runs. */
export function tellExtended(state: StudyData, firstRunId: string): StudyStep | undefined {
  const { extended, spec } = state;
  if (extended === undefined || extended.isTold) return undefined;
  return {
    state: { ...state, extended: { ...extended, isTold: true } },
    events: [{ type: 'study.extended', data: { budget: spec.budget, times: extended.times, firstRunId } }],
    asked: [],
  };
}
