import type { NewEvent } from '../../contracts/envelope';
import type { MemberFailure } from '../../contracts/optimisation/team';
import type { Configuration } from '../../contracts/optimisation/search-space';
import { MAX_DRAWS, type Trial } from '../../contracts/optimisation/study';
import type { Values } from '../../contracts/variable';
import { setAside, started } from './budget';
import { historyOf } from './history';
import { sampledBy, type Fits, type Suggested } from './sampled';
import { samplers } from './samplers/table';
import { configurationProblem, configure } from './search-space';
import { isHeavy, readyOf, thinkingOf, type Nominated, type Ready } from './suggesting';
import { STREAMS, wordsOf } from './philox';
import { withTrialAsked } from './team/members';
import { openingOf } from './team/standing';
import { awarded, type Awarded } from './team/team';
import type { Draw } from './dimension';
import { type StudyData, type StudyStep, mayAsk, roomOf, deadlineOf, outOfTime, conclude } from './study';

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

/** The team of a study when a trial is asked for. */
function teamWith({ spec, team: before }: StudyData, { team, proposedBy }: Partial<Awarded>, number: number) {
  if (spec.team === undefined || before === undefined) return {};
  const after = team ?? before;
  return { team: proposedBy === undefined ? after : withTrialAsked(after, spec.team, number, proposedBy) };
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
