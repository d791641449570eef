import type { Page } from '../../contracts/read-models';
import { MAX_PARKED, type ParkedMessage, type SubscriptionStore } from '../../contracts/subscription';
import { upcast, type Upcasters } from '../envelope';
import { numberOfToken, pageSizeOf } from '../read-models/page';
import { ofGroup, within, type Locked } from './group';

/** One page of what was set aside, oldest position first. @throws PlatformError `invalid-request` */
export async function listParked(
  locked: Locked,
  request: Parameters<SubscriptionStore['parked']>[0],
  upcasters: Upcasters,
): Promise<Page<ParkedMessage>> {
  const size = pageSizeOf(request);
  const rows = await locked.work
    .selectFrom('deliveries')
    .select(['position', 'event', 'attempts', 'reason', 'due_at'])
    .where(ofGroup(locked))
    .where('state', '=', 'parked')
    .where('position', '>', numberOfToken(request.pageToken) ?? 0)
    .orderBy('position')
    .limit(size + 1)
    .execute();
  const items = rows.slice(0, size).map(({ position, event, attempts, reason, due_at: at }): ParkedMessage => ({
    position,
    ...(event === null ? {} : { event: upcast(event, upcasters) }),
    attempts,
    reason,
    parkedAt: new Date(at).toISOString(),
  }));
  const next = rows.length > size ? items.at(-1)?.position : undefined;
  return { items, position: locked.position, ...(next === undefined ? {} : { nextPageToken: String(next) }) };
}

/** Parked messages wait to be handed out anew, with all their retries. @throws PlatformError `invalid-request` */
export async function replay(
  locked: Locked,
  positions: readonly number[] | undefined,
): Promise<{ readonly replayed: number }> {
  if (positions !== undefined) within('the number of positions', positions.length, 1, MAX_PARKED);
  let rows = locked.work
    .updateTable('deliveries')
    .set((of) => ({ state: 'waiting', attempts: 0, due_at: locked.now, given_back: of('given_back', '+', 1) }))
    .where(ofGroup(locked))
    .where('state', '=', 'parked');
  if (positions !== undefined) rows = rows.where('position', 'in', positions);
  const { numUpdatedRows } = await rows.executeTakeFirstOrThrow();
  return { replayed: Number(numUpdatedRows) };
}
