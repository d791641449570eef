import type { ExportFormat, StudySpec, Trial } from '../contracts/optimisation/study';
import type { Page, PageRequest } from '../contracts/read-models';
import type { Rated } from '../domain/optimisation/importance/importance';
import { lossOf } from '../domain/optimisation/trial';
import { csvHeading, csvLine } from '../domain/optimisation/trials-csv';

const PAGE_SIZE = 500;

/** All trials of a study, a page at a time: one page is held, no more. */
export async function* trialsByPage(
  pageOf: (page: Omit<PageRequest, 'space'>) => Promise<Page<Trial>>,
): AsyncIterable<readonly Trial[]> {
  let pageToken: string | undefined;
  do {
    const page = await pageOf({ pageSize: PAGE_SIZE, ...(pageToken === undefined ? {} : { pageToken }) });
    yield page.items;
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
}

/** The trials that have a result, as far as importance goes. */
export async function ratedOf(
  spec: Pick<StudySpec, 'objective'>,
  pages: AsyncIterable<readonly Trial[]>,
): Promise<readonly Rated[]> {
  const rated: Rated[] = [];
  for await (const page of pages) {
    for (const { state, configuration, measures } of page) {
      const loss = state === 'complete' ? lossOf(spec, measures) : undefined;
      if (loss !== undefined) rated.push({ configuration, loss });
    }
  }
  return rated;
}

/** Trials as text, a piece for each page. */
export async function* exportOf(
  spec: StudySpec,
  pages: AsyncIterable<readonly Trial[]>,
  format: ExportFormat,
): AsyncIterable<string> {
  const lineOf = (trial: Trial): string => (format === 'csv' ? csvLine(spec, trial) : `${JSON.stringify(trial)}\n`);
  if (format === 'csv') yield csvHeading(spec);
  for await (const page of pages) if (page.length > 0) yield page.map(lineOf).join('');
}
