import type { ExportFormat, StudySpec, Trial } from '../contracts/optimisation/study';
import { jsonLine } from '../domain/optimisation/json-line';
import type { Rated } from '../domain/optimisation/importance/importance';
import { lossOf } from '../domain/optimisation/trial';
import { journalHeading, journalLine } from '../domain/optimisation/optuna/journal-text';
import { csvHeading, csvLine } from '../domain/optimisation/trials-csv';

/** The trials that have a result, as far as importance goes. */
export async function ratedOf(
  spec: Pick<StudySpec, 'objective'>,
  pages: AsyncIterable<readonly Trial[]> | Iterable<readonly Trial[]>,
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

/** How a study is written in a form: what stands first, and what stands for a trial. */
function formOf(
  format: ExportFormat,
  name: string,
  spec: StudySpec,
): { readonly heading: string; readonly lineOf: (trial: Trial) => string } {
  switch (format) {
    case 'jsonl':
      return { heading: '', lineOf: jsonLine };
    case 'csv':
      return { heading: csvHeading(spec), lineOf: (trial) => csvLine(spec, trial) };
    case 'optuna':
      return { heading: journalHeading(name, spec), lineOf: (trial) => journalLine(spec, trial) };
  }
}

/** Trials as text, a piece for each page. */
export async function* exportOf(
  { name, spec }: { readonly name: string; readonly spec: StudySpec },
  pages: AsyncIterable<readonly Trial[]>,
  format: ExportFormat,
): AsyncIterable<string> {
  const { heading, lineOf } = formOf(format, name, spec);
  if (heading !== '') yield heading;
  for await (const page of pages) if (page.length > 0) yield page.map(lineOf).join('');
}
