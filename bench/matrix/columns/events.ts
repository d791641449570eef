import type { Evidence, StoredLine } from '../column';
import { countersOf } from './counters';

/** The stream of an event, and its number in it. */
function placeOf({ stream }: StoredLine): { readonly of: string; readonly number: number } {
  const at = stream.lastIndexOf('/');
  return { of: stream.slice(0, at), number: Number(stream.slice(at + 1)) };
}

/** EVT-2: of what began in the row each event is stored once, in its order, and none is missing between two. */
export function streamsBroken({ events, row }: Pick<Evidence, 'events' | 'row'>): readonly string[] {
  const numbers = new Map<string, number[]>();
  for (const event of events.filter(({ stream }) => stream.includes(`:${row}-`))) {
    const { of, number } = placeOf(event);
    numbers.set(of, [...(numbers.get(of) ?? []), number]);
  }
  return [...numbers].flatMap(([stream, all]) =>
    all.every((number, at) => number === at + 1) ? [] : [`${stream} has the events ${all.join()}`],
  );
}

/** EVT-3: a reader that went on over the fault has each event once, in the order of positions. */
export function feedBroken(fed: readonly number[], { events }: Pick<Evidence, 'events'>): readonly string[] {
  const [first = { position: Infinity }] = events;
  const mine = fed.filter((position) => position >= first.position);
  const last = mine.at(-1) ?? 0;
  const known = new Set(mine);
  const stored = events.map(({ position }) => position).filter((position) => position <= last);
  const missing = stored.filter((position) => !known.has(position));
  const isOrdered = mine.every((position, at) => position > (mine[at - 1] ?? 0));
  return [
    ...(missing.length > 0 ? [`a reader missed the positions ${missing.join()}`] : []),
    ...(isOrdered ? [] : ['a reader got events twice, or out of order']),
  ];
}

/** How often the counter of a row was added to, by its events. */
export function addsStored({ events, row }: Pick<Evidence, 'events' | 'row'>): number {
  return events.filter(
    ({ type, stream }) => type === 'counter.added' && stream.includes(`:counter:${countersOf(row).sum}~`),
  ).length;
}
