import { MAX_VALUE_BYTES, type ValueView } from '../../contracts/coordination/value';
import { refuse, type Refusal } from '../../contracts/errors';
import { show } from '../../contracts/ids';
import type { Ending } from './ending';
import { jsonBytes } from '../mailbox';
import { isWhole } from '../whole';

/** A shared value as it stands. Times are workflow milliseconds. */
export interface ValueState extends Ending {
  readonly value: unknown;
  /** 0 before it was set. */
  readonly version: number;
  readonly changedAt: number;
}

/** The first state: nothing was set. Pure. */
export function openValue(now: number): ValueState {
  return { value: null, version: 0, changedAt: now };
}

/** Whether that can be a shared value. @returns `invalid-message`, `message-too-large`, or nothing */
export function valueRefusal(value: unknown): Refusal | undefined {
  const bytes = value === undefined ? undefined : jsonBytes(value);
  if (bytes === undefined) return refuse('invalid-message', `a value is JSON; got ${show(value)}`);
  if (bytes <= MAX_VALUE_BYTES) return undefined;
  return refuse('message-too-large', `a value has at most ${String(MAX_VALUE_BYTES)} bytes; got ${String(bytes)}`);
}

/** Whether that can be a version. @returns `invalid-message`, or nothing */
export function versionRefusal(version: unknown): Refusal | undefined {
  if (isWhole(version, 0)) return undefined;
  return refuse('invalid-message', `a version is a whole number from 0; got ${show(version)}`);
}

/**
 * Sets the value. The version is max(last + 1, workflow time in milliseconds): it grows over renewal, deletion, terminate and
 * reset, so that a compare-and-set with the version of an earlier incarnation never hits; while the server's clock does not
 * step back by more than what lies between two of them. Changes of one millisecond run ahead of the clock: see `valueOverAt`.
 */
export function valueSet(state: ValueState, value: unknown, now: number): ValueState {
  return { ...state, value, version: Math.max(state.version + 1, now), changedAt: now };
}

/** Sets the value if it has that version. @returns the state as it was when it has another one (CNT-3) */
export function comparedAndSet(state: ValueState, version: number, value: unknown, now: number): ValueState {
  return state.version === version ? valueSet(state, value, now) : state;
}

/** When a value that is deleted may end: then none of its versions lies ahead of the clock. */
export function valueOverAt({ version, deletedAt }: ValueState): number | undefined {
  return deletedAt === undefined ? undefined : Math.max(deletedAt, version + 1);
}

/** What a looker-on sees. */
export function valueView({ value, version, changedAt }: ValueState): ValueView {
  return { value, version, changedAt: new Date(changedAt).toISOString() };
}

/** A shared value in one line, cut to what a list shows. */
export function valueLine({ value, version }: ValueState): string {
  return version === 0 ? 'never set' : `${show(value)}, version ${String(version)}`;
}
