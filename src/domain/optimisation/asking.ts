import type { NewEvent } from '../../contracts/envelope';
import { refuse, type Refusal } from '../../contracts/errors';
import { show } from '../../contracts/ids';
import { MAX_ASKED, MAX_LEASE_SECONDS, type AskRequest } from '../../contracts/optimisation/asking';
import type { Lease, Trial } from '../../contracts/optimisation/study';
import { affordable } from './budget';
import { expireLeases, givesAgain, isLeased, leaseTo, nearestEnd, sweep, withAlarm, type Leased } from './leases';
import type { Fits } from './sampled';
import { askTrials } from './next-trials';
import { roomOf, type StudyData, type StudyStep } from './study';
import { isWhole } from '../whole';

const CLIENT = /^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,99}$/;

/** What an ask leaves: a step, and the trials that the client has now. */
export interface AskStep extends StudyStep {
  readonly leased: readonly Leased[];
  /** Why there are fewer than were asked for. */
  readonly waitingFor?: string;
  readonly retryAfterMs?: number;
  /** Nothing is given yet: the sampler thinks, and the ask is asked again when it has. */
  readonly thinks?: true;
}

/** Whether it is the name of a client. */
export function isClient(value: unknown): value is string {
  return typeof value === 'string' && CLIENT.test(value);
}

/** A client's name and what it may be. */
export function clientProblem(value: unknown): string {
  return `client is 1 to 100 letters, digits, ".", "_", ":", "@", "/", "-"; got ${show(value)}`;
}

/** A study that evaluates by itself gives nothing away: its budget would be spent twice. */
export function insideProblem({ name, spec }: StudyData): Refusal | undefined {
  if (spec.evaluator === undefined) return undefined;
  const text = `the study ${name} has the evaluator ${spec.evaluator}; one without an evaluator is asked from outside`;
  return refuse('evaluated-inside', text);
}

/** Parses an ask: shape and limits. @returns `invalid-message` that says what was expected */
export function parseAsk(value: unknown): AskRequest | Refusal {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse('invalid-message', `an ask has client, count and leaseSeconds; got ${show(value)}`);
  const { client, count, leaseSeconds, ...more } = value as Readonly<Record<string, unknown>>;
  const problems = Object.keys(more).map((name) => `an ask has no ${show(name)}`);
  if (!isClient(client)) problems.push(clientProblem(client));
  if (count !== undefined && !isWhole(count, 1, MAX_ASKED))
    problems.push(`count is a whole number from 1 to ${String(MAX_ASKED)}; got ${show(count)}`);
  if (leaseSeconds !== undefined && !isWhole(leaseSeconds, 1, MAX_LEASE_SECONDS))
    problems.push(`leaseSeconds is a whole number from 1 to ${String(MAX_LEASE_SECONDS)}; got ${show(leaseSeconds)}`);
  return problems.length === 0 ? (value as AskRequest) : refuse('invalid-message', problems.join('; '));
}

/** What keeps the client waiting, in words. */
function waitingFor(state: StudyData): string {
  const { spec, asked, running, reason, purse } = state;
  const out = String(running.filter(isLeased).length);
  if (state.state === 'paused') return `the study is paused: ${reason ?? ''}`;
  if (state.state !== 'created' && state.state !== 'running') return `the study ends: ${reason ?? ''}`;
  const { trials, cost, costPerTrial } = spec.budget;
  if (asked >= trials) return `all ${String(trials)} trials are asked for; ${out} are with clients`;
  if (affordable(spec.budget, purse) < 1)
    return `${out} trials are with clients; less than ${String(costPerTrial)} of the budget of ${String(cost)} is free until they are told`;
  return `${out} trials are with clients, the parallelism is ${String(spec.parallelism)}`;
}

/** The trials that go to the client: its own, then what came back to the queue, then new ones. */
function gather(before: StudyData, { client, count = 1 }: AskRequest, fits: Fits, now: number) {
  const own = before.running.filter((trial) => trial.lease?.client === client).slice(0, count);
  const isGiving = before.state !== 'paused' && givesAgain(before);
  const back = isGiving ? before.running.filter((trial) => !isLeased(trial)).slice(0, count - own.length) : [];
  const most = count - own.length - back.length;
  const step: StudyStep =
    most === 0 || roomOf(before) === 0 ? { state: before, events: [], asked: [] } : askTrials(before, fits, now, most);
  return { own, fresh: [...back, ...step.asked], step };
}

/**
 * Gives trials to a client outside: its own open ones first, their leases put off, then those whose lease has ended, then new
 * suggestions, within parallelism and budget (STU-4). Asking again is always safe: a client never has more than it asked for.
 *
 * @param now workflow milliseconds
 * @returns a refusal for a study that has an evaluator
 */
export function askOutside(given: StudyData, request: AskRequest, fits: Fits, now: number): AskStep | Refusal {
  const inside = insideProblem(given);
  if (inside !== undefined) return inside;
  const { client, count = 1, leaseSeconds = given.spec.leaseSeconds ?? 1 } = request;
  const due = expireLeases(given, now);
  const gathered = gather(due.state, request, fits, now);
  const { thinking } = gathered.step.state;
  if (thinking !== undefined && gathered.own.length + gathered.fresh.length < count && roomOf(due.state) > 0)
    return { state: { ...due.state, thinking }, events: due.events, asked: [], leased: [], thinks: true };
  const step = sweep(gathered.step, now);
  const isOpen = ({ number }: Trial): boolean => step.state.running.some((each) => each.number === number);
  const [own, fresh] = [gathered.own.filter(isOpen), gathered.fresh.filter(isOpen)];
  const end = now + leaseSeconds * 1_000;
  const lease = (trial: Trial): Leased => {
    const { attempt, until } = trial.lease ?? { attempt: trial.attempts + 1, until: '' };
    const later = Math.max(end, Date.parse(until) || 0);
    return { ...trial, attempts: attempt, lease: { attempt, client, until: new Date(later).toISOString() } };
  };
  const leased = [...own, ...fresh].map(lease);
  const held = leased.reduce((state, trial) => leaseTo(state, trial.number, trial.lease), step.state);
  const state = withAlarm(held, now);
  const changed = leased.filter(({ number, lease: { until } }) => !isSame(own, number, until));
  const leases = changed.map(({ number: trial, lease: { attempt, until } }) => ({ trial, attempt, client, until }));
  const told: readonly NewEvent[] = leases.length === 0 ? [] : [{ type: 'study.leased', data: { leases } }];
  const done = { state, events: [...due.events, ...step.events, ...told], asked: [], leased };
  if (leased.length >= count) return done;
  const nearest = nearestEnd({ ...state, running: state.running.filter((trial) => trial.lease?.client !== client) });
  const retry = nearest === undefined ? {} : { retryAfterMs: Math.max(1, nearest - now) };
  return { ...done, waitingFor: waitingFor(state), ...retry };
}

function isSame(own: readonly Trial[], number: number, until: Lease['until']): boolean {
  return own.some((trial) => trial.number === number && trial.lease?.until === until);
}
