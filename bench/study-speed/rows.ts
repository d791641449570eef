import { compared, counted, type Row } from '../measure';
import { gapsOf, mean, paceOf, quantile } from './figures';
import type { Trace, Traced } from './trace';

/** The ends of the trials of each study of one kind, in milliseconds. */
export type Ends = readonly (readonly number[])[];

const P99 = 0.99;
/** "At least twice the throughput", as a ratio of milliseconds. */
const HALF = 0.5;
/** Events and workflow tasks of a trial in its study, without hand-overs to the store and renewals. */
const EVENTS = 6;
const TASKS = 1;
const GROWTH = 1.1;

/** Of our studies. */
export const endsOf = (traces: readonly Trace[]): Ends => traces.map(({ trials }) => trials.map(({ ended }) => ended));

const perSecond = (ms: number): string => (1_000 / ms).toFixed(1);
const sum = (trials: readonly Traced[], of: 'events' | 'tasks'): number =>
  trials.reduce((all, trial) => all + trial[of], 0);

/** One worker against Optuna. @param where the server of ours; judged is what runs on the reference's own database */
export function singleRows(
  { sampler, where, isJudged }: { readonly sampler: string; readonly where: string; readonly isJudged: boolean },
  ours: Ends,
  optuna: Ends,
): readonly Row[] {
  const [mine, theirs] = [ours.flatMap(gapsOf), optuna.flatMap(gapsOf)];
  const row = (of: string, figure: (gaps: readonly number[]) => number): Row =>
    compared({
      id: `single-${sampler}-${of}${isJudged ? '' : '-dev'}`,
      what: `a trial with one worker, ${sampler}, ours on ${where}: ${of}`,
      unit: 'ms',
      ours: figure(mine),
      reference: figure(theirs),
      ...(isJudged ? { bar: 1 } : {}),
    });
  return [row('mean', mean), row('p99', (gaps) => quantile(gaps, P99))];
}

/** Many workers against as many processes of Optuna. */
export function crowdRow(
  {
    parallelism,
    where,
    isJudged,
  }: { readonly parallelism: number; readonly where: string; readonly isJudged: boolean },
  ours: Ends,
  optuna: Ends,
): Row {
  const [mine, theirs] = [mean(ours.map(paceOf)), mean(optuna.map(paceOf))];
  const rates = `${perSecond(mine)} a second beside ${perSecond(theirs)}`;
  return compared({
    id: `crowd-${String(parallelism)}${where === 'Postgres' ? '' : '-dev'}`,
    what: `milliseconds for each trial, ${String(parallelism)} at once, random, ours on ${where}: ${rates}`,
    unit: 'ms',
    ours: mine,
    reference: theirs,
    ...(isJudged ? { bar: HALF } : {}),
  });
}

/** What a trial costs, counted. @param single with one worker @param crowd with many */
export function countRows(single: Trace, crowd: Trace, parallelism: number): readonly Row[] {
  const plain = single.trials.filter(({ isPlain }) => isPlain);
  if (plain.length === 0) throw new Error('no trial of the study has nothing else beside it');
  const most = (of: 'events' | 'tasks'): number => Math.max(...plain.map((trial) => trial[of]));
  const each = ({ trials }: Trace, of: 'events' | 'tasks'): number => sum(trials, of) / trials.length;
  const all = 'hand-overs to the store and renewals included';
  const many = `with ${String(parallelism)} at once`;
  return [
    counted({
      id: 'events',
      what: 'most events of a trial, one worker',
      unit: 'events',
      ours: most('events'),
      bar: EVENTS,
    }),
    counted({
      id: 'tasks',
      what: 'most workflow tasks of a trial, one worker',
      unit: 'tasks',
      ours: most('tasks'),
      bar: TASKS,
    }),
    counted({
      id: 'events-all',
      what: `events of a trial, one worker, ${all}`,
      unit: 'events',
      ours: each(single, 'events'),
    }),
    counted({
      id: 'tasks-all',
      what: `workflow tasks of a trial, one worker, ${all}`,
      unit: 'tasks',
      ours: each(single, 'tasks'),
    }),
    counted({
      id: 'events-crowd',
      what: `events of a trial ${many}, ${all}`,
      unit: 'events',
      ours: each(crowd, 'events'),
      bar: EVENTS,
    }),
    counted({
      id: 'tasks-crowd',
      what: `workflow tasks of a trial ${many}, ${all}`,
      unit: 'tasks',
      ours: each(crowd, 'tasks'),
      bar: TASKS,
    }),
  ];
}

/** Where the time of a trial goes, in means. */
export function timeRows(trace: Trace, how: string, id: string): readonly Row[] {
  const { trials, waited, worked } = trace;
  const row = (of: string, what: string, ms: readonly number[]): Row =>
    counted({ id: `time-${id}-${of}`, what: `${how}: ${what}`, unit: 'ms', ours: mean(ms) });
  return [
    row(
      'dispatch',
      'from the ask until an evaluator has the trial',
      trials.map(({ scheduled, started }) => started - scheduled),
    ),
    row(
      'evaluate',
      'until its outcome is recorded',
      trials.map(({ started, ended }) => ended - started),
    ),
    row('waited', 'a workflow task waits for a worker', waited),
    row('worked', 'and is done, the next asks with it', worked),
  ];
}

/** Whether what a trial costs grows: the last part of a long study over its first. */
export function growthRows({ trials, renewals }: Trace, part: number): readonly Row[] {
  const count = Math.floor(trials.length / part);
  const parts = Array.from({ length: count }, (_each, at) => {
    const own = trials.slice(at * part, (at + 1) * part);
    const from = at === 0 ? (own[0]?.scheduled ?? NaN) : (trials[at * part - 1]?.ended ?? NaN);
    const ms = ((own.at(-1)?.ended ?? NaN) - from) / own.length;
    return { ms, events: sum(own, 'events') / own.length, tasks: sum(own, 'tasks') / own.length };
  });
  const [first] = parts;
  const last = parts.at(-1);
  if (first === undefined || last === undefined) throw new Error('a long study has a part at least');
  const of = `${String(part)} of ${String(trials.length)} trials, ${String(renewals)} renewals included`;
  const row = (unit: 'ms' | 'events' | 'tasks'): Row =>
    compared({
      id: `growth-${unit}`,
      what: `a trial of the last ${of}, over one of the first`,
      unit,
      ours: last[unit],
      reference: first[unit],
      bar: GROWTH,
    });
  const curve = parts.map(({ ms }, at) =>
    counted({
      id: `curve-${String((at + 1) * part)}`,
      what: `a trial, up to the ${String((at + 1) * part)}th`,
      unit: 'ms',
      ours: ms,
    }),
  );
  return [row('ms'), row('events'), row('tasks'), ...curve];
}
