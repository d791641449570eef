import { isRefusal, refuse, type Refusal } from '../../../contracts/errors';
import { show } from '../../../contracts/ids';
import type { Attributes } from '../../../contracts/optimisation/attributes';
import type { ImportedStudy } from '../../../contracts/optimisation/warm-start';
import type { OptunaStudy, OptunaTrial } from '../../../contracts/optimisation/optuna';
import { MAX_OBJECTIVES, type Objective } from '../../../contracts/optimisation/study';
import type { Value } from '../../../contracts/variable';
import { OF_STUDY, OF_TRIAL, partOf } from '../attributes';
import { MEASURE } from '../objectives';
import { isFeasible } from '../trial';
import { valueOf } from './distribution';
import { nameHere } from './names';
import { notedHere } from './noted';
import { spaceOfTrials } from './space';

type Names = ReadonlyMap<string, string>;
type Imported = ImportedStudy['trials'][number];

/** Names of ours for names of theirs: what a name here may not have becomes an underscore. */
function namesFor(theirs: readonly string[], what: string, prefix = ''): Names | Refusal {
  const names = new Map<string, string>();
  for (const each of theirs) {
    const name = nameHere(`${prefix}${each}`, /[^A-Za-z0-9_]/g, 'p_');
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

/** The objectives with their names here: those that are given, else `value`, or `value_0`, `value_1` … of several. */
function objectivesOf(
  { name, directions }: Pick<OptunaStudy, 'name' | 'directions'>,
  given: string | readonly string[] | undefined,
): readonly Objective[] | Refusal {
  const no = (why: string): Refusal => refuse('invalid-import', why);
  const count = directions.length;
  if (count < 1 || count > MAX_OBJECTIVES)
    return no(`a study here has 1 to ${String(MAX_OBJECTIVES)} objectives; ${show(name)} has ${String(count)}`);
  const several = directions.map((_direction, at) => `value_${String(at)}`);
  const measures = typeof given === 'string' ? [given] : (given ?? (count === 1 ? ['value'] : several));
  if (measures.length !== count)
    return no(`${show(name)} has ${String(count)} objectives; got ${String(measures.length)} names of measures`);
  const odd = measures.find((each, at) => !MEASURE.test(each) || measures.indexOf(each) !== at);
  if (odd !== undefined)
    return no(`a measure is 1 to 64 letters, digits, ".", "_", "-", and has a name of its own; got ${show(odd)}`);
  return directions.map((direction, at) => ({ measure: measures[at] ?? '', direction }));
}

/** What is judged of a trial: how many objectives it has to have, and the constraints that others have. */
interface Wanted {
  readonly objectives: number;
  readonly bounded: readonly string[];
}

/** Why a trial cannot be learned from; nothing for one that can. */
function lackOf({ state, values, constraints }: OptunaTrial, { objectives, bounded }: Wanted): string | undefined {
  if (state !== 'complete') return state;
  if (values.length !== objectives || !values.every(Number.isFinite)) return 'without a finite value';
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
    readonly objectives: readonly Objective[];
    readonly bounds: ImportedStudy['subjectTo'];
    readonly noted: Attributes;
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
  const sought = ours.objectives.map(({ measure }, at) => [measure, theirs.values[at] ?? NaN]);
  const measures = Object.fromEntries([...sought, ...bounded]) as Record<string, number>;
  const [begunAt, endedAt] = [instant(theirs.begunAt), instant(theirs.endedAt)];
  const askedAt = begunAt ?? endedAt ?? new Date(0).toISOString();
  return {
    number: theirs.number + 1,
    configuration,
    state: 'complete',
    attempts: 1,
    measures,
    feasible: isFeasible(ours.bounds, measures),
    ...partOf(ours.noted),
    askedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
  };
}

/**
 * What of a study of Optuna a study here can begin with: its complete trials with finite values, the objectives, and its
 * constraints as bounds, with what is noted of it and of them as far as it fits. Numbers count from 1 here. Pure.
 *
 * @param named how the objectives are to be called, in Optuna's order; default `value`, of several `value_0`, `value_1` …
 * @returns `invalid-import` for names that do not fit, no trial to learn from, or what has no counterpart here. Trials whose
 *   parameters no space of ours describes are given all the same: then `space` is the refusal that says why
 */
export function importedOf(theirs: OptunaStudy, named?: string | readonly string[]): ImportedStudy | Refusal {
  const { name, trials } = theirs;
  const objectives = objectivesOf(theirs, named);
  if (isRefusal(objectives)) return objectives;
  const [objective = { measure: '', direction: 'minimise' }] = objectives;
  const complete = trials.filter(({ state }) => state === 'complete');
  const bounded = allKeys(complete.map(({ constraints }) => constraints));
  const wanted = { objectives: objectives.length, bounded };
  const good = complete.filter((trial) => lackOf(trial, wanted) === undefined);
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
  const taken = objectives.find(({ measure }) => Object.hasOwn(subjectTo, measure));
  if (taken !== undefined)
    return refuse('invalid-import', `a constraint is called ${taken.measure} here: call the objective otherwise`);
  const ofStudy = notedHere(theirs.attributes, OF_STUDY);
  let attributesLeftOut = ofStudy.leftOut;
  const own: Imported[] = [];
  for (const each of good) {
    const { attributes: noted, leftOut } = notedHere(each.attributes, OF_TRIAL);
    const trial = trialOf(each, { params, constraints, objectives, bounds: subjectTo, noted });
    if (isRefusal(trial)) return trial;
    attributesLeftOut += leftOut;
    own.push(trial);
  }
  const configurations = own.map(({ configuration }) => configuration);
  const renamed = [...params].filter(([theirName, ours]) => theirName !== ours);
  return {
    study: name,
    objective,
    ...(objectives.length > 1 ? { objectives } : {}),
    subjectTo,
    trials: own,
    space: spaceOfTrials(good, configurations, (parameter) => params.get(parameter) ?? parameter),
    leftOut: counted(trials.flatMap((trial) => lackOf(trial, wanted) ?? [])),
    renamed: Object.fromEntries(renamed),
    ...partOf(ofStudy.attributes),
    ...(attributesLeftOut === 0 ? {} : { attributesLeftOut }),
  };
}
