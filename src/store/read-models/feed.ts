import type { EventStore, StoredEvent } from '../../contracts/event-store';
import type { ReadModels } from '../../contracts/read-models';
import { subscribe } from '../subscription';

/** The events of a subscription: catch-up, then live. A gap that retention made is told, never silent (EVT-5). */
export async function* feedOf(
  store: EventStore,
  { onResync, onCaughtUp, ...request }: Parameters<ReadModels['feed']>[0],
): AsyncGenerator<StoredEvent, void, void> {
  for await (const item of subscribe(store, request)) {
    if (item.kind === 'event') yield item.stored;
    else if (item.kind === 'truncated') onResync?.(item.position);
    else if (item.kind === 'caughtUp') onCaughtUp?.(item.position);
  }
}
