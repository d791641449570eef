import { sql } from 'kysely';
import type { Causality } from '../../contracts/causality';
import { PlatformError, refuse } from '../../contracts/errors';
import { eventIdText, parseEventName, streamOfId } from '../../domain/causality/event-id';
import { happenedBefore, type LoggedEvent, type Wanted } from '../../domain/causality/happened-before';
import type { Work } from '../database';

/** Events that one step of the search reads. */
const CHUNK = 500;

/** Of an event what the search looks at; its data stay where they are. */
function looking(work: Work, space: string) {
  const of = (name: string) => sql<string | null>`event->>${sql.lit(name)}`.as(name);
  return work
    .selectFrom('events')
    .select(['position', 'stream', 'sequence', 'type', of('source'), of('time'), of('hlc'), of('follows')])
    .where('space', '=', space);
}

type Looked = Awaited<ReturnType<ReturnType<typeof looking>['execute']>>[number];

function logged({ position, stream, sequence, type, source, time, hlc, follows }: Looked): LoggedEvent {
  return {
    id: `${stream}/${String(sequence)}`,
    position,
    type,
    source: source ?? '',
    time: time ?? '',
    ...(hlc === null ? {} : { hlc }),
    ...(follows ? { follows: follows.split(' ') } : {}),
  };
}

async function eventOf(work: Work, space: string, text: string): Promise<LoggedEvent> {
  const name = parseEventName(space, text);
  if (typeof name === 'object' && 'code' in name) throw new PlatformError(name);
  const one =
    typeof name === 'number'
      ? looking(work, space).where('position', '=', name)
      : looking(work, space).where('stream', '=', streamOfId(name)).where('sequence', '=', name.sequence);
  const found = await one.executeTakeFirst();
  if (found !== undefined) return logged(found);
  const shown = typeof name === 'number' ? `at position ${String(name)}` : eventIdText(name);
  throw new PlatformError(refuse('event-not-found', `the store has no event ${shown} in the space ${space}`));
}

/** The number of the life before, if the log has one. */
async function lifeBefore(work: Work, space: string, entity: string, generation: number): Promise<number | undefined> {
  const lives = await work
    .selectFrom('streams')
    .select('stream')
    .where('space', '=', space)
    .where(sql<boolean>`starts_with(stream, ${`${entity}~`})`)
    .execute();
  const numbers = lives
    .map(({ stream }) => Number(stream.slice(entity.length + 1)))
    .filter((each) => each < generation);
  return numbers.length === 0 ? undefined : Math.max(...numbers);
}

async function answer(work: Work, space: string, wanted: Wanted): Promise<readonly LoggedEvent[]> {
  if (wanted.kind === 'range') {
    const { stream, after, upTo } = wanted;
    const range = looking(work, space).where('stream', '=', stream).where('sequence', '>', after);
    const rows = await range.where('sequence', '<=', upTo).orderBy('sequence', 'desc').limit(CHUNK).execute();
    return rows.map(logged);
  }
  const { entity, generation } = wanted;
  const before = await lifeBefore(work, space, entity, generation);
  if (before === undefined) return [];
  const stream = streamOfId({ entity, generation: before });
  const rows = await looking(work, space).where('stream', '=', stream).orderBy('sequence', 'desc').limit(1).execute();
  return rows.map(logged);
}

/**
 * Whether one stored event of a space happened before another, from the log alone. Reads some hundred events at a time, and
 * MAX_SEARCHED_EVENTS in all.
 *
 * @throws PlatformError `invalid-id` for what names no event, `event-not-found` for one that the log does not have
 */
export async function causalityOf(
  work: Work,
  { space, a, b }: { readonly space: string; readonly a: string; readonly b: string },
): Promise<Causality> {
  const search = happenedBefore(await eventOf(work, space, a), await eventOf(work, space, b));
  let step = search.next();
  while (step.done !== true) step = search.next(await answer(work, space, step.value));
  return step.value;
}
