import type { Line } from '../history';

/** One trial as the histories of its study tell it; milliseconds by the server's clock. */
export interface Traced {
  /** Asked for: the task that scheduled it was completed. */
  readonly scheduled: number;
  /** Taken by an evaluator. */
  readonly started: number;
  /** Its outcome was recorded. */
  readonly ended: number;
  /** From this ask to the next; in each run what comes before the first ask and after the last counts with them. */
  readonly events: number;
  readonly tasks: number;
  /** Whether nothing but this trial and the task that took its outcome lies between this ask and the next. */
  readonly isPlain: boolean;
}

/** What a study cost, all its runs together. */
export interface Trace {
  /** In the order of their ends. */
  readonly trials: readonly Traced[];
  readonly renewals: number;
  /** Milliseconds that workflow tasks waited for a worker, and that they took. */
  readonly waited: readonly number[];
  readonly worked: readonly number[];
}

const isTask = ({ kind }: Line): boolean => kind === 'workflowTaskCompleted';
const isAsk = ({ kind, name }: Line): boolean => kind === 'activityTaskScheduled' && name === 'evaluate';

/** Milliseconds between each event of a kind and the one that it refers to. */
function between(lines: readonly Line[], kind: string): readonly number[] {
  const at = new Map(lines.map((line) => [line.id, line.at]));
  return lines.filter((line) => line.kind === kind).map((line) => line.at - (at.get(line.of ?? 0) ?? line.at));
}

/** Milliseconds that each workflow task took. */
function worked(lines: readonly Line[]): readonly number[] {
  const begun = new Map(lines.filter(({ kind }) => kind === 'workflowTaskStarted').map((line) => [line.of, line.at]));
  return lines.filter(isTask).map(({ of, at }) => at - (begun.get(of) ?? at));
}

function trialsOf(lines: readonly Line[]): readonly Traced[] {
  const asks = lines.filter(isAsk);
  const of = (kind: string): ReadonlyMap<number, Line> =>
    new Map(lines.filter((line) => line.kind === kind).map((line) => [line.of ?? 0, line]));
  const starts = of('activityTaskStarted');
  const ends = of('activityTaskCompleted');
  const mine = new Set(asks.map(({ id }) => id));
  /** Of a trial, or of a task: the hand-overs, timers and signals of a study are not. */
  const isOfTrials = ({ kind, of: to = 0 }: Line): boolean =>
    kind.startsWith('workflowTask') || (kind.startsWith('activityTask') && mine.has(to));
  return asks.map((ask, number) => {
    const next = asks[number + 1];
    const after = lines.slice(ask.id, next?.id);
    const before = number === 0 ? lines.slice(0, ask.id) : [];
    const between = next === undefined ? after : after.slice(0, -1);
    return {
      scheduled: ask.at,
      started: starts.get(ask.id)?.at ?? NaN,
      ended: ends.get(ask.id)?.at ?? NaN,
      events: before.length + after.length,
      tasks: [...before, ...after].filter(isTask).length,
      isPlain: before.length === 0 && next !== undefined && between.every(isOfTrials),
    };
  });
}

/** Reads what a study cost from the histories of its runs, oldest first. Pure. */
export function traceOf(runs: readonly (readonly Line[])[]): Trace {
  return {
    trials: runs.flatMap(trialsOf).sort((a, b) => a.ended - b.ended),
    renewals: runs.length - 1,
    waited: runs.flatMap((lines) => between(lines, 'workflowTaskStarted')),
    worked: runs.flatMap(worked),
  };
}
