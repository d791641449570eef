import type { EventStore, StoredEvent } from '../../contracts/event-store';
import { subscribe, type SubscriptionRequest } from '../subscription';

/** The events of a subscription alone: catch-up, then live. */
export async function* feedOf(
  store: EventStore,
  request: SubscriptionRequest,
): AsyncGenerator<StoredEvent, void, void> {
  for await (const item of subscribe(store, request)) {
    if (item.kind === 'event') yield item.stored;
  }
}
