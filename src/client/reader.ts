import { PlatformError, refuse } from '../contracts/errors';
import type { ReadModels } from '../contracts/read-models';

/** The reader of the store that was plugged. @throws PlatformError `reads-unavailable` when none was */
export function readerOf(reads: ReadModels | undefined): ReadModels {
  if (reads === undefined) throw new PlatformError(refuse('reads-unavailable', 'no reader of the store is plugged'));
  return reads;
}
