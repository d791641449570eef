import { PlatformError, refuse } from '../contracts/errors';
import type { Page, PageRequest, ReadModels } from '../contracts/read-models';

/** The reader of the store that was plugged. @throws PlatformError `reads-unavailable` when none was */
export function readerOf(reads: ReadModels | undefined): ReadModels {
  if (reads === undefined) throw new PlatformError(refuse('reads-unavailable', 'no reader of the store is plugged'));
  return reads;
}

const PAGE_SIZE = 500;

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
