import type { NewEvent, OutboxBatch } from '../../../src/contracts/envelope';
import type { Kind, Name, Space } from '../../../src/contracts/ids';

/** Where a batch comes from. */
export interface Origin {
  readonly space: string;
  readonly kind?: Kind;
  readonly name?: string;
  readonly generation?: number;
}

/** The instant of every event made here, so that a batch made again is the same batch. */
export const AT = '2026-11-24T12:00:00.000Z';

/** A hand-over as an entity makes it: events numbered from `first` on. */
export function batchOf(
  { space, kind = 'agent', name = 'a', generation = 1 }: Origin,
  first: number,
  events: readonly NewEvent[],
): OutboxBatch {
  return {
    space: space as Space,
    kind,
    name: name as Name,
    generation: String(generation),
    events: events.map((event, at) => ({ ...event, sequence: first + at, time: AT })),
  };
}

/** Events that differ by their number. */
export const counted = (from: number, count: number): NewEvent[] =>
  Array.from({ length: count }, (_each, at) => ({ type: 'agent.adopted', data: { set: 's', version: from + at } }));
