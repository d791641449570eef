import type { NewEvent } from '../../contracts/envelope';
import { refuse } from '../../contracts/errors';
import { KEPT_FENCED, type Fenced } from '../../contracts/optimisation/asking';
import type { FailureKind } from '../../contracts/optimisation/budget';
import type { Lease, StudySpec, Trial } from '../../contracts/optimisation/study';
import { counted, isTriedAgain, policyOf } from './retries';
import { deadlineOf, outOfTime, stopStudy, type StudyData, type StudyStep } from './study';
import { endOf } from './trial-ends';
import type { Ending } from './trial';

/** A trial that a client has. */
export type Leased = Trial & { readonly lease: Lease };

/** Whether somebody has the trial. */
export function isLeased(trial: Trial): trial is Leased {
  return trial.lease !== undefined;
}

/** The attempt of a lease, as it is remembered when the lease is over. */
export function attemptOf({ number, lease: { attempt, client } }: Leased): Fenced {
  return { trial: number, attempt, client };
}

/** When the nearest lease ends, in milliseconds; nothing when nobody has a trial. */
export function nearestEnd({ running }: StudyData): number | undefined {
  const ends = running.filter(isLeased).map(({ lease }) => Date.parse(lease.until));
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** Another lease for a trial, or none; and what else is known of it by then. */
export function leaseTo(
  state: StudyData,
  number: number,
  lease: Lease | undefined,
  more: Pick<Trial, 'failures' | 'cost'> = {},
): StudyData {
  const running = state.running.map((each): Trial => {
    if (each.number !== number) return each;
    const { lease: _before, ...trial } = each;
    return lease === undefined ? { ...trial, ...more } : { ...trial, attempts: lease.attempt, lease };
  });
  return { ...state, running };
}

/** Remembers attempts that own their trial no more, so that what they may still tell is known. */
export function fence(state: StudyData, attempts: readonly Fenced[]): StudyData {
  if (attempts.length === 0) return state;
  return { ...state, fenced: [...(state.fenced ?? []), ...attempts].slice(-KEPT_FENCED) };
}

/** An attempt that has told. */
export function forget(state: StudyData, { trial, attempt }: Pick<Fenced, 'trial' | 'attempt'>): StudyData {
  const { fenced = [] } = state;
  return { ...state, fenced: fenced.filter((each) => each.trial !== trial || each.attempt !== attempt) };
}

/** Ends a trial that somebody may have; who has it may still tell. */
export function endLeased(state: StudyData, trial: Trial, ending: Ending, now: number): StudyStep {
  const holder = isLeased(trial) ? [attemptOf(trial)] : [];
  return endOf(fence(state, holder), trial.number, ending, now);
}

/** Steps one after the other. */
export function inTurn<T>(
  before: StudyStep,
  things: readonly T[],
  act: (state: StudyData, thing: T) => StudyStep,
): StudyStep {
  return things.reduce<StudyStep>((done, thing) => {
    const { state, events } = act(done.state, thing);
    return { state, events: [...done.events, ...events], asked: [] };
  }, before);
}

/** Whether what comes back is given out again: not when somebody has stopped the study. */
export function givesAgain({ state, isExhausted }: StudyData): boolean {
  return state !== 'draining' || isExhausted === true;
}

/** What a trial has failed of, this failure of its attempt included, and whether it is tried again. */
export function afterFailure(
  spec: StudySpec,
  { attempts, failures = {} }: Trial,
  kind: FailureKind,
): { readonly failures: Pick<Trial, 'failures'>; readonly again: boolean } {
  const policy = policyOf(spec);
  if (policy === undefined) return { failures: {}, again: attempts < spec.attempts };
  const all = counted(failures, kind);
  return { failures: { failures: all }, again: isTriedAgain(policy, all, kind) };
}

/** One lease that is over: the trial waits for its next attempt, or ends when it has none left or nobody may ask for it. */
function afterLease(state: StudyData, trial: Leased, now: number): StudyStep {
  if (!givesAgain(state)) return endLeased(state, trial, { kind: 'cancelled' }, now);
  const { client, attempt, until } = trial.lease;
  const { failures, again } = afterFailure(state.spec, trial, 'lost');
  if (again) {
    const next = fence(leaseTo(state, trial.number, undefined, failures), [attemptOf(trial)]);
    return { state: next, events: [], asked: [] };
  }
  const refusal = refuse('timeout', `the lease of the last attempt ended at ${until}; ${client} had told nothing`);
  const ending: Ending = { kind: 'failed', refusal, attempts: attempt, worker: client, ...failures };
  return endLeased(state, trial, ending, now);
}

/**
 * Takes back what clients have kept longer than their lease: same configuration, next attempt (STU-1). Sets the alarm anew.
 *
 * @param now workflow milliseconds
 */
export function expireLeases(before: StudyData, now: number): StudyStep {
  const over = before.running.filter(isLeased).filter(({ lease }) => Date.parse(lease.until) <= now);
  const leases = over.map(attemptOf);
  const events: readonly NewEvent[] = leases.length === 0 ? [] : [{ type: 'study.leaseEnded', data: { leases } }];
  const step = inTurn({ state: before, events, asked: [] }, over, (state, trial) => afterLease(state, trial, now));
  return { ...step, state: withAlarm(step.state, now) };
}

/**
 * Moves the alarm to the nearest end of a lease: when it is over or would come too late. An alarm that comes too early stays:
 * a timer that is started once for each lease would cost two events each.
 */
export function withAlarm(state: StudyData, now: number): StudyData {
  const { alarm, ...rest } = state;
  const nearest = nearestEnd(state);
  if (alarm !== undefined && alarm > now && (nearest === undefined || alarm <= nearest)) return state;
  return nearest === undefined ? rest : { ...rest, alarm: nearest };
}

/**
 * Ends the asking of a study that is asked from outside: what waits to be asked for is cancelled, what clients have may be
 * told until its lease ends, or is cancelled, too.
 */
export function stopOutside(state: StudyData, reason: string, running: 'finish' | 'cancel', now: number): StudyStep {
  const step = stopStudy(state, reason);
  const gone = step.state.running.filter((trial) => running === 'cancel' || !isLeased(trial));
  return inTurn(step, gone, (next, trial) => endLeased(next, trial, { kind: 'cancelled' }, now));
}

/**
 * What time or a rule that ended the asking leaves of trials outside: what waits to be asked for is cancelled, what clients
 * have only when the study says so.
 */
export function sweep(step: StudyStep, now: number): StudyStep {
  const { spec, endedBy, running } = step.state;
  if (spec.evaluator !== undefined || endedBy === undefined) return step;
  const gone = running.filter((trial) => spec.atEnd === 'cancel' || !isLeased(trial));
  return inTurn(step, gone, (next, trial) => endLeased(next, trial, { kind: 'cancelled' }, now));
}

/** Leases that are over, and the time of the study: what a wake-up looks at. */
export function wakeUp(before: StudyData, now: number): StudyStep {
  const step = expireLeases(before, now);
  if (now < (deadlineOf(step.state) ?? Infinity)) return sweep(step, now);
  const over = outOfTime(step.state);
  const swept = sweep({ ...over, events: [...step.events, ...over.events] }, now);
  return { ...swept, state: withAlarm(swept.state, now) };
}

/** When a study is to be woken next, in workflow milliseconds. */
export function wakeAt(state: StudyData): number | undefined {
  const times = [state.alarm, deadlineOf(state)].filter((at) => at !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}
