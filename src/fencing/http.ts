import type { Fence } from './fence';
import { tokenOf } from './fence';
import { heldToken } from './held';

/** The header in which a fencing token travels. */
export const FENCING_HEADER = 'Mabeam-Fencing-Token';

/**
 * The headers of a request that is made while a lock is held. The far side must check them: sending alone fences nothing.
 *
 * @param token default: that of the lock under which this activity runs; `lock` says which, if there are several
 * @throws PlatformError `not-holder` when there is none
 */
export function fencingHeaders({ token, lock }: { readonly token?: number; readonly lock?: string } = {}): Readonly<
  Record<string, string>
> {
  return { [FENCING_HEADER]: String(token ?? heldToken(lock)) };
}

/**
 * The check of the far side, for one resource: call it right before the act.
 *
 * @param header the value of FENCING_HEADER as it came; a request without one is refused
 * @throws PlatformError `stale-token`, `invalid-request`
 */
export function admitRequest(fence: Fence, header: string | readonly string[] | undefined): void {
  fence.admit(tokenOf(header));
}
