import { sql } from 'kysely';
import { MAX_LIVE_BEHIND, type TopicItem, type WatchRequest } from '../../contracts/coordination/topic';
import type { EventStore, StoredEvent } from '../../contracts/event-store';
import { PlatformError } from '../../contracts/errors';
import { parseSpace } from '../../contracts/ids';
import { patternsOf, topicSource } from '../../domain/coordination/topic';
import type { Database } from '../database';
import { upcast, type Upcasters } from '../envelope';
import { createEventStore } from '../event-store';
import { Bell } from '../wake';
import { publishedOf } from '../../domain/coordination/published';

const PAGE = 200;
/** Polling is the truth; appends only wake. */
const POLL_MS = 1_000;

/** Messages of some topics after a position, oldest first. */
function matching({ db }: Pick<Database, 'db'>, space: string, source: string, after: number) {
  return db
    .selectFrom('events')
    .where('space', '=', space)
    .where('topic', 'is not', null)
    .where(sql<boolean>`topic ~ ${source}`)
    .where('position', '>', after)
    .orderBy('position');
}

async function pageOf(
  database: Pick<Database, 'db'>,
  space: string,
  source: string,
  after: number,
): Promise<readonly StoredEvent[]> {
  return matching(database, space, source, after).select(['position', 'event']).limit(PAGE).execute();
}

/** Whether more than MAX_LIVE_BEHIND messages wait after a position. */
async function isFarBehind(
  database: Pick<Database, 'db'>,
  space: string,
  source: string,
  after: number,
): Promise<boolean> {
  const one = matching(database, space, source, after).select('position').offset(MAX_LIVE_BEHIND).limit(1);
  return (await one.executeTakeFirst()) !== undefined;
}

function checked({ space, topics, after, last }: WatchRequest): { readonly source: string; readonly from?: number } {
  const parsed = parseSpace(space);
  if (typeof parsed !== 'string') throw new PlatformError(parsed);
  const patterns = patternsOf(topics);
  if ('code' in patterns) throw new PlatformError(patterns);
  const from = last ?? after;
  return { source: topicSource(patterns), ...(from === undefined ? {} : { from }) };
}

/** What is read, and how. */
interface Reading {
  readonly database: Database;
  readonly store: EventStore;
  readonly space: string;
  readonly source: string;
  readonly isLossy: boolean;
  readonly upcasters: Upcasters;
}

/** Where a reader is. */
interface Place {
  readonly after: number;
  readonly isLive: boolean;
  /** The truncation that was told last. */
  readonly reported: number;
}

/** What comes next, the place after it, and whether there is more at once. */
interface Step {
  readonly items: readonly TopicItem[];
  readonly place: Place;
  readonly isFull: boolean;
}

async function step({ database, store, space, source, isLossy, upcasters }: Reading, place: Place): Promise<Step> {
  // The head first: what is at or below it is visible to the read that follows.
  const head = await store.head(space);
  const page = await pageOf(database, space, source, place.after);
  const isFull = page.length === PAGE;
  if (isLossy && isFull && (await isFarBehind(database, space, source, place.after))) {
    const gap: TopicItem = { kind: 'gap', after: place.after, position: head };
    return { items: [gap], place: { ...place, after: head }, isFull };
  }
  const items: TopicItem[] = [];
  let { after, reported } = place;
  // After the page: what was removed before it was read is known by now.
  const removed = await store.truncated(space);
  if (removed > after && removed !== reported) {
    reported = removed;
    const through = Math.min(removed, (page[0]?.position ?? Infinity) - 1);
    items.push({ kind: 'gap', after, position: through });
    after = through;
  }
  if (place.isLive && isFull) items.push({ kind: 'fellBehind', position: after });
  for (const { position, event } of page) {
    items.push({ kind: 'message', message: publishedOf({ position, event: upcast(event, upcasters) }) });
  }
  after = isFull ? (page.at(-1)?.position ?? after) : Math.max(after, head, page.at(-1)?.position ?? 0);
  if (!place.isLive && !isFull) items.push({ kind: 'caughtUp', position: after });
  return { items, place: { after, reported, isLive: !isFull }, isFull };
}

/**
 * Messages of some topics, one page in memory: a reader that is slow reads later what it did not read yet. A live reader gives up
 * what it is too far behind of, and is told so by a `gap` (PUB-2); one that named a position gets everything that is kept, and
 * hears `fellBehind` and `caughtUp` (PUB-4). What retention has removed is a `gap` for both.
 *
 * The first item is `subscribed` with the position after which every message comes (PUB-3).
 */
export async function* watchTopics(
  database: Database,
  request: WatchRequest,
  upcasters: Upcasters = {},
): AsyncGenerator<TopicItem, void, void> {
  const { space, signal } = request;
  const { source, from } = checked(request);
  const store = createEventStore(database, upcasters);
  const reading = { database, store, space, source, isLossy: request.after === undefined, upcasters };
  const bell = new Bell();
  const ring = (): void => bell.ring();
  const leave = database.wakes.subscribe(ring);
  signal?.addEventListener('abort', ring);
  const isOver = (): boolean => signal?.aborted === true;
  try {
    // A position beyond the log is of another log: an older copy of it was put in its place.
    const after = Math.min(from ?? Infinity, await store.head(space));
    yield { kind: 'subscribed', position: after };
    if (from !== undefined && after < from) yield { kind: 'gap', after, position: after };
    let place: Place = { after, isLive: false, reported: 0 };
    while (!isOver()) {
      const { items, place: next, isFull } = await step(reading, place);
      place = next;
      for (const item of items) {
        if (isOver()) return;
        yield item;
      }
      if (!isFull && !isOver()) await bell.wait(POLL_MS);
    }
  } finally {
    leave();
    signal?.removeEventListener('abort', ring);
  }
}
