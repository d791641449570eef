import { ERRORS, refuse } from '../contracts/errors';
import type { BreakerState, LimiterOptions, RateState } from '../contracts/resilience';
import { createBreaker, type Breaker, type Broken, type Outcome } from './breaker';
import { createBulkhead, type Bulkhead } from './bulkhead';
import type { Clock } from './clock';
import { createLimiter, type Limiter } from './limiter';
import type { Judge } from './outcome';
import { CallRefused, isCallRefused } from './refused';
import type { Settings } from './settings';
import { withinTime, type Call } from './timeout';

/** What all callers of one target share. */
export interface Target {
  readonly name: string;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly breaker: Breaker;
  readonly bulkhead: Bulkhead;
  readonly limiter: Limiter | undefined;
}

/** Makes a target with everything closed, free and full. */
export function createTarget(name: string, settings: Settings, clock: Clock): Target {
  return {
    name,
    settings,
    clock,
    breaker: createBreaker(settings.breaker, clock.now),
    bulkhead: createBulkhead(name, settings.bulkhead),
    limiter: settings.limiter && createLimiter(settings.limiter, clock.now),
  };
}

/** A value that says that its target is unwell, thrown so that it is tried again; whoever catches it last returns the value. */
export class UnwellAnswer extends Error {
  override readonly name = 'UnwellAnswer';
  readonly value: unknown;

  constructor(value: unknown) {
    super('the target answered that it is unwell');
    this.value = value;
  }
}

function tooFast(target: string, { limit, remaining, resetMs }: RateState, perMs: number, retryAfterMs: number): Error {
  const message = `${target} takes ${String(limit)} calls in ${String(perMs)} ms, no more`;
  return new CallRefused(
    refuse('rate-limited', message, { retryAfterMs, details: { target, limit, remaining, resetMs } }),
  );
}

function notAsked(target: string, { why, retryAfterMs }: Broken, state: BreakerState): Error {
  const because = {
    open: 'the breaker is open: too many of its last calls failed',
    probing: 'the breaker is half open and one call is probing already',
    isolated: `it is isolated by hand: ${state.kind === 'isolated' ? state.reason : ''}`,
  }[why];
  return new CallRefused(
    refuse('circuit-open', `${target} was not asked, ${because}`, { retryAfterMs, details: { target, why } }),
  );
}

const takeToken = (target: Target, limiter: Limiter, { perMs }: LimiterOptions): void => {
  const taken = limiter.take();
  if (taken.kind === 'refused') throw tooFast(target.name, taken, perMs, taken.retryAfterMs);
};

/** Whether the same call may come to another end: the target is unwell or busy, and it is not the caller's mistake. */
export function isPassing(error: unknown, judge: Judge): boolean {
  if (error instanceof UnwellAnswer) return true;
  if (isCallRefused(error)) return ERRORS[error.code].retryable;
  return judge({ kind: 'threw', error }) === 'failure';
}

function outcomeOf(error: unknown, judge: Judge, signal: AbortSignal | undefined): Outcome {
  if (signal?.aborted === true) return 'ignore';
  if (isCallRefused(error)) return error.code === 'timeout' ? 'failure' : 'ignore';
  return judge({ kind: 'threw', error });
}

/**
 * One attempt: limiter → breaker → bulkhead → timeout → call. A permit is freed and the breaker told on every path.
 * @throws CallRefused, what the call throws, `UnwellAnswer`, the reason of the signal
 */
export async function attempt<T>(target: Target, call: Call<T>, judge: Judge, signal?: AbortSignal): Promise<T> {
  const { name, settings, limiter, breaker, bulkhead, clock } = target;
  signal?.throwIfAborted();
  if (limiter !== undefined && settings.limiter !== undefined) takeToken(target, limiter, settings.limiter);
  const admission = breaker.admit();
  if (admission.kind === 'broken') throw notAsked(name, admission, breaker.state());
  let outcome: Outcome = 'ignore';
  try {
    const release = await bulkhead.enter(signal);
    try {
      const value = await withinTime(call, settings.timeoutMs, {
        target: name,
        clock,
        ...(signal === undefined ? {} : { signal }),
      });
      outcome = judge({ kind: 'returned', value });
      if (outcome === 'failure') throw new UnwellAnswer(value);
      return value;
    } catch (error) {
      if (!(error instanceof UnwellAnswer)) outcome = outcomeOf(error, judge, signal);
      throw error;
    } finally {
      release();
    }
  } finally {
    admission.settle(outcome);
  }
}
