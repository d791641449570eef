import { PlatformError, refuse } from '../contracts/errors';
import type { Page, PageRequest, ReadModels } from '../contracts/read-models';
import { pauseOr } from './waiting';

/** The reader of the store that was plugged. @throws PlatformError `reads-unavailable` when none was */
export function readerOf(reads: ReadModels | undefined): ReadModels {
  if (reads === undefined) throw new PlatformError(refuse('reads-unavailable', 'no reader of the store is plugged'));
  return reads;
}

const PAGE_SIZE = 500;
const LOOK_MS = 50;
const WITHIN_MS = 10_000;

/** Which position a page has to reflect at least, and how long that is waited for; default 10 s. */
export interface AtLeast {
  readonly atLeast?: number | undefined;
  readonly withinMs?: number | undefined;
}

/** A page that reflects a position (REG-4). @throws PlatformError `timeout` when the read model does not come that far in time */
export async function pageAtLeast<T extends { readonly position: number }>(
  read: () => Promise<T>,
  { atLeast = 0, withinMs = WITHIN_MS, signal }: AtLeast & { readonly signal: AbortSignal },
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const page = await read();
    if (page.position >= atLeast) return page;
    if (signal.aborted || Date.now() > deadline) {
      const text = `the read model is at position ${String(page.position)}, not yet at ${String(atLeast)}`;
      throw new PlatformError(refuse('timeout', text));
    }
    await pauseOr(LOOK_MS, signal);
  }
}

/** All of a list, a page at a time: one page is held, no more. */
export async function* pagesOf<T>(
  pageOf: (page: Pick<PageRequest, 'pageSize' | 'pageToken'>) => Promise<Page<T>>,
): AsyncIterable<readonly T[]> {
  let pageToken: string | undefined;
  do {
    const page = await pageOf({ pageSize: PAGE_SIZE, ...(pageToken === undefined ? {} : { pageToken }) });
    yield page.items;
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
}
