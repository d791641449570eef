import { PlatformError, refuse } from '../../contracts/errors';
import type { PageRequest } from '../../contracts/read-models';

const DEFAULT_SIZE = 50;
const MAX_SIZE = 500;

/** @throws PlatformError `invalid-request` for a size that is not 1 to 500 */
export function pageSizeOf({ pageSize = DEFAULT_SIZE }: PageRequest): number {
  if (Number.isInteger(pageSize) && pageSize >= 1 && pageSize <= MAX_SIZE) return pageSize;
  throw new PlatformError(
    refuse('invalid-request', `a page has 1 to ${String(MAX_SIZE)} items; got ${String(pageSize)}`),
  );
}

/** The number that a token of ours is. @throws PlatformError `invalid-request` */
export function numberOfToken(token: string | undefined): number | undefined {
  if (token === undefined) return undefined;
  if (/^\d{1,15}$/.test(token)) return Number(token);
  throw new PlatformError(refuse('invalid-request', 'expected a pageToken that this list answered'));
}
