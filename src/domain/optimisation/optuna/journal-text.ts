import type { Reports } from '../../../contracts/optimisation/pruning';
import type { Dimension } from '../../../contracts/optimisation/search-space';
import type { Bounds, Measures, StudySpec, Trial } from '../../../contracts/optimisation/study';
import { encode, levelsOf, onStep } from '../dimension';
import { jsonLine } from '../json-line';
import { objectivesOf } from '../trial';

type Of = Pick<StudySpec, 'space' | 'objective' | 'objectives' | 'subjectTo'>;

/** Optuna's numbers of operations, directions and states. */
const [CREATE_STUDY, CREATE_TRIAL] = [0, 4];
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

/** The first line of a journal: the study. */
export function journalHeading(name: string, spec: Of): string {
  const directions = objectivesOf(spec).map(({ direction }) => DIRECTIONS[direction]);
  return line({ op_code: CREATE_STUDY, study_name: name, directions });
}

/**
 * A trial as a line of the journal that Optuna's `JournalStorage` loads; empty for one that runs or waits, which nobody would end there.
 * One that failed or was cancelled is `FAIL`. Measures but the objectives are user attributes, `mabeam:number` is our number, and
 * an ordinal is a choice.
 */
export function journalLine(spec: Of, trial: Trial): string {
  const { space, subjectTo } = spec;
  const { state, number, configuration, measures = {}, refusal, askedAt, endedAt, reports } = trial;
  if (state === 'running' || state === 'waiting') return '';
  const active = Object.entries(space.dimensions).flatMap(([name, dimension]) => {
    const value = configuration[name];
    const internal = value === undefined ? undefined : encode(dimension, value);
    return internal === undefined ? [] : [{ name, internal, distribution: distributionOf(dimension) }];
  });
  const names = objectivesOf(spec).map(({ measure }) => measure);
  const others = Object.fromEntries(Object.entries(measures).filter(([name]) => !names.includes(name)));
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
    user_attrs: { ...others, ...error, 'mabeam:number': number },
    system_attrs: constraintsOf(subjectTo, measures),
    intermediate_values: intermediate(reports),
  });
}
