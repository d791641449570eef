import { isDeepStrictEqual } from 'node:util';
import { isPlatformError, PlatformError, refuse } from '../contracts/errors';
import { MAX_TARGETS, type SavedBreaker, type TargetOptions, type TargetState } from '../contracts/resilience';
import { systemClock, type Clock } from './clock';
import type { Answer, Fallback } from './fallback';
import { judge as ordinary, type Judge } from './outcome';
import { attempt, createTarget, isPassing, UnwellAnswer, type Target } from './protect';
import { isCallRefused } from './refused';
import { retryingOf, withRetries, type RetryOptions } from './retry';
import { settingsOf } from './settings';
import type { Call } from './timeout';

/** How calls to a target are protected: what its callers share, and what is this caller's own. */
export interface ProtectOptions extends TargetOptions {
  /** This caller's own. */
  readonly retry?: RetryOptions;
  /** This caller's own: what counts as "target unwell". Default: see the reference. */
  readonly judge?: Judge;
}

/** About one call. */
export interface RunOptions {
  /** The caller's: when it aborts, the call ends with its reason, wherever it is, and the breaker counts nothing. */
  readonly signal?: AbortSignal;
  /** Which of the last good answers a fallback gives: calls with the same key ask for the same. */
  readonly key?: string;
}

/** The switches of a target; all its callers in this process share them. */
export interface Switches {
  readonly target: string;
  state(): TargetState;
  /** Opens the breaker as failures would. */
  trip(): void;
  /** Refuses every call until `release`. */
  isolate(reason: string): void;
  /** Closes the breaker, with nothing remembered. */
  release(): void;
  /** The breaker as plain JSON. */
  save(): SavedBreaker;
  restore(saved: SavedBreaker): void;
}

/** A protected service. */
export interface Protected extends Switches {
  /** @throws CallRefused `circuit-open`, `limit-reached`, `rate-limited`, `timeout`; what the call itself throws */
  run<T>(call: Call<T>, options?: RunOptions): Promise<T>;
}

/** A protected service with a fallback: each answer says where it comes from. */
export interface ProtectedWithFallback<T> extends Switches {
  /** Falls back when the service is not there, unwell or too slow; throws what is the caller's own mistake. */
  run(call: Call<T>, options?: RunOptions): Promise<Answer<T>>;
}

/** Gives the protection of a target. It is created by its first caller, from the defaults unless that one says otherwise. */
export interface Protect {
  <T>(target: string, options: ProtectOptions & { readonly fallback: Fallback<T> }): ProtectedWithFallback<T>;
  (target: string, options?: ProtectOptions): Protected;
}

/** The targets of one process. */
export interface Targets {
  readonly protect: Protect;
  /** All of them as they are now, by name. */
  states(): readonly TargetState[];
}

type Entry = Target & { readonly isDefault: boolean };

function stateOf({ name, breaker, bulkhead, limiter }: Target): TargetState {
  return {
    target: name,
    breaker: breaker.state(),
    bulkhead: { running: bulkhead.running, waiting: bulkhead.waiting },
    ...(limiter === undefined ? {} : { limiter: limiter.state() }),
  };
}

/** Whether a fallback may answer: nobody there, unwell, too slow, refused; never the caller's own mistake (FBK-5). */
function isForFallback(error: unknown, judge: Judge): boolean {
  if (isCallRefused(error) || isPassing(error, judge)) return true;
  if (isPlatformError(error)) return error.code.endsWith('not-found');
  return typeof error === 'object' && error !== null && Reflect.get(error, 'status') === 404;
}

function reasonOf(error: unknown): NonNullable<Answer<unknown>['degraded']> {
  const code = isCallRefused(error) || isPlatformError(error) ? error.code : 'failed';
  return { code, message: error instanceof Error ? error.message : String(error) };
}

/** Makes an empty set of targets: one for a process, or one for a test with its own clock. */
export function createTargets(clock: Clock = systemClock): Targets {
  const targets = new Map<string, Entry>();

  const open = (name: string, shared: TargetOptions): void => {
    const before = targets.get(name);
    const isDefault = Object.values(shared).every((each: unknown) => each === undefined);
    if (before !== undefined && isDefault) return;
    const settings = settingsOf(shared);
    if (before !== undefined && !before.isDefault) {
      if (isDeepStrictEqual(before.settings, settings)) return;
      throw new PlatformError(refuse('definition-mismatch', `${name} is protected already, with other options`));
    }
    if (before === undefined && targets.size >= MAX_TARGETS) {
      throw new PlatformError(refuse('limit-reached', `at most ${String(MAX_TARGETS)} targets in one process`));
    }
    const target = createTarget(name, settings, clock);
    // what was known of a target before anybody configured it stays known
    if (before !== undefined) target.breaker.restore(before.breaker.save());
    targets.set(name, { ...target, isDefault });
  };

  const protect = (
    name: string,
    options: ProtectOptions & { readonly fallback?: Fallback<unknown> } = {},
  ): Protected | ProtectedWithFallback<unknown> => {
    const { retry, judge = ordinary, fallback, timeoutMs, breaker, bulkhead, limiter } = options;
    if (name === '') throw new PlatformError(refuse('invalid-request', 'a target needs a name'));
    const retrying = retryingOf(retry);
    open(name, {
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(breaker === undefined ? {} : { breaker }),
      ...(bulkhead === undefined ? {} : { bulkhead }),
      ...(limiter === undefined ? {} : { limiter }),
    });
    const target = (): Target => {
      const found = targets.get(name);
      if (found === undefined) throw new PlatformError(refuse('not-found', `there is no target ${name}`));
      return found;
    };
    const tried = <T>(call: Call<T>, signal: AbortSignal | undefined): Promise<T> =>
      withRetries(() => attempt(target(), call, judge, signal), retrying, {
        clock,
        ...(signal === undefined ? {} : { signal }),
        isWorthwhile: (error) => isPassing(error, judge),
      });
    const orUnwell = (error: unknown): unknown => {
      if (error instanceof UnwellAnswer) return error.value;
      throw error;
    };
    const answered = async (
      from: Fallback<unknown>,
      call: Call<unknown>,
      { signal, key = '' }: RunOptions,
    ): Promise<Answer<unknown>> => {
      try {
        const value = await tried(call, signal);
        from.remember(key, value, clock.now());
        return { value, source: 'service', ageMs: 0 };
      } catch (error) {
        const isOwn = signal?.aborted === true || !isForFallback(error, judge);
        const instead = isOwn ? undefined : from.answer(key, clock.now());
        if (instead !== undefined) return { ...instead, degraded: reasonOf(error) };
        return { value: orUnwell(error), source: 'service', ageMs: 0 };
      }
    };
    const switches: Switches = {
      target: name,
      state: () => stateOf(target()),
      trip: () => target().breaker.trip(),
      isolate: (reason) => target().breaker.isolate(reason),
      release: () => target().breaker.release(),
      save: () => target().breaker.save(),
      restore: (saved) => target().breaker.restore(saved),
    };
    if (fallback !== undefined) {
      return { ...switches, run: (call: Call<unknown>, run: RunOptions = {}) => answered(fallback, call, run) };
    }
    return {
      ...switches,
      run: <T>(call: Call<T>, run: RunOptions = {}) =>
        tried(call, run.signal).catch((error: unknown) => orUnwell(error) as T),
    };
  };
  return {
    // one body for both forms: which of them it is shows in `fallback`
    protect: protect as Protect,
    states: () =>
      [...targets.values()].sort((one, other) => (one.name < other.name ? -1 : 1)).map((each) => stateOf(each)),
  };
}

const shared = createTargets();

/** Protects calls to a service outside; see `Protect`. All callers of a name in this process share its state. */
export const protect: Protect = shared.protect;

/** The targets of this process as they are now. */
export const targets = (): readonly TargetState[] => shared.states();
