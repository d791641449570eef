import type { CloudEvent } from '../../contracts/envelope';
import type { StoredEvent } from '../../contracts/event-store';
import { originOf, type Origin } from '../envelope';

/** A stored event whose origin is known: what the projections are given. */
export interface Happened extends Origin {
  readonly position: number;
  readonly time: string;
  readonly type: string;
  readonly data: CloudEvent['data'];
}

/** Events of ours; others are not projected. */
export function happened(stored: readonly StoredEvent[]): readonly Happened[] {
  return stored.flatMap(({ position, event }) => {
    const origin = originOf(event);
    const { time, type, data } = event;
    return origin === undefined ? [] : [{ ...origin, position, time, type, data }];
  });
}

/** Data of events is read with care: a projection never fails on what an event holds. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

const CHUNK = 500;

/** Parts of a list that fit into one statement. */
export function chunks<T>(list: readonly T[]): readonly (readonly T[])[] {
  const parts: (readonly T[])[] = [];
  for (let from = 0; from < list.length; from += CHUNK) parts.push(list.slice(from, from + CHUNK));
  return parts;
}
