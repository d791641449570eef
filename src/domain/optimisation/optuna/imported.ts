import { isRefusal, refuse, type Refusal } from '../../../contracts/errors';
import { show } from '../../../contracts/ids';
import type { ImportedStudy } from '../../../contracts/optimisation/warm-start';
import type { OptunaStudy, OptunaTrial } from '../../../contracts/optimisation/optuna';
import type { Value } from '../../../contracts/variable';
import { isFeasible } from '../trial';
import { valueOf } from './distribution';
import { spaceOfTrials } from './space';

type Names = ReadonlyMap<string, string>;
type Imported = ImportedStudy['trials'][number];

/** Names of ours for names of theirs: what a name here may not have becomes an underscore. */
function namesFor(theirs: readonly string[], what: string, prefix = ''): Names | Refusal {
  const names = new Map<string, string>();
  for (const each of theirs) {
    const plain = `${prefix}${each.replace(/[^A-Za-z0-9_]/g, '_')}`.slice(0, 64);
    const name = /^[A-Za-z]/.test(plain) ? plain : `p_${plain}`.slice(0, 64);
    const other = [...names].find(([, ours]) => ours === name);
    if (other !== undefined)
      return refuse('invalid-import', `the ${what} ${show(other[0])} and ${show(each)} would both be called ${name}`);
    names.set(each, name);
  }
  return names;
}

const allKeys = (of: readonly Readonly<Record<string, unknown>>[]): readonly string[] => [
  ...new Set(of.flatMap((each) => Object.keys(each))),
];

/** Why a trial cannot be learned from; nothing for one that can. */
function lackOf({ state, values, constraints }: OptunaTrial, bounded: readonly string[]): string | undefined {
  if (state !== 'complete') return state;
  if (!Number.isFinite(values[0])) return 'without a finite value';
  return bounded.every((key) => Number.isFinite(constraints[key])) ? undefined : 'without all constraints';
}

function counted(reasons: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const each of reasons) counts[each] = (counts[each] ?? 0) + 1;
  return counts;
}

const instant = (time: string | undefined): string | undefined => {
  const ms = Date.parse(time ?? '');
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
};

/** A trial as ours; `undefined` for a parameter without a counterpart, by name. */
function trialOf(
  theirs: OptunaTrial,
  ours: {
    readonly params: Names;
    readonly constraints: Names;
    readonly measure: string;
    readonly bounds: ImportedStudy['subjectTo'];
  },
): Imported | Refusal {
  const configuration: Record<string, Value> = {};
  for (const [parameter, { internal, distribution }] of Object.entries(theirs.params)) {
    const value = valueOf(distribution, internal);
    if (value === undefined || value === null) {
      const text = `trial ${String(theirs.number)}: the parameter ${show(parameter)} has no value that can be kept; got ${value === null ? 'a choice such as None' : `the choice ${String(internal)}`}`;
      return refuse('invalid-import', text);
    }
    configuration[ours.params.get(parameter) ?? parameter] = value;
  }
  const bounded = Object.entries(theirs.constraints).map(([key, value]) => [ours.constraints.get(key) ?? key, value]);
  const measures = {
    [ours.measure]: theirs.values[0] ?? NaN,
    ...(Object.fromEntries(bounded) as Record<string, number>),
  };
  const [begunAt, endedAt] = [instant(theirs.begunAt), instant(theirs.endedAt)];
  const askedAt = begunAt ?? endedAt ?? new Date(0).toISOString();
  return {
    number: theirs.number + 1,
    configuration,
    state: 'complete',
    attempts: 1,
    measures,
    feasible: isFeasible(ours.bounds, measures),
    askedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
  };
}

/**
 * What of a study of Optuna a study here can begin with: its complete trials with a finite value, the objective, and its
 * constraints as bounds. Numbers count from 1 here. Pure.
 *
 * @param measure how the objective is to be called
 * @returns `invalid-import` for several objectives, no trial to learn from, or what has no counterpart here. Trials whose
 *   parameters no space of ours describes are given all the same: then `space` is the refusal that says why
 */
export function importedOf({ name, directions, trials }: OptunaStudy, measure = 'value'): ImportedStudy | Refusal {
  const [direction] = directions;
  if (direction === undefined || directions.length > 1)
    return refuse('invalid-import', `a study here has one objective; ${show(name)} has ${String(directions.length)}`);
  const complete = trials.filter(({ state }) => state === 'complete');
  const bounded = allKeys(complete.map(({ constraints }) => constraints));
  const good = complete.filter((trial) => lackOf(trial, bounded) === undefined);
  if (good.length === 0)
    return refuse(
      'invalid-import',
      `${show(name)} has no complete trial with a finite value; it has ${String(trials.length)} trials`,
    );
  const params = namesFor(allKeys(good.map((trial) => trial.params)), 'parameters');
  if (isRefusal(params)) return params;
  const constraints = namesFor(bounded, 'constraints', 'constraint_');
  if (isRefusal(constraints)) return constraints;
  const subjectTo = Object.fromEntries([...constraints.values()].map((each) => [each, { atMost: 0 }]));
  const own: Imported[] = [];
  for (const each of good) {
    const trial = trialOf(each, { params, constraints, measure, bounds: subjectTo });
    if (isRefusal(trial)) return trial;
    own.push(trial);
  }
  const configurations = own.map(({ configuration }) => configuration);
  const renamed = [...params].filter(([theirs, ours]) => theirs !== ours);
  return {
    study: name,
    objective: { measure, direction },
    subjectTo,
    trials: own,
    space: spaceOfTrials(good, configurations, (parameter) => params.get(parameter) ?? parameter),
    leftOut: counted(trials.flatMap((trial) => lackOf(trial, bounded) ?? [])),
    renamed: Object.fromEntries(renamed),
  };
}
