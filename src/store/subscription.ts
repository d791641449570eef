import type { EventStore, StoredEvent } from '../contracts/event-store';
import type { Cancel } from '../contracts/read-models';
import type { Database } from './database';
import { Bell } from './wake';

const PAGE = 200;
const POLL_MS = 1_000;

/** Where a subscription begins, and what of. */
export interface SubscriptionRequest {
  readonly space: string;
  /** The last position that was dealt with; 0 from the beginning. */
  readonly after: number;
  readonly types?: readonly string[];
  readonly signal?: Cancel;
  /** How long to sleep when nothing wakes; default 1 s. Polling is the truth. */
  readonly pollMs?: number;
}

/**
 * An event, or a word on how far the reader is (EVT-4). `caughtUp`: everything up to the position was handed out.
 * `fellBehind`: there is a page and more again. `truncated`: retention has removed events that this reader may never have
 * had, and what follows is after the position (EVT-5).
 */
export type SubscriptionItem =
  | { readonly kind: 'event'; readonly stored: StoredEvent }
  | { readonly kind: 'caughtUp' | 'fellBehind' | 'truncated'; readonly position: number };

/**
 * Catches up from a position, then goes on live: gap-free, each event once, in the order of positions. Ends when the
 * signal aborts or the reader leaves. Resumable from any position that it handed out.
 */
export async function* subscribe(
  store: EventStore,
  request: SubscriptionRequest,
): AsyncGenerator<SubscriptionItem, void, void> {
  const { space, types, signal, pollMs = POLL_MS } = request;
  const bell = new Bell();
  const ring = (): void => bell.ring();
  const leave = store.onAppend(ring);
  signal?.addEventListener('abort', ring);
  const isOver = (): boolean => signal?.aborted === true;
  let after = request.after;
  let isLive = false;
  let reported = 0;
  try {
    while (!isOver()) {
      // The head first: what is at or below it is visible to the read that follows.
      const head = await store.head(space);
      const page = await store.read({ space, after, limit: PAGE, ...(types === undefined ? {} : { types }) });
      // After the page: what was removed before it was read is known by now.
      const removed = await store.truncated(space);
      if (removed > after && removed !== reported) {
        reported = removed;
        after = Math.min(removed, (page[0]?.position ?? Infinity) - 1);
        yield { kind: 'truncated', position: after };
      }
      if (isLive && page.length === PAGE) {
        isLive = false;
        yield { kind: 'fellBehind', position: after };
      }
      for (const stored of page) {
        if (isOver()) return;
        after = stored.position;
        yield { kind: 'event', stored };
      }
      if (page.length === PAGE) continue;
      after = Math.max(after, head);
      if (!isLive) {
        isLive = true;
        yield { kind: 'caughtUp', position: after };
      }
      if (!isOver()) await bell.wait(pollMs);
    }
  } finally {
    leave();
  }
}

/** The position that a reader of a name has dealt with; 0 for a new one. */
export async function checkpointOf({ db }: Pick<Database, 'db'>, name: string): Promise<number> {
  const row = await db.selectFrom('checkpoints').select('position').where('name', '=', name).executeTakeFirst();
  return row?.position ?? 0;
}

/** Remembers how far a reader is. It never goes back, and retention holds before it. Safe to repeat. */
export async function saveCheckpoint(
  { db }: Pick<Database, 'db'>,
  name: string,
  position: number,
  now = Date.now(),
): Promise<void> {
  await db
    .insertInto('checkpoints')
    .values({ name, position, updated_at: now })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet({ position, updated_at: now }).where('checkpoints.position', '<=', position),
    )
    .execute();
}

/** The reader of that name is gone for good: retention need not wait for it. */
export async function dropCheckpoint({ db }: Pick<Database, 'db'>, name: string): Promise<void> {
  await db.deleteFrom('checkpoints').where('name', '=', name).execute();
}
