import type { Configuration } from '../../src/contracts/optimisation/search-space';
import type { TrialState } from '../../src/contracts/optimisation/study';
import type { Line } from './truth';

/** Something that was done to processes of evaluators, or to what they need. */
export interface Fault {
  /** Milliseconds since the epoch: when it began, and when what was hit could go on; the same for a kill. */
  readonly at: number;
  readonly until: number;
  /** Whose evaluations it may end: ids of processes, or those of all. */
  readonly pids: readonly number[] | 'all';
}

/** A trial as the system under test tells it in the end. */
export interface Recorded {
  /** As in the lines: of Optuna several trials may be attempts at one suggestion. */
  readonly trial: number;
  readonly state: TrialState | 'waiting';
  readonly configuration: Configuration;
}

/** One run: what was done, what the evaluators say, and what the system says. */
export interface Run {
  readonly target: number;
  readonly faults: readonly Fault[];
  readonly lines: readonly Line[];
  readonly trials: readonly Recorded[];
  /** What counts against the target: trials asked for, with Optuna those that are complete. */
  readonly spent: number;
  /** Processes of evaluators that ended by themselves, or not in order. */
  readonly crashed: number;
  /** Whether the recorded asks are those that the rules make of the recorded history; absent where nothing of the kind is promised. */
  readonly isRecomputed?: boolean;
  readonly seconds: number;
}

/** The columns of the table, counts unless it is said otherwise. */
export interface Columns {
  readonly faults: number;
  readonly asked: number;
  readonly begun: number;
  readonly completed: number;
  /** Trials that the system says are running when nobody runs them. */
  readonly zombies: number;
  /** Suggestions begun and never evaluated to the end. */
  readonly neverCompleted: number;
  /** Suggestions evaluated to the end without a complete trial. */
  readonly finishedLost: number;
  /** Suggestions begun again after an evaluation of them had ended and could have been told. */
  readonly finishedAgain: number;
  /** What was begun beyond the first attempt. */
  readonly begunAgain: number;
  /** Of these, those whose attempt before was hit by no fault. */
  readonly unhit: number;
  /** Of these, those that went on from a checkpoint. */
  readonly resumed: number;
  /** Suggestions with two evaluations to the end: of a paused worker, and of the one that took over. */
  readonly endedTwice: number;
  readonly overshoot: number;
  readonly crashed: number;
  /** Complete trials whose configuration is not the one that was evaluated. */
  readonly mistaken: number;
  readonly asksIdentical: boolean | null;
  readonly seconds: number;
}

/** The columns that are 0 for a system that loses, repeats and overspends nothing. */
export const ZEROS = [
  'zombies',
  'neverCompleted',
  'finishedLost',
  'finishedAgain',
  'unhit',
  'overshoot',
  'crashed',
  'mistaken',
] as const satisfies readonly (keyof Columns)[];

/**
 * Milliseconds between the last act of an evaluation, its line, and the moment in which the system has its outcome: an evaluation
 * that is hit within it was in flight.
 */
export const HANDOVER_MS = 500;

const isEnd = ({ what }: Line): boolean => what === 'end';

/** One evaluation: when it began, and when it ended, if it did. */
interface Attempt {
  readonly begin: Line;
  readonly end?: Line;
}

/** The attempts at one suggestion in the order of beginning. */
function attemptsOf(lines: readonly Line[]): readonly Attempt[] {
  const ends = lines.filter(isEnd);
  return lines
    .filter((line) => !isEnd(line))
    .map((begin) => {
      const end = ends.find(({ pid, attempt }) => pid === begin.pid && attempt === begin.attempt);
      return { begin, ...(end === undefined ? {} : { end }) };
    });
}

/** Whether a fault hit an attempt while it was in flight, before something else began. */
function isHit({ begin, end }: Attempt, { at, until, pids }: Fault, before: number): boolean {
  const isMine = pids === 'all' || pids.includes(begin.pid);
  const isOver = end !== undefined && end.at + HANDOVER_MS < at;
  return isMine && begin.at <= until && at <= before && !isOver;
}

/** Lines by their trial. */
function groupsOf(lines: readonly Line[]): ReadonlyMap<number, readonly Line[]> {
  const groups = new Map<number, Line[]>();
  for (const line of lines) groups.set(line.trial, [...(groups.get(line.trial) ?? []), line]);
  return groups;
}

/** What was begun beyond the first attempt at one suggestion. */
function againOf(
  attempts: readonly Attempt[],
  faults: readonly Fault[],
): readonly { readonly isHit: boolean; readonly hasEnded: boolean; readonly isResumed: boolean }[] {
  return attempts.slice(1).map(({ begin }, at) => {
    const before = attempts[at] ?? { begin };
    return {
      isHit: faults.some((fault) => isHit(before, fault, begin.at)),
      hasEnded: attempts.slice(0, at + 1).some(({ end }) => end !== undefined && end.at < begin.at),
      isResumed: (begin.from ?? 0) > 0,
    };
  });
}

const textOf = (configuration: Configuration): string =>
  JSON.stringify(Object.entries(configuration).sort(([a], [b]) => (a < b ? -1 : 1)));

/** What a run comes to, by the lines of the evaluators and the word of the system. Pure. */
export function check(run: Run): Columns {
  const { target, faults, lines, trials, spent, crashed, isRecomputed, seconds } = run;
  const begins = lines.filter((line) => !isEnd(line));
  const begun = [...new Set(begins.map(({ trial }) => trial))];
  const byTrial = groupsOf(lines);
  const endings = new Map([...byTrial].map(([trial, all]) => [trial, all.filter(isEnd)]));
  const ended = begun.filter((trial) => (endings.get(trial) ?? []).length > 0);
  const complete = trials.filter(({ state }) => state === 'complete');
  const isComplete = new Set(complete.map(({ trial }) => trial));
  const again = [...byTrial.values()].flatMap((all) => againOf(attemptsOf(all), faults));
  const evaluated = (trial: number): ReadonlySet<string> =>
    new Set((endings.get(trial) ?? []).map(({ configuration }) => textOf(configuration)));
  return {
    faults: faults.length,
    asked: trials.length,
    begun: begun.length,
    completed: complete.length,
    zombies: trials.filter(({ state }) => state === 'running').length,
    neverCompleted: begun.length - ended.length,
    finishedLost: ended.filter((trial) => !isComplete.has(trial)).length,
    finishedAgain: again.filter(({ hasEnded, isHit: wasHit }) => hasEnded && !wasHit).length,
    begunAgain: again.length,
    unhit: again.filter(({ isHit: wasHit }) => !wasHit).length,
    resumed: again.filter(({ isResumed }) => isResumed).length,
    endedTwice: ended.filter((trial) => (endings.get(trial) ?? []).length > 1).length,
    overshoot: Math.max(0, spent - target),
    crashed,
    mistaken: complete.filter(({ trial, configuration }) => !evaluated(trial).has(textOf(configuration))).length,
    asksIdentical: isRecomputed ?? null,
    seconds,
  };
}

/** What breaks the promises of studies, in words; nothing when all hold. */
export function broken(columns: Columns, target: number): readonly string[] {
  const { asked, begun, completed, asksIdentical } = columns;
  const short = Object.entries({ asked, begun, completed }).filter(([, count]) => count !== target);
  return [
    ...short.map(([name, count]) => `${name}: ${String(count)} of ${String(target)}`),
    ...ZEROS.filter((name) => columns[name] !== 0).map((name) => `${name}: ${String(columns[name])}`),
    ...(asksIdentical === false ? ['the asks are not those of the recorded history'] : []),
  ];
}
