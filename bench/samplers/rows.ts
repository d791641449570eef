import { median, type Row } from '../measure';
import type { Match } from './matches';
import type { Faulty, Played } from './play';
import type { Course } from './problem';
import { holm, meanDifference, worseP } from './statistics';

const SIGNIFICANT = 0.05;
/** After these numbers of evaluations a page shows how it stands, and at the end, which is judged. */
const SHOWN = [25, 50, 100, 200];
/** A study in batches may miss so much more than one whose trials come one by one. */
const BATCH_LOSS = 1.15;

type Courses = readonly Course[];

const after = (courses: Courses, trials: number): readonly number[] =>
  courses.map((course) => course[trials - 1] ?? NaN);
const meanOf = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;
const figure = (value: number): string => String(Number(value.toPrecision(2)));
const idOf = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/-$/, '');

/** What chance leaves on a problem in the mean: the unit in which problems are added up. */
const unitOf = ({ chance }: Played, trials: number): number => meanOf(after(chance, trials));

/** Differences to Optuna's by problem and seed, in that unit. */
function differences(
  played: readonly Played[],
  trials: number,
  of: readonly Courses[],
): readonly (readonly number[])[] {
  return played.map((each, problem) => {
    const theirs = after(each.theirs, trials);
    const unit = unitOf(each, trials);
    return after(of[problem] ?? [], trials).map((mine, at) => (mine - (theirs[at] ?? NaN)) / unit);
  });
}

/** The mean over the problems of the mean of what is missing, in that unit. */
function wholeOf(played: readonly Played[], trials: number, of: readonly Courses[]): number {
  return meanOf(played.map((each, problem) => meanOf(after(of[problem] ?? [], trials)) / unitOf(each, trials)));
}

/** p that courses are worse than Optuna's, by problem, adjusted together. */
function psOf(played: readonly Played[], trials: number, of: readonly Courses[]): readonly number[] {
  return holm(played.map((each, problem) => worseP(after(of[problem] ?? [], trials), after(each.theirs, trials))));
}

/** A row with figures of its own. */
function said(id: string, what: string, unit: string, ours: number, holds: boolean | null): Row {
  return { id, what, unit, ours, reference: null, ratio: null, bar: null, holds };
}

/** Problem by problem, all together, and the controls that must pass and must fail. */
export function rowsOf({ name, trials }: Match, played: readonly Played[]): readonly Row[] {
  const ours = played.map((each) => each.ours);
  const ps = psOf(played, trials, ours);
  const shown = [...SHOWN.filter((each) => each < trials), trials];
  const ofProblem = (each: Played, at: number): readonly Row[] =>
    shown.map((evaluations) => {
      const [mine, reference] = [median(after(each.ours, evaluations)), median(after(each.theirs, evaluations))];
      const p = ps[at] ?? NaN;
      const isLast = evaluations === trials;
      return {
        id: `${name}-${idOf(each.problem.name)}-${String(evaluations)}`,
        what: `${name} on ${each.problem.name}, after ${String(evaluations)}${isLast ? `; p ${figure(p)}` : ''}`,
        unit: each.problem.objectives > 1 ? 'of the volume' : 'regret',
        ours: mine,
        reference,
        ratio: reference === 0 ? null : mine / reference,
        bar: null,
        holds: isLast ? p >= SIGNIFICANT : null,
      };
    });
  const { mean, low, high } = meanDifference(differences(played, trials, ours));
  const [whole, reference] = [
    wholeOf(played, trials, ours),
    wholeOf(
      played,
      trials,
      played.map((each) => each.theirs),
    ),
  ];
  const control = played.map((each) => each.control);
  const controls = control[0]?.length ?? 0;
  const least = Math.min(...psOf(played, trials, control));
  const chance = psOf(
    played,
    trials,
    played.map((each) => each.chance),
  ).filter((p) => p < SIGNIFICANT).length;
  return [
    ...played.flatMap(ofProblem),
    {
      id: `${name}-mean`,
      what: `${name}: mean over all problems; difference ${figure(mean)}, 95 % from ${figure(low)} to ${figure(high)}`,
      unit: 'of chance',
      ours: whole,
      reference,
      ratio: whole / reference,
      bar: null,
      holds: low <= 0,
    },
    ...(controls === 0
      ? []
      : [
          said(
            `${name}-control`,
            `${name}: Optuna with ${String(controls)} other seeds passes the same test; least p`,
            'p',
            least,
            least >= SIGNIFICANT,
          ),
        ]),
    said(
      `${name}-chance`,
      `${name}: chance in its place is found worse`,
      'problems',
      chance,
      chance > played.length / 2,
    ),
  ];
}

/** How much more a player misses in batches than one by one. */
function lossOf(
  trials: number,
  one: readonly Played[],
  batches: readonly Courses[],
  singly: readonly Courses[],
): number {
  return wholeOf(one, trials, batches) / wholeOf(one, trials, singly);
}

/**
 * Faults must be found: on a problem by the ranks, on all together by the interval of the difference, or, of a sampler in
 * batches, by the bar of batches, which looks at all together, too.
 *
 * @param one the same problems one by one, of a match in batches; a fault of what is pending makes no difference there
 */
export function faultRows(
  { name, trials }: Match,
  played: readonly Played[],
  faults: readonly Faulty[],
  one: readonly Played[] = [],
): readonly Row[] {
  return faults.map(({ fault, courses }) => {
    const some = played.slice(0, courses.length);
    const found = psOf(some, trials, courses).filter((p) => p < SIGNIFICANT).length;
    const { low, high } = meanDifference(differences(some, trials, courses));
    const same = one.slice(0, courses.length);
    const loss =
      same.length === 0
        ? 0
        : lossOf(
            trials,
            same,
            courses,
            same.map(({ ours }) => ours),
          );
    const batches = loss === 0 ? '' : `, ${figure(loss)} times of what is missing one by one`;
    const what = `${name}, planted: ${fault.name}; found worse by rank on so many of ${String(some.length)} problems, difference 95 % from ${figure(low)} to ${figure(high)}${batches}`;
    return said(`${name}-${idOf(fault.name)}`, what, 'problems', found, found > 0 || low > 0 || loss > BATCH_LOSS);
  });
}

/** How much more is missing when trials come in batches. Optuna's own loss stands beside it. */
export function batchRow({ name, trials, batch }: Match, played: readonly Played[], one: readonly Played[]): Row {
  const of = (player: 'ours' | 'theirs'): number =>
    lossOf(
      trials,
      one,
      played.map((each) => each[player]),
      one.map((each) => each[player]),
    );
  const [ours, reference] = [of('ours'), of('theirs')];
  return {
    id: `${name}-loss`,
    what: `${name} of ${String(batch)}: what is missing, over what is missing when they come one by one`,
    unit: 'times',
    ours,
    reference,
    ratio: ours / reference,
    bar: BATCH_LOSS,
    holds: ours <= BATCH_LOSS,
  };
}
