import type { NewEvent } from '../../contracts/envelope';
import type { AskRequest, Fenced } from '../../contracts/optimisation/asking';
import type { EndedBy } from '../../contracts/optimisation/budget';
import type { Configuration } from '../../contracts/optimisation/search-space';
import type {
  KeptStudyRequest,
  LateOutcome,
  StudyAccount,
  StudySpec,
  StudyState,
  StudyView,
  Trial,
} from '../../contracts/optimisation/study';
import type { WorkerOut } from '../../contracts/optimisation/worker-breaker';
import type { Ledger } from '../economics/ledger';
import { affordable, costAccount, endOfTime, purseOf, spentBudget, type Clock } from './budget';
import { partOf } from './attributes';
import type { Checkpoints } from './checkpoints';
import { emptyHistory, type HistoryData } from './history';
import { noReports, promotionOf, type PruningData } from './pruning';
import type { RegretData } from './regret-check';
import type { Ready, Thinking } from './suggesting';
import { newTeam, type TeamData } from './team/members';
import type { Progress } from './stop-rules';
import { emptyFront, frontView, type FrontData } from './front';
import type { Waiting } from './waiting';
import { objectivesOf } from './trial';

/** Everything that a study carries: its size does not grow with its trials beyond the bounded history. Plain JSON. */
export interface StudyData {
  readonly name: string;
  readonly request: KeptStudyRequest;
  readonly spec: StudySpec;
  readonly state: StudyState;
  readonly reason?: string;
  /** Set when the sampler has no further suggestion: the study then finishes, as it does with a spent budget. */
  readonly isExhausted?: true;
  /** Set when time or a rule ended the asking: the study then finishes, too. */
  readonly endedBy?: EndedBy;
  /** Workflow id of the agent that is told the end. */
  readonly notify?: string;
  /** Trials asked for: the number of the last. */
  readonly asked: number;
  /** Asks of the sampler, draws that broke a constraint included. */
  readonly draws: number;
  readonly counts: Readonly<Record<'complete' | 'failed' | 'cancelled' | 'begunAgain' | 'late', number>> &
    // absent in what studies carried before they pruned
    Readonly<Partial<Record<'pruned' | 'lateReports', number>>>;
  /** By number. */
  readonly running: readonly Trial[];
  /** Of a study that promotes: trials that wait, the newest last. */
  readonly atRungs?: readonly Waiting[];
  /** What is asked for before the sampler is; the first is next. */
  readonly enqueued: readonly Configuration[];
  /** Of a study with one objective. */
  readonly best?: Trial;
  /** Of a study with several. */
  readonly front?: FrontData;
  /** Whether trial 1 measures what the set had. */
  readonly hasBaseline: boolean;
  readonly baseline?: Trial;
  readonly recent: readonly Trial[];
  readonly late: readonly LateOutcome[];
  /** Asked from outside: attempts whose lease has ended and that have told nothing yet, oldest first. */
  readonly fenced?: readonly Fenced[];
  /** Asked from outside: when leases are looked at next, in workflow milliseconds; never later than the nearest end. */
  readonly alarm?: number;
  readonly history: HistoryData;
  /** The ask that an activity computes; nothing is asked for meanwhile. */
  readonly thinking?: Thinking;
  /** What it suggested and is no trial yet; the first is next. */
  readonly ready?: readonly Ready[];
  /** Asked from outside: who waits for it, by message id. */
  readonly waiting?: readonly { readonly messageId: string; readonly request: AskRequest }[];
  /** Of a study whose trials go on from earlier ones: what they may begin with. */
  readonly checkpoints?: Checkpoints;
  /** Given when the study prunes. */
  readonly pruning?: PruningData;
  /** The money of a study with a budget of it, in millionths. */
  readonly purse?: Ledger;
  /** The time of a study with a budget of it, from the first trial on. */
  readonly clock?: Clock;
  /** Of a study that ends without progress. */
  readonly progress?: Progress;
  /** How often it has gone on after its end, and whether its events say so. */
  readonly extended?: { readonly times: number; readonly isTold: boolean };
  /** Workers that failed its trials and take none now. */
  readonly workersOut?: readonly WorkerOut[];
  /** Of a study with a team: its members' accounts and records. */
  readonly team?: TeamData;
  /** Of a study that ends by a bound on its regret, from the first check on. */
  readonly regret?: RegretData;
}

/** What a rule leaves: the new state, what happened, and which trials are to be evaluated now. */
export interface StudyStep {
  readonly state: StudyData;
  readonly events: readonly NewEvent[];
  readonly asked: readonly Trial[];
}

/** Trials in one event at most. */
const ASKED_AT_ONCE = 50;

/** The study before its first trial. */
export function newStudy(
  name: string,
  request: KeptStudyRequest,
  spec: StudySpec,
  notify: string | undefined,
): StudyStep {
  const purse = purseOf(spec.budget);
  const state: StudyData = {
    name,
    request,
    spec,
    state: 'created',
    ...(notify === undefined ? {} : { notify }),
    asked: 0,
    draws: 0,
    hasBaseline: false,
    counts: { complete: 0, failed: 0, cancelled: 0, begunAgain: 0, late: 0 },
    running: [],
    enqueued: [],
    recent: [],
    late: [],
    history: emptyHistory(spec.space, objectivesOf(spec).length),
    ...(spec.objectives === undefined ? {} : { front: emptyFront }),
    ...(spec.pruner === undefined ? {} : { pruning: noReports }),
    ...(purse === undefined ? {} : { purse }),
    ...(spec.team === undefined ? {} : { team: newTeam(spec.team) }),
  };
  const { over, evaluator, leaseSeconds, objective, objectives, subjectTo, sampler, seed, budget, parallelism, space } =
    spec;
  const set = over === undefined ? {} : { over: { set: over.set, version: over.version } };
  const who = evaluator === undefined ? { leaseSeconds } : { evaluator };
  const pruner = spec.pruner === undefined ? {} : { pruner: spec.pruner };
  const all = objectives === undefined ? {} : { objectives };
  const rules = spec.stopWhen === undefined ? {} : { stopWhen: spec.stopWhen };
  const aims = { objective, ...all, subjectTo, ...rules };
  const of = spec.team === undefined ? {} : { team: spec.team };
  const noted = partOf(request.attributes);
  const data = { ...set, ...noted, ...who, ...aims, sampler, ...of, ...pruner, seed, budget, parallelism, space };
  return { state, events: [{ type: 'study.started', data }], asked: [] };
}

/** asked = running + waiting + complete + pruned + failed + cancelled, by construction. */
export function accountOf(state: StudyData): StudyAccount {
  const { spec, asked, counts, running, atRungs = [], purse } = state;
  const { budget } = spec;
  const cost = purse === undefined ? {} : { cost: costAccount(budget, purse) };
  const waiting = promotionOf(spec.pruner) === undefined ? {} : { waiting: atRungs.length };
  return {
    budget: budget.trials,
    asked,
    running: running.length,
    ...waiting,
    pruned: 0,
    lateReports: 0,
    ...counts,
    ...cost,
  };
}

/** Whether the study asks: neither paused nor ending. */
const isAsking = (state: StudyData): boolean => state.state === 'created' || state.state === 'running';

/** Whether it asks now or may ask again: a paused study may. */
export const mayAsk = (state: StudyData): boolean => isAsking(state) || state.state === 'paused';

/** Whether trials that wait may still be promoted, now or when the study is resumed: not when somebody or a rule has ended it. */
export const mayPromote = (state: StudyData): boolean =>
  mayAsk(state) || (state.state === 'draining' && state.isExhausted === true);

/** How many trials may be asked for now: within the parallelism and, exactly, within the budget (STU-4). */
export function roomOf(state: StudyData): number {
  if (!isAsking(state)) return 0;
  const { spec, running, asked, purse } = state;
  const paid = affordable(spec.budget, purse);
  return Math.max(0, Math.min(spec.parallelism - running.length, spec.budget.trials - asked, paid, ASKED_AT_ONCE));
}

/** Ends the asking because time is over or a rule is met: the study finishes when nothing runs any more. */
export function endAsking(state: StudyData, by: EndedBy, reason: string): StudyStep {
  const next: StudyData = { ...state, state: 'draining', reason, endedBy: by };
  return conclude({ state: next, events: [{ type: 'study.draining', data: { reason, endedBy: by } }], asked: [] });
}

/** When the time of a study that asks is over, in workflow milliseconds. */
export function deadlineOf(state: StudyData): number | undefined {
  return isAsking(state) ? endOfTime(state.spec.budget, state.clock) : undefined;
}

/** The study when its time is over. */
export function outOfTime(state: StudyData): StudyStep {
  return endAsking(state, 'seconds', `the budget of ${String(state.spec.budget.seconds)} seconds is spent`);
}

/** Ends the asking; what runs may finish. A study that has ended stays as it is. */
export function stopStudy(state: StudyData, reason: string): StudyStep {
  const isOver = !mayAsk(state) && !(mayPromote(state) && (state.atRungs ?? []).length > 0);
  if (isOver) return { state, events: [], asked: [] };
  // what a sampler without more suggestions leaves waiting is not promoted any more
  const { isExhausted: _left, ...rest } = state;
  const next: StudyData = { ...rest, state: 'draining', reason };
  return conclude({ state: next, events: [{ type: 'study.draining', data: { reason } }], asked: [] });
}

/** Why a study that asks has nothing more to ask for: its budget is spent. */
export function spentOf({ state, spec, asked, purse }: StudyData): string | undefined {
  return state === 'draining' ? undefined : spentBudget(spec.budget, asked, purse);
}

/** A study with nothing running, nothing waiting and nothing to ask has ended. */
export function conclude(step: StudyStep): StudyStep {
  const { state } = step;
  if (state.running.length > 0 || (state.atRungs ?? []).length > 0 || hasEnded(state)) return step;
  const { endedBy } = state;
  const spent = spentOf(state);
  if (spent === undefined && state.state !== 'draining') return step;
  const reason = spent ?? state.reason ?? '';
  const isFinished = spent !== undefined || state.isExhausted === true || endedBy !== undefined;
  const next: StudyData = { ...state, state: isFinished ? 'finished' : 'stopped', reason };
  const by = endedBy === undefined ? {} : { endedBy };
  const data = { state: next.state, reason, ...by, account: accountOf(next), ...wonBy(next) };
  return { ...step, state: next, events: [...step.events, { type: 'study.ended', data }] };
}

/** What is known of the best trials: the best one, or with several objectives the front. */
export function wonBy({ best, front, spec }: StudyData): Pick<StudyView, 'best' | 'front'> {
  return {
    ...(best === undefined ? {} : { best }),
    ...(front === undefined ? {} : { front: frontView(front, spec) }),
  };
}

/** Whether the study has ended. */
export function hasEnded(state: StudyData): boolean {
  return state.state === 'finished' || state.state === 'stopped';
}
