import {
  addUpdate,
  allocateUpdate,
  counterQuery,
  deleteCounterUpdate,
  resetUpdate,
  type Counted,
  type CounterSpec,
  type CounterView,
  type IdRange,
} from '../contracts/coordination/counter';
import { workflowId, type Name, type WorkflowId } from '../contracts/ids';
import { deletedOnce, lookedAt, used, type FirstUse } from './first-use';
import { CACHED_AGE_MS, type LastSeen, type ReadOptions } from './last-seen';
import type { CallOptions, Temporal } from './temporal';
import type { Turns } from './turns';

/** A number, with what kind of read it came from (CNT-4). Nothing that was acknowledged before a strong read is missing in it. */
export type CounterReading =
  | { readonly value: number; readonly read: 'strong' }
  | { readonly value: number; readonly read: 'cached'; readonly ageMs: number };

/** One counter. Its first change starts it; the handle holds no state. */
export interface CounterHandle {
  readonly name: string;
  readonly workflowId: WorkflowId;
  /**
   * Adds a whole number, 1 unless told; a negative one takes away. Safe to repeat with a `requestId`.
   * @throws PlatformError `bound-reached` with `value`, `min` and `max`, which leaves no trace; `definition-mismatch`,
   *   `invalid-message`, `store-behind`
   */
  add(by?: number, options?: CallOptions): Promise<Counted>;
  /** @throws PlatformError `counter-not-found` before the first use and after the deletion */
  get(options?: ReadOptions): Promise<CounterReading>;
  /** Sets it to its start, or to another number within its bounds, and answers what it was. */
  reset(options?: CallOptions & { readonly to?: number }): Promise<Counted>;
  /**
   * Ids that nobody else gets, from `from` on and below `to`, at most MAX_RANGE; they grow and are not dense (CNT-5).
   * @throws PlatformError `limit-reached` with `retryAfterMs` when the name hands out more than IDS_PER_MS
   */
  allocate(count: number, options?: CallOptions): Promise<IdRange>;
  /** Everything that the counter knows: a strong read. @throws PlatformError `counter-not-found` */
  view(): Promise<CounterView>;
  /** Ends it; the next use begins another one at its start. One that is gone already is no error. */
  delete(options?: CallOptions): Promise<void>;
}

/** What the handles of a space share. */
export interface CountersShared {
  readonly temporal: Temporal;
  readonly turns: Turns;
  readonly seen: LastSeen<number>;
}

/** One counter, plain or one stripe of several. */
export function counterHandle(shared: CountersShared, name: Name, spec: CounterSpec | undefined): CounterHandle {
  const { temporal, turns, seen } = shared;
  const id = workflowId(temporal.space, 'counter', name);
  const start = { workflowType: 'counterWorkflow', kind: 'counter' as const, name, init: spec ?? {} };
  const use: FirstUse = {
    workflowId: id,
    missing: 'counter-not-found',
    start: { ...start, summary: `counter ${name}` },
  };
  const expecting = spec === undefined ? {} : { spec };
  const change = <T>(how: CallOptions, act: (how: CallOptions) => Promise<T>): Promise<T> =>
    turns.inTurn(id, () => used(temporal, use, how, act));
  const counting = async (how: CallOptions, act: (how: CallOptions) => Promise<Counted>): Promise<Counted> => {
    const sentAt = seen.now();
    const counted = await change(how, act);
    seen.saw(id, counted.value, counted.revision, sentAt);
    return counted;
  };
  const view = async (): Promise<CounterView> => {
    const sentAt = seen.now();
    const found = await lookedAt(use, () => temporal.look(id, counterQuery));
    seen.saw(id, found.value, found.revision, sentAt);
    return found;
  };
  return {
    name,
    workflowId: id,
    add: (by = 1, options = {}) =>
      counting(options, async (how) => (await temporal.call(id, addUpdate, { by, ...expecting }, how)).value),
    get: async ({ read = 'strong', maxAgeMs = CACHED_AGE_MS } = {}) => {
      const known = read === 'cached' ? seen.last(id, maxAgeMs) : undefined;
      return known === undefined ? { value: (await view()).value, read: 'strong' } : { ...known, read: 'cached' };
    },
    reset: ({ to, ...options } = {}) => {
      const args = { ...(to === undefined ? {} : { to }), ...expecting };
      return counting(options, async (how) => (await temporal.call(id, resetUpdate, args, how)).value);
    },
    allocate: (count, options = {}) =>
      change(options, async (how) => (await temporal.call(id, allocateUpdate, { count, ...expecting }, how)).value),
    view,
    delete: (options = {}) => deletedOnce(use, () => temporal.call(id, deleteCounterUpdate, {}, options)),
  };
}
