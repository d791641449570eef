import { refuse, type Refusal } from '../contracts/errors';
import { show } from '../contracts/ids';
import type { Attributes } from '../contracts/optimisation/attributes';
import type { EarlierTrial, ExportFormat, Objective, StudySpec, Trial } from '../contracts/optimisation/study';
import { jsonLine } from '../domain/optimisation/json-line';
import type { Rated } from '../domain/optimisation/importance/importance';
import { lossOf, objectivesOf, wantedMeasures } from '../domain/optimisation/trial';
import { journalHeading, journalLine } from '../domain/optimisation/optuna/journal-text';
import { csvHeading, csvLine } from '../domain/optimisation/trials-csv';

/**
 * The objective by which importance is measured: the only one, or of several the one that is named.
 * @returns `invalid-request` when none is named, or another measure is
 */
export function objectiveNamed(spec: StudySpec, measure: string | undefined): Objective | Refusal {
  const objectives = objectivesOf(spec);
  const names = objectives.map((each) => each.measure).join(', ');
  const found = objectives.find((each) => each.measure === measure);
  if (found !== undefined) return found;
  if (measure !== undefined) return refuse('invalid-request', `measure is one of ${names}; got ${show(measure)}`);
  return objectives.length === 1
    ? spec.objective
    : refuse('invalid-request', `with several objectives importance is of one; name the measure: ${names}`);
}

/** The trials that have a result, as far as importance goes. */
export async function ratedOf(
  objective: Objective,
  pages: AsyncIterable<readonly Trial[]> | Iterable<readonly Trial[]>,
): Promise<readonly Rated[]> {
  const rated: Rated[] = [];
  for await (const page of pages) {
    for (const { state, configuration, measures } of page) {
      const loss = state === 'complete' ? lossOf({ objective }, measures) : undefined;
      if (loss !== undefined) rated.push({ configuration, loss });
    }
  }
  return rated;
}

/** The trial with a number; pages are by number. */
export async function trialIn(pages: AsyncIterable<readonly Trial[]>, number: number): Promise<Trial | undefined> {
  for await (const page of pages) {
    const found = page.find((each) => each.number === number);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A trial behind all that it goes on from, the start first; empty when there is none. Pages are by number. */
export async function lineOf(pages: AsyncIterable<readonly Trial[]>, number: number): Promise<readonly Trial[]> {
  const known = new Map<number, Trial>();
  for await (const page of pages) {
    for (const trial of page) known.set(trial.number, trial);
    // a parent is always older
    if (known.has(number)) break;
  }
  const line: Trial[] = [];
  for (let at = known.get(number); at !== undefined; at = known.get(at.lineage?.from ?? 0)) line.unshift(at);
  return line;
}

/** The complete trials with what another study of the same request learns from, by number. */
export async function earlierOf(
  spec: StudySpec,
  pages: AsyncIterable<readonly Trial[]>,
): Promise<readonly EarlierTrial[]> {
  const wanted = wantedMeasures(spec);
  const complete: Trial[] = [];
  for await (const page of pages) complete.push(...page.filter(({ state }) => state === 'complete'));
  complete.sort((a, b) => a.number - b.number);
  return complete.map(({ configuration, measures = {} }) => ({
    configuration,
    measures: Object.fromEntries(wanted.map((name) => [name, measures[name] ?? NaN])),
  }));
}

/** What an export needs of a study. */
interface Exported {
  readonly name: string;
  readonly spec: StudySpec;
  readonly attributes?: Attributes;
}

/** How a study is written in a form: what stands first, and what stands for a trial. */
function formOf(
  format: ExportFormat,
  { name, spec, attributes }: Exported,
): { readonly heading: string; readonly lineOf: (trial: Trial) => string } {
  switch (format) {
    case 'jsonl':
      return { heading: '', lineOf: jsonLine };
    case 'csv':
      return { heading: csvHeading(spec), lineOf: (trial) => csvLine(spec, trial) };
    case 'optuna':
      return { heading: journalHeading(name, spec, attributes), lineOf: (trial) => journalLine(spec, trial) };
  }
}

/** Trials as text, a piece for each page. */
export async function* exportOf(
  study: Exported,
  pages: AsyncIterable<readonly Trial[]>,
  format: ExportFormat,
): AsyncIterable<string> {
  const { heading, lineOf } = formOf(format, study);
  if (heading !== '') yield heading;
  for await (const page of pages) if (page.length > 0) yield page.map(lineOf).join('');
}
