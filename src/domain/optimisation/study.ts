import type { NewEvent } from '../../contracts/envelope';
import type { AskRequest, Fenced } from '../../contracts/optimisation/asking';
import type { EndedBy } from '../../contracts/optimisation/budget';
import type { Delivery, Reports } from '../../contracts/optimisation/pruning';
import type { RegretAnswer } from '../../contracts/optimisation/bounding';
import type { MemberFailure } from '../../contracts/optimisation/team';
import type { Configuration } from '../../contracts/optimisation/search-space';
import {
  KEPT_LATE,
  KEPT_TRIALS,
  MAX_DRAWS,
  type FinishedStudy,
  type KeptStudyRequest,
  type LateOutcome,
  type SamplerOptions,
  type StudyAccount,
  type StudyProposal,
  type StudySpec,
  type StudyState,
  type StudyView,
  type Trial,
  type TrialOutcome,
} from '../../contracts/optimisation/study';
import type { WorkerOut } from '../../contracts/optimisation/worker-breaker';
import type { Values } from '../../contracts/variable';
import type { Ledger } from '../economics/ledger';
import {
  affordable,
  costAccount,
  costOf,
  endOfTime,
  paid,
  purseOf,
  setAside,
  spentBudget,
  started,
  type Clock,
} from './budget';
import { partOf } from './attributes';
import { keepCheckpoint, withoutCheckpoint, type Checkpoints } from './checkpoints';
import { emptyHistory, historyOf, observe, type HistoryData, type Learn } from './history';
import { deliver, noReports, promotionOf, type PruningData } from './pruning';
import { closed, lastOf, prunedObservation, reportingStudy, reportsAtEnd, runningOf } from './reports';
import { proposalWith } from './proposal';
import { sampledBy, type Fits, type Suggested } from './sampled';
import { checkAt, checked, regretMet, type RegretData } from './regret-check';
import { samplers } from './samplers/table';
import { configurationProblem, configure } from './search-space';
import { isHeavy, readyOf, slackOf, thinkingOf, type Nominated, type Ready, type Thinking } from './suggesting';
import { STREAMS, wordsOf } from './philox';
import { newTeam, withTrialAsked, type TeamData } from './team/members';
import { isNative } from './team/spec';
import { openingOf, teamView } from './team/standing';
import { awarded, teamAfter, type Awarded } from './team/team';
import { progressAfter, ruleMet, type Progress } from './stop-rules';
import type { Draw } from './dimension';
import { emptyFront, frontView, withTrial, type FrontData } from './front';
import { promotionsOf, rest, restProblem, restsAt, settled, type Waiting } from './waiting';
import { betterOf, endTrial, lossesSeen, objectivesOf, violationOf, type Ending } from './trial';

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

/** The values of the set at the start as a configuration, when the space has them. */
function baselineOf({ spec, asked }: StudyData): Configuration | undefined {
  if (!spec.baseline || asked > 0 || spec.over === undefined) return undefined;
  const { values } = spec.over;
  const known = Object.entries(values).filter(([name]) => Object.hasOwn(spec.space.dimensions, name));
  const configuration: Values = Object.fromEntries(known);
  return configurationProblem(spec.space, configuration) === undefined ? configuration : undefined;
}

/** The next suggestion: of the study's sampler, or of the member of its team that is given the evaluation. */
function suggest(state: StudyData, fits: Fits): Suggested & Partial<Awarded> {
  const { team, sampler, samplerOptions } = state.spec;
  if (team !== undefined) return awarded(state, team, {}, fits);
  return sampledBy(state, { sampler, ...(samplerOptions === undefined ? {} : { samplerOptions }) }, fits);
}

/** How the study's sampler takes trials into what it carries; nothing for one that carries nothing. */
export function learnOf(spec: StudySpec): Learn | undefined {
  const { sampler, space, seed, samplerOptions, team } = spec;
  const keyOf = (options: SamplerOptions | undefined) => ({ seed, ...(options === undefined ? {} : { options }) });
  if (team === undefined) {
    const { learn } = samplers[sampler];
    return learn && ((before, history) => learn(space, before, history, keyOf(samplerOptions)));
  }
  const learners = team.members.filter(isNative).filter((each) => samplers[each.sampler].learn !== undefined);
  if (learners.length === 0) return undefined;
  return (before = {}, history) =>
    Object.fromEntries(
      learners.map((each) => {
        const known = (before as Readonly<Record<string, unknown>>)[each.name];
        return [each.name, samplers[each.sampler].learn?.(space, known, history, keyOf(each.samplerOptions))];
      }),
    );
}

/** The study when no suggestion came: nothing more is asked for. */
function withoutSuggestion(state: StudyData, { draws, exhausted }: Suggested): StudyData {
  const ending = { ...state, draws, state: 'draining' as const };
  if (exhausted !== undefined) {
    const reason = `exhausted: all ${String(exhausted)} configurations of the ${state.spec.sampler} were suggested`;
    return { ...ending, reason, isExhausted: true };
  }
  const number = String(state.asked + 1);
  const reason = `no configuration for trial ${number} keeps the constraints within ${String(MAX_DRAWS)} draws`;
  return { ...ending, reason };
}

/**
 * The first of the queue; of one in part the rest is drawn at random until the constraints hold. The sampler's own draws stay
 * as they were.
 */
function nextEnqueued({ spec, enqueued, asked, draws }: StudyData, fits: Fits): Suggested {
  const [fixed = {}] = enqueued;
  if (configurationProblem(spec.space, fixed) === undefined) return { configuration: fixed, draws };
  const configuration = drawn({ spec, asked }, fixed, fits);
  return { draws, ...(configuration === undefined ? {} : { configuration }) };
}

/** A configuration at random that keeps the constraints, with what is fixed; nothing when none does. */
function drawn(
  { spec, asked }: Pick<StudyData, 'spec' | 'asked'>,
  fixed: Configuration,
  fits: Fits,
): Configuration | undefined {
  for (let at = asked * MAX_DRAWS; at < (asked + 1) * MAX_DRAWS; at++) {
    const words = (dimension: number): Draw => wordsOf(spec.seed, STREAMS.queue, at, dimension);
    const configuration = configure(spec.space, words, fixed);
    if (fits(configuration)) return configuration;
  }
  return undefined;
}

/** The first suggestion that is ready: the best of its candidates that keeps the constraints, else one at random. */
function nextReady(
  state: StudyData,
  { ask, ended, candidates, team }: Ready,
  fits: Fits,
): Suggested & Partial<Awarded> {
  if (team !== undefined && state.spec.team !== undefined)
    return { ...awarded({ ...state, draws: ask }, state.spec.team, team, fits), ended };
  const configuration = candidates.find(fits) ?? drawn(state, {}, fits);
  return { draws: ask + 1, ended, ...(configuration === undefined ? {} : { configuration }) };
}

/** A configuration from elsewhere that begins a member of a population, while there is one to begin. */
function adopted({ spec, history, running }: StudyData): Pick<Suggested, 'lineage'> {
  const lineage = samplers[spec.sampler].adopt?.(historyOf(history), running, spec.samplerOptions);
  return lineage === undefined ? {} : { lineage };
}

/** What is evaluated next, and where it comes from. */
function nextOf(
  state: StudyData,
  fits: Fits,
): Suggested & Partial<Awarded> & { readonly from: 'set' | 'queue' | 'sampler' } {
  const baseline = baselineOf(state);
  if (baseline !== undefined) return { configuration: baseline, draws: state.draws, ...adopted(state), from: 'set' };
  if (state.enqueued.length > 0) return { ...nextEnqueued(state, fits), ...adopted(state), from: 'queue' };
  const [ready] = state.ready ?? [];
  return { ...(ready === undefined ? suggest(state, fits) : nextReady(state, ready, fits)), from: 'sampler' };
}

/** Whether the next trial has to wait for an ask that an activity computes. */
function mustThink(state: StudyData): boolean {
  const isSampled = baselineOf(state) === undefined && state.enqueued.length === 0 && (state.ready ?? []).length === 0;
  if (!isSampled) return false;
  return state.spec.team === undefined ? isHeavy(state.spec, state.history) : openingOf(state).members.length > 0;
}

/**
 * Asks for as many trials as there is room for: the baseline first, then what is enqueued, then what the sampler suggests. One
 * that cannot be found within MAX_DRAWS draws ends the asking; so does a sampler that has suggested all it has. Where the
 * sampler's ask is heavy it is opened instead (`thinking`), and asking again goes on with what came of it.
 *
 * @param now workflow milliseconds
 * @param most trials, when fewer are wanted than there is room for
 */
export function askTrials(before: StudyData, fits: Fits, now: number, most = Infinity): StudyStep {
  const askedAt = new Date(now).toISOString();
  const asked: Trial[] = [];
  const failures: MemberFailure[] = [];
  if (now >= (deadlineOf(before) ?? Infinity)) return outOfTime(before);
  if (before.thinking !== undefined) return { state: before, events: [], asked };
  const { budget } = before.spec;
  let state = budget.seconds === undefined ? before : { ...before, clock: started(before.clock ?? { ranMs: 0 }, now) };
  let endedAt: number | undefined;
  for (let room = Math.min(most, roomOf(before)); room > 0; room--) {
    if (mustThink(state)) {
      const { draws, history, spec } = state;
      const ended = historyOf(history).length;
      const team = spec.team === undefined ? undefined : openingOf(state);
      state = { ...state, thinking: thinkingOf({ draws, ended }, room, team) };
      break;
    }
    const { from, ...suggested } = nextOf(state, fits);
    const { configuration, draws, ended, lineage, proposedBy } = suggested;
    failures.push(...(suggested.failures ?? []));
    if (configuration === undefined) {
      state = withoutSuggestion(state, suggested);
      break;
    }
    const number = state.asked + 1;
    const isEnqueued = from === 'queue';
    const of = {
      ...(from === 'sampler' ? { ask: draws - 1 } : {}),
      ...(isEnqueued ? { enqueued: true as const } : {}),
      ...(lineage === undefined ? {} : { lineage }),
      ...(proposedBy === undefined ? {} : { proposedBy }),
    };
    const trial: Trial = { number, configuration, state: 'running', ...of, attempts: 0, askedAt };
    asked.push(trial);
    const hasBaseline = state.hasBaseline || from === 'set';
    const enqueued = isEnqueued ? state.enqueued.slice(1) : state.enqueued;
    const running = [...state.running, trial];
    endedAt = ended ?? endedAt;
    const { ready = [], ...rest } = state;
    const left = ended === undefined ? ready : ready.slice(1);
    const more = left.length === 0 ? {} : { ready: left };
    const purse = state.purse === undefined ? {} : { purse: setAside(budget, state.purse, number) };
    const team = teamWith(state, suggested, number);
    state = {
      ...rest,
      state: 'running',
      asked: number,
      draws,
      hasBaseline,
      enqueued,
      running,
      ...more,
      ...purse,
      ...team,
    };
  }
  const trials = asked.map(({ state: _running, attempts: _none, ...trial }) => trial);
  const events: NewEvent[] = failures.map((failure) => ({ type: 'study.memberFailed', data: { ...failure } }));
  if (trials.length > 0)
    events.push({ type: 'study.asked', data: { trials, ...(endedAt === undefined ? {} : { ended: endedAt }) } });
  return conclude({ state, events, asked });
}

/**
 * Takes what came of an ask that was computed outside: suggestions that wait for room. A study that ends wants none, so a
 * suggestion that comes after a stop never becomes a trial; a paused one goes on with them.
 *
 * @param suggested candidates of each ask, best first; `undefined` when it was cancelled
 */
export function takeSuggestions(
  { thinking, ...state }: StudyData,
  suggested: readonly (readonly Configuration[])[] | Nominated | undefined,
): StudyStep {
  if (thinking === undefined || suggested === undefined || !mayAsk(state)) return { state, events: [], asked: [] };
  return {
    state: { ...state, ready: [...(state.ready ?? []), ...readyOf(thinking, suggested)] },
    events: [],
    asked: [],
  };
}

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
    history: observe(
      state.history,
      spec.space,
      {
        number,
        ...(trial.ask === undefined ? {} : { ask: trial.ask }),
        ...(trial.lineage === undefined ? {} : { lineage: trial.lineage }),
        configuration: trial.configuration,
        ...lossesSeen(spec, trial.measures),
        feasible: trial.feasible === true,
        ...(trial.measures === undefined ? {} : { violation: violationOf(spec.subjectTo, trial.measures) }),
        ...slackOf(spec, trial.measures),
        ...prunedObservation(spec, trial),
      },
      learnOf(spec),
    ),
    ...(state.pruning === undefined ? {} : { pruning: closed(state, trial, reports, best === trial) }),
    ...(money === undefined ? {} : { purse: money.purse }),
    ...teamAtEnd(state, trial),
  };
  const told = reports === undefined ? trial : { ...trial, reports };
  return byRule({ state: next, events: [{ type: 'study.trialEnded', data: { trial: told } }], asked: [] }, trial);
}

/** Attempts beyond those that are asked for: the first, and one for each promotion. */
export function begunAgain(trial: Trial): number {
  return Math.max(0, trial.attempts - 1 - promotionsOf(trial));
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
  const { spec } = state;
  const rested = rest(state, before, rung, { ...ending, reports }, new Date(now).toISOString());
  const { trial } = rested;
  const history = observe(
    state.history,
    spec.space,
    {
      number: trial.number,
      ...(trial.ask === undefined ? {} : { ask: trial.ask }),
      configuration: trial.configuration,
      loss: undefined,
      feasible: false,
      ...prunedObservation(spec, trial),
    },
    learnOf(spec),
  );
  return conclude({
    state: { ...rested.state, history },
    events: [{ type: 'study.trialWaits', data: { trial } }],
    asked: [],
  });
}

/** The team of a study when a trial is asked for. */
function teamWith({ spec, team: before }: StudyData, { team, proposedBy }: Partial<Awarded>, number: number) {
  if (spec.team === undefined || before === undefined) return {};
  const after = team ?? before;
  return { team: proposedBy === undefined ? after : withTrialAsked(after, spec.team, number, proposedBy) };
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

/** The study after a step: a check of the bound on its regret may begin. Nothing waits for it. */
export function withCheck(state: StudyData): StudyData {
  const rule = state.spec.stopWhen?.regretBound;
  if (rule === undefined || !mayAsk(state)) return state;
  const regret = checkAt(rule, state.regret, state.counts.complete);
  return regret === state.regret ? state : { ...state, regret };
}

/**
 * Takes what came of a check that was computed outside: the bound may say that the study is over. One that comes after a stop
 * changes nothing.
 *
 * @param answer `undefined` when it was cancelled
 */
export function takeBound(state: StudyData, answer: RegretAnswer | undefined): StudyStep {
  const { regret: before, spec } = state;
  const rule = spec.stopWhen?.regretBound;
  if (rule === undefined || before?.open === undefined) return { state, events: [], asked: [] };
  const wanted = mayAsk(state) ? answer : undefined;
  const regret = checked(rule, before, wanted);
  const next: StudyData = { ...state, regret };
  if (wanted === undefined) return { state: next, events: [], asked: [] };
  const events: NewEvent[] = [{ type: 'study.regretBound', data: { ...regret.seen } }];
  const reason = regretMet(regret, spec.objective.measure);
  if (reason === undefined) return { state: next, events, asked: [] };
  const over = endAsking(next, 'regretBound', reason);
  return { ...over, events: [...events, ...over.events] };
}

/** Ends the asking because time is over or a rule is met: the study finishes when nothing runs any more. */
function endAsking(state: StudyData, by: EndedBy, reason: string): StudyStep {
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

/** Keeps an outcome of an attempt that had been replaced as evidence, and as nothing else (STU-2). */
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
function wonBy({ best, front, spec }: StudyData): Pick<StudyView, 'best' | 'front'> {
  return {
    ...(best === undefined ? {} : { best }),
    ...(front === undefined ? {} : { front: frontView(front, spec) }),
  };
}

/** Whether the study has ended. */
export function hasEnded(state: StudyData): boolean {
  return state.state === 'finished' || state.state === 'stopped';
}

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

/** Everything a study tells of itself. */
export function studyView(state: StudyData): StudyView {
  const { request, spec, reason, enqueued, recent, late, endedBy, atRungs, workersOut, regret } = state;
  const proposal = proposalOf(state);
  const deadline = deadlineOf(state);
  const team = teamView(state);
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
    ...(atRungs === undefined ? {} : { waiting: atRungs.slice(-KEPT_TRIALS).map(({ trial }) => trial) }),
    enqueued: enqueued.length,
    recent,
    late,
    ...(workersOut === undefined ? {} : { workersOut }),
  };
}
