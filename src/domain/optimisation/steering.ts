import { isRefusal, refuse, type Refusal } from '../../contracts/errors';
import { show } from '../../contracts/ids';
import type { Configuration } from '../../contracts/optimisation/search-space';
import {
  MAX_ENQUEUED,
  MAX_PARALLELISM,
  MAX_TRIALS,
  type StudyChange,
  type StudyChanged,
} from '../../contracts/optimisation/study';
import { budgetProblems, costAccount, halted, refunded, started } from './budget';
import { idleProblem } from './population-request';
import { configurationProblem, fixedProblem } from './search-space';
import type { Fits } from './sampled';
import { conclude, type StudyData, type StudyStep } from './study';
import { isWhole } from '../whole';

/** What a person does to a study that has not ended; a refusal leaves it as it was. */
type Steered = StudyStep | Refusal;

const unchanged = (state: StudyData): StudyStep => ({ state, events: [], asked: [] });

/** A study that ends takes no orders any more. */
function ends({ state, name, reason = 'it was stopped' }: StudyData): Refusal | undefined {
  return state === 'created' || state === 'running' || state === 'paused'
    ? undefined
    : refuse('stopped', `the study ${name} ends: ${reason}`);
}

/** Asks no more until it is resumed; what runs is evaluated to its end. Idle, it costs nothing, for weeks. */
export function pauseStudy(state: StudyData, reason: string, now: number): Steered {
  const no = ends(state);
  if (no !== undefined) return no;
  if (state.state === 'paused') return unchanged(state);
  const { clock } = state;
  const still = clock === undefined ? {} : { clock: halted(clock, now) };
  return {
    state: { ...state, state: 'paused', reason, ...still },
    events: [{ type: 'study.paused', data: { reason } }],
    asked: [],
  };
}

/** Goes on asking, with the same suggestions as if it had never been paused (STU-5). */
export function resumeStudy(state: StudyData, now: number): Steered {
  const no = ends(state);
  if (no !== undefined) return no;
  if (state.state !== 'paused') return unchanged(state);
  const { reason: _paused, clock, ...rest } = state;
  const going = clock === undefined ? {} : { clock: started(clock, now) };
  return {
    state: { ...rest, ...going, state: state.asked === 0 ? 'created' : 'running' },
    events: [{ type: 'study.resumed', data: {} }],
    asked: [],
  };
}

const BUDGETS = ['trials', 'seconds', 'cost'] as const;

/** The study with other budgets; money that is spent or set aside stays so. */
function otherFunds(state: StudyData, { trials, seconds, cost }: StudyChange): StudyData | Refusal {
  const { spec, purse } = state;
  if (seconds !== undefined && spec.budget.seconds === undefined)
    return refuse('invalid-message', `the study was started without a budget of seconds; got ${show(seconds)}`);
  if (cost !== undefined && purse === undefined)
    return refuse('invalid-message', `the study was started without a budget of cost; got ${show(cost)}`);
  const budget = {
    ...spec.budget,
    ...(trials === undefined ? {} : { trials }),
    ...(seconds === undefined ? {} : { seconds }),
    ...(cost === undefined ? {} : { cost }),
  };
  const [problem] = budgetProblems(budget);
  if (problem !== undefined) return refuse('invalid-message', problem);
  const next = { ...state, spec: { ...spec, budget } };
  if (purse === undefined || cost === undefined) return next;
  const funded = refunded(purse, cost);
  if (funded !== undefined) return { ...next, purse: funded };
  const { reserved, spent } = costAccount(spec.budget, purse);
  const text = `the budget of cost is at least what is spent, ${String(spent)}, and set aside, ${String(reserved)}; got ${show(cost)}`;
  return refuse('invalid-message', text);
}

/** Budgets and parallelism as they are now. */
export function fundsOf({ spec: { budget, parallelism } }: StudyData): StudyChanged {
  const { trials, seconds, cost } = budget;
  const money = cost === undefined ? {} : { cost };
  return { budget: trials, parallelism, ...(seconds === undefined ? {} : { seconds }), ...money };
}

/**
 * Another budget or parallelism from now on. The budget stays exact (STU-4): what was asked is asked, and what is enqueued
 * has its place in it.
 */
export function changeStudy(state: StudyData, change: StudyChange): Steered {
  const { trials, parallelism } = change;
  const no = ends(state);
  if (no !== undefined) return no;
  const { spec, asked, enqueued } = state;
  const least = Math.max(1, asked + enqueued.length);
  if (trials !== undefined && !isWhole(trials, least, MAX_TRIALS)) {
    const taken = `${String(asked)} are asked for, ${String(enqueued.length)} enqueued`;
    const text = `the budget is ${String(least)} to ${String(MAX_TRIALS)} trials, for ${taken}; got ${show(trials)}`;
    return refuse('invalid-message', text);
  }
  if (parallelism !== undefined && !isWhole(parallelism, 1, MAX_PARALLELISM))
    return refuse('invalid-message', `the parallelism is 1 to ${String(MAX_PARALLELISM)}; got ${show(parallelism)}`);
  const idle = idleProblem(spec.sampler, spec.samplerOptions, parallelism ?? 0);
  if (idle !== undefined) return refuse('invalid-message', idle);
  const funded = otherFunds(state, change);
  if (isRefusal(funded)) return funded;
  const next = { ...spec, ...funded.spec, parallelism: parallelism ?? spec.parallelism };
  const isSame = BUDGETS.every((name) => next.budget[name] === spec.budget[name]);
  if (isSame && next.parallelism === spec.parallelism) return unchanged(state);
  const data = { budget: next.budget, parallelism: next.parallelism };
  // Nothing may run just then, with all of the new budget asked for.
  return conclude({ state: { ...state, ...funded, spec: next }, events: [{ type: 'study.changed', data }], asked: [] });
}

/** A study that begins with configurations in its queue, or why it cannot. */
export function withEnqueued(begun: StudyStep, configurations: readonly Configuration[], fits: Fits): Steered {
  const queued = enqueueTrials(begun.state, configurations, fits);
  return isRefusal(queued) ? queued : { ...queued, events: [...begun.events, ...queued.events] };
}

/**
 * Puts configurations first in the queue: they are asked for before the sampler is, in this order, within the budget. Of a
 * configuration that names some dimensions only, the others are drawn at random when its turn comes. All or none is taken.
 */
export function enqueueTrials(state: StudyData, configurations: readonly Configuration[], fits: Fits): Steered {
  const no = ends(state);
  if (no !== undefined) return no;
  const { spec, asked, enqueued } = state;
  const room = Math.min(MAX_ENQUEUED - enqueued.length, spec.budget.trials - asked - enqueued.length);
  if (configurations.length > room) {
    const text = `${String(room)} more trials can be enqueued, at most ${String(MAX_ENQUEUED)} and within the budget of ${String(spec.budget.trials)}; got ${String(configurations.length)}`;
    return refuse('limit-reached', text);
  }
  for (const [at, configuration] of configurations.entries()) {
    const problem = fixedProblem(spec.space, configuration) ?? brokenBy(state, configuration, fits);
    if (problem !== undefined) return { ...problem, message: `configuration ${String(at + 1)}: ${problem.message}` };
  }
  if (configurations.length === 0) return unchanged(state);
  return {
    state: { ...state, enqueued: [...enqueued, ...configurations] },
    events: [{ type: 'study.enqueued', data: { configurations } }],
    asked: [],
  };
}

/** The joint constraints of the set, of a configuration that is whole: of another nobody knows yet. */
function brokenBy({ spec }: StudyData, configuration: Configuration, fits: Fits): Refusal | undefined {
  if (configurationProblem(spec.space, configuration) !== undefined || fits(configuration)) return undefined;
  return refuse('constraint-broken', `it breaks one of the constraints ${spec.constraints.join(', ')}`);
}
