import {
  compareAndSetUpdate,
  deleteValueUpdate,
  setValueUpdate,
  valueQuery,
  type Compared,
  type Replaced,
  type ValueView,
} from '../contracts/coordination/value';
import { workflowId, type Name, type WorkflowId } from '../contracts/ids';
import type { Page, PageRequest, ReadModels, Row } from '../contracts/read-models';
import { deletedOnce, lookedAt, used, type FirstUse } from './first-use';
import { nameOf } from './handles';
import { CACHED_AGE_MS, createLastSeen, type LastSeen, type ReadOptions } from './last-seen';
import { readerOf } from './reader';
import type { CallOptions, Temporal } from './temporal';
import { createTurns, type Turns } from './turns';

/** A shared value with its version and what kind of read it came from (CNT-4). Version 0: it was never set. */
export type ValueReading<V> = { readonly value: V; readonly version: number } & (
  { readonly read: 'strong' } | { readonly read: 'cached'; readonly ageMs: number }
);

/** One shared value: any JSON, at most MAX_VALUE_BYTES. Its first change starts it; the handle holds no state. */
export interface ValueHandle<V = unknown> {
  readonly name: string;
  readonly workflowId: WorkflowId;
  /** `null` and version 0 when it was started and never set. @throws PlatformError `value-not-found` before the first use */
  get(options?: ReadOptions): Promise<ValueReading<V | null>>;
  /** Sets it, whatever it is. Safe to repeat with a `requestId`. @throws PlatformError `invalid-message`, `message-too-large` */
  set(value: V, options?: CallOptions): Promise<Replaced>;
  /**
   * Sets it if it has that version, 0 for one that was never set; else answers what it saw (CNT-3). Safe to repeat with a
   * `requestId`: a repetition is answered as the first time.
   */
  compareAndSet(version: number, value: V, options?: CallOptions): Promise<Compared & { readonly value: V | null }>;
  view(): Promise<ValueView>;
  /** Ends it; the next use begins another one. One that is gone already is no error. */
  delete(options?: CallOptions): Promise<void>;
}

/** The shared values of a space. */
export interface SharedValues {
  /** A value by name; nothing is sent. @throws PlatformError `invalid-id` */
  at<V = unknown>(name: string): ValueHandle<V>;
  list(options?: Omit<PageRequest, 'space'> & { readonly status?: string }): Promise<Page<Row>>;
}

type Seen = LastSeen<Pick<ValueView, 'value' | 'version'>>;

function handleOf(temporal: Temporal, turns: Turns, seen: Seen, name: Name): ValueHandle {
  const id = workflowId(temporal.space, 'value', name);
  const start = { workflowType: 'valueWorkflow', kind: 'value' as const, name, init: {} };
  const use: FirstUse = {
    workflowId: id,
    missing: 'value-not-found',
    start: { ...start, summary: `shared value ${name}` },
  };
  const change = async <T extends { readonly version: number }>(
    how: CallOptions,
    act: (how: CallOptions) => Promise<T>,
    valueOf: (answer: T) => unknown,
  ): Promise<T> => {
    const sentAt = seen.now();
    const answer = await turns.inTurn(id, () => used(temporal, use, how, act));
    const { version } = answer;
    seen.saw(id, { value: valueOf(answer), version }, version, sentAt);
    return answer;
  };
  const view = async (): Promise<ValueView> => {
    const sentAt = seen.now();
    const found = await lookedAt(use, () => temporal.look(id, valueQuery));
    seen.saw(id, { value: found.value, version: found.version }, found.version, sentAt);
    return found;
  };
  return {
    name,
    workflowId: id,
    get: async ({ read = 'strong', maxAgeMs = CACHED_AGE_MS } = {}) => {
      const known = read === 'cached' ? seen.last(id, maxAgeMs) : undefined;
      if (known !== undefined) return { ...known.value, read: 'cached', ageMs: known.ageMs };
      const { value, version } = await view();
      return { value, version, read: 'strong' };
    },
    set: (value, options = {}) =>
      change(
        options,
        async (how) => (await temporal.call(id, setValueUpdate, { value }, how)).value,
        () => value,
      ),
    compareAndSet: (version, value, options = {}) =>
      change(
        options,
        async (how) => (await temporal.call(id, compareAndSetUpdate, { version, value }, how)).value,
        (answer) => answer.value,
      ),
    view,
    delete: (options = {}) => deletedOnce(use, () => temporal.call(id, deleteValueUpdate, {}, options)),
  };
}

/**
 * The shared values of a space: changes and strong reads go to the value, lists come from the read model.
 *
 * @param reads the port of the read models; `undefined` answers `reads-unavailable`
 */
export function createValues(temporal: Temporal, reads: ReadModels | undefined): SharedValues {
  const turns = createTurns();
  const seen: Seen = createLastSeen();
  return {
    at: <V>(name: string) => handleOf(temporal, turns, seen, nameOf('value', name)) as ValueHandle<V>,
    list: async (options = {}) => readerOf(reads).list({ ...options, space: temporal.space, kind: 'value' }),
  };
}
