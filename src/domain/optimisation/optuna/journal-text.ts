import type { Reports } from '../../../contracts/optimisation/pruning';
import type { Attributes } from '../../../contracts/optimisation/attributes';
import type { Dimension } from '../../../contracts/optimisation/search-space';
import type { Bounds, Measures, StudySpec, Trial } from '../../../contracts/optimisation/study';
import { encode, levelsOf, onStep } from '../dimension';
import { jsonLine } from '../json-line';
import { objectivesOf } from '../trial';

type Of = Pick<StudySpec, 'space' | 'objective' | 'objectives' | 'subjectTo'>;

/** Optuna's numbers of operations, directions and states. */
const [CREATE_STUDY, SET_STUDY_USER_ATTRIBUTE, CREATE_TRIAL] = [0, 2, 4];
const DIRECTIONS = { minimise: 1, maximise: 2 } as const;
const STATES = { complete: 1, pruned: 2, failed: 3, cancelled: 3 } as const;

function distributionOf(dimension: Dimension): string {
  const distribution = (name: string, attributes: object): string => JSON.stringify({ name, attributes });
  if (dimension.kind === 'float' || dimension.kind === 'int') {
    const { kind, low, log, step } = dimension;
    // Optuna wants the last step for the end of a range, and says so at each trial
    const high =
      step === undefined || log ? dimension.high : onStep(low, dimension.high, step, levelsOf(dimension) - 1);
    return distribution(kind === 'int' ? 'IntDistribution' : 'FloatDistribution', {
      low,
      high,
      log,
      step: step ?? null,
    });
  }
  const choices = dimension.kind === 'boolean' ? [false, true] : dimension.choices;
  return distribution('CategoricalDistribution', { choices });
}

/** Bounds as Optuna has them: numbers that are 0 or less when the bound held. */
function constraintsOf(bounds: Bounds, measures: Measures): Readonly<Record<string, number>> {
  const entries = Object.entries(bounds).flatMap(([name, { atMost, atLeast }]) => {
    const measure = measures[name];
    if (measure === undefined) return [];
    return [
      ...(atMost === undefined ? [] : [[`constraints:${name} atMost`, measure - atMost] as const]),
      ...(atLeast === undefined ? [] : [[`constraints:${name} atLeast`, atLeast - measure] as const]),
    ];
  });
  return Object.fromEntries(entries);
}

/** What is no number has no place in JSON as other readers know it, and is left out. */
function intermediate({ steps, values }: Reports = { steps: [], values: [] }): Readonly<Record<string, number>> {
  const pairs = steps.map((step, at) => [String(step), values[at]] as const);
  return Object.fromEntries(pairs.filter((pair): pair is readonly [string, number] => typeof pair[1] === 'number'));
}

const line = (log: object): string => jsonLine({ ...log, worker_id: 'mabeam' });
/** As every Python reads it: before 3.11 it knew no Z. */
const instant = (time: string): string => time.replace(/Z$/, '+00:00');

/** An attribute of the name of another measure has this before its own; names here have no colon. */
export const NOTED = 'mabeam:attribute:';

/** The first lines of a journal: the study, and what is noted of it. */
export function journalHeading(name: string, spec: Of, attributes: Attributes = {}): string {
  const directions = objectivesOf(spec).map(({ direction }) => DIRECTIONS[direction]);
  const noted = Object.entries(attributes).map(([key, value]) =>
    line({ op_code: SET_STUDY_USER_ATTRIBUTE, study_id: 0, user_attr: { [key]: value } }),
  );
  return line({ op_code: CREATE_STUDY, study_name: name, directions }) + noted.join('');
}

/**
 * A trial as a line of the journal that Optuna's `JournalStorage` loads; empty for one that runs or waits, which nobody would end there.
 * One that failed or was cancelled is `FAIL`. Measures but the objectives are user attributes, and so are attributes; one that has
 * the name of such a measure is `mabeam:attribute:<name>`. `mabeam:number` is our number, and an ordinal is a choice.
 */
export function journalLine(spec: Of, trial: Trial): string {
  const { space, subjectTo } = spec;
  const { state, number, configuration, measures = {}, attributes = {}, refusal, askedAt, endedAt, reports } = trial;
  if (state === 'running' || state === 'waiting') return '';
  const active = Object.entries(space.dimensions).flatMap(([name, dimension]) => {
    const value = configuration[name];
    const internal = value === undefined ? undefined : encode(dimension, value);
    return internal === undefined ? [] : [{ name, internal, distribution: distributionOf(dimension) }];
  });
  const names = objectivesOf(spec).map(({ measure }) => measure);
  const others = Object.fromEntries(Object.entries(measures).filter(([name]) => !names.includes(name)));
  const noted = Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [Object.hasOwn(others, key) ? `${NOTED}${key}` : key, value]),
  );
  const values = state === 'complete' ? names.map((name) => measures[name] ?? null) : [];
  const error = refusal === undefined ? {} : { 'mabeam:error': `${refusal.code}: ${refusal.message}` };
  return line({
    op_code: CREATE_TRIAL,
    study_id: 0,
    datetime_start: instant(askedAt),
    datetime_complete: instant(endedAt ?? askedAt),
    state: STATES[state],
    value: values.length === 1 ? values[0] : null,
    values: values.length > 1 ? values : null,
    distributions: Object.fromEntries(active.map(({ name, distribution }) => [name, distribution])),
    params: Object.fromEntries(active.map(({ name, internal }) => [name, internal])),
    user_attrs: { ...noted, ...others, ...error, 'mabeam:number': number },
    system_attrs: constraintsOf(subjectTo, measures),
    intermediate_values: intermediate(reports),
  });
}
