import { isRefusal, PlatformError, refuse, type Refusal } from '../contracts/errors';
import type { OptunaStudy } from '../contracts/optimisation/optuna';
import type {
  EarlierTrial,
  KeptStudyRequest,
  Objective,
  StudyInit,
  StudyRequest,
} from '../contracts/optimisation/study';
import {
  MAX_EARLIER,
  MAX_EARLIER_BYTES,
  type ImportedStudy,
  type WarmStart,
} from '../contracts/optimisation/warm-start';
import { importedOf } from '../domain/optimisation/optuna/imported';
import { readJournal } from '../domain/optimisation/optuna/journal';
import { objectivesOf } from '../domain/optimisation/trial';
import { checkArguments, fingerprintOf } from './messages';

function orThrow<T>(answer: T): Exclude<T, Refusal> {
  if (isRefusal(answer)) throw new PlatformError(answer);
  return answer as Exclude<T, Refusal>;
}

/**
 * The studies in a file of Optuna's `JournalStorage`, from its lines without their ends; in one pass, so a file may be large.
 * @throws PlatformError `invalid-import` with the number of the line
 */
export async function readOptunaJournal(lines: AsyncIterable<string>): Promise<readonly OptunaStudy[]> {
  const reader = readJournal();
  for await (const line of lines) {
    const odd = reader.take(line);
    if (odd !== undefined) throw new PlatformError(odd);
  }
  return orThrow(reader.studies());
}

/**
 * Names the one study that is meant, of those that are there.
 * @param place what has them, in words
 * @param how how one is chosen, in words
 * @throws PlatformError `study-not-found`; `invalid-request` when there are several and nobody said which
 */
export function chooseStudy(
  place: string,
  wanted: string | undefined,
  how: string,
): (names: readonly string[]) => string {
  return (names) => {
    const [first, ...others] = wanted === undefined ? names : names.filter((name) => name === wanted);
    const listed = names.join(', ') || 'none';
    if (first === undefined)
      throw new PlatformError(refuse('study-not-found', `${place} has no study ${wanted ?? ''}; it has ${listed}`));
    if (others.length > 0)
      throw new PlatformError(refuse('invalid-request', `${place} has ${listed}: choose one with ${how}`));
    return first;
  };
}

/**
 * What of a study of Optuna a study here can begin with.
 * @param measures how the objectives are to be called, in the order that they have there; default `value`, of several `value_0`,
 *   `value_1` …
 * @throws PlatformError `invalid-import`
 */
export function importStudy(study: OptunaStudy, measures?: string | readonly string[]): ImportedStudy {
  return orThrow(importedOf(study, measures));
}

/** What the start of a study says of what it is imported from: space, objectives, bounds, attributes, and the trials that it has learnt from. */
export type ImportedRequest = Pick<
  StudyRequest,
  'space' | 'over' | 'minimise' | 'maximise' | 'subjectTo' | 'attributes'
> & {
  readonly warmStart: WarmStart;
};

/**
 * What the start of a study that goes on where an imported one stood says: the rest, such as evaluator and budget, is the
 * caller's.
 * @param over the set whose values are sought; default: the space of what was imported
 * @throws PlatformError `invalid-import` when no space here describes what was imported, and no set is given
 */
export function requestOfImport(imported: ImportedStudy, over?: string): ImportedRequest {
  const { study, space, subjectTo, trials, attributes } = imported;
  const measures = (wanted: Objective['direction']): readonly string[] =>
    objectivesOf(imported).flatMap(({ measure, direction }) => (direction === wanted ? [measure] : []));
  const aims = (['minimise', 'maximise'] as const).flatMap((direction) => {
    const [measure, ...more] = measures(direction);
    return measure === undefined ? [] : [[direction, more.length === 0 ? measure : [measure, ...more]] as const];
  });
  return {
    ...(over === undefined ? { space: orThrow(space) } : { over }),
    ...Object.fromEntries(aims),
    ...(Object.keys(subjectTo).length === 0 ? {} : { subjectTo }),
    ...(attributes === undefined ? {} : { attributes }),
    warmStart: { trials, from: `study ${study} of Optuna` },
  };
}

/** A warm start as it is sent: the trials with what a study needs of them, and what tells them apart from others. */
export async function warmStartOf({ trials, from }: WarmStart): Promise<{
  readonly request: Required<Pick<KeptStudyRequest, 'warmStart'>>;
  readonly earlier: NonNullable<StudyInit['earlier']>;
}> {
  // an agent's request comes from a workflow: it may be anything
  if (!Array.isArray(trials)) throw new PlatformError(refuse('invalid-request', 'a warm start lists its trials'));
  const earlier = (trials as readonly EarlierTrial[]).map(({ configuration, measures }) => ({
    configuration,
    measures,
  }));
  if (earlier.length === 0 || earlier.length > MAX_EARLIER) {
    const text = `a warm start has 1 to ${String(MAX_EARLIER)} trials; got ${String(earlier.length)}`;
    throw new PlatformError(refuse('limit-reached', text));
  }
  checkArguments(earlier, MAX_EARLIER_BYTES);
  const fingerprint = await fingerprintOf(earlier);
  const warmStart = { trials: earlier.length, fingerprint, ...(from === undefined ? {} : { from }) };
  return { request: { warmStart }, earlier };
}
