import type { Importance } from '../../../contracts/optimisation/importance';
import type { Reports } from '../../../contracts/optimisation/pruning';
import type { StudyView, Trial } from '../../../contracts/optimisation/study';
import { lossOf } from '../trial';
import { LEVELS } from './chart';
import { evenly } from './thin';

/** What a report is made of. */
export interface Reported {
  readonly name: string;
  readonly view: Pick<
    StudyView,
    'request' | 'spec' | 'state' | 'reason' | 'account' | 'best' | 'running' | 'late' | 'waitingFor'
  >;
  /** All trials of the read model, by number. */
  readonly trials: readonly Trial[];
  readonly importance: Importance;
  /** When, ISO-8601. */
  readonly at: string;
  /** The two dimensions of the contour; default: the most important ones. */
  readonly contour?: readonly [string, string];
  /** Numbers of the trials that no other is better than in all objectives; absent for a study with one. */
  readonly front?: readonly number[];
}

/** A complete trial with its result. */
export interface Measured {
  readonly trial: Trial;
  readonly value: number;
  /** To be made small. */
  readonly loss: number;
  readonly isFeasible: boolean;
}

/** The complete trials, by number. */
export function measuredOf({ view, trials }: Pick<Reported, 'view' | 'trials'>): readonly Measured[] {
  const { measure } = view.spec.objective;
  return trials.flatMap((trial) => {
    const value = trial.measures?.[measure];
    const loss = lossOf(view.spec, trial.measures);
    if (trial.state !== 'complete' || value === undefined || loss === undefined) return [];
    return [{ trial, value, loss, isFeasible: trial.feasible !== false }];
  });
}

/** How good a loss is among others, by its rank: 0 to LEVELS - 1, the best. */
export function levelsOver(losses: readonly number[]): (loss: number) => number {
  const sorted = [...losses].sort((a, b) => a - b);
  return (loss) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? Infinity) < loss) low = middle + 1;
      else high = middle;
    }
    const better = low / Math.max(1, sorted.length);
    return Math.max(0, LEVELS - 1 - Math.floor(better * LEVELS));
  };
}

/** The colours of levels, in a sentence. */
export const LEVELS_NOTE = `Colours rank the trials in ${String(LEVELS)} equal groups, from the worst to the best.`;

/** Reports of one trial in a report at most. */
const MAX_POINTS = 100;

function leanReports({ steps, values, ...more }: Reports): Reports {
  const kept = evenly([...steps.keys()], MAX_POINTS);
  return { ...more, steps: kept.map((at) => steps[at] ?? 0), values: kept.map((at) => values[at] ?? 'NaN') };
}

/** A trial with no more of its reports than are shown, so that any number of trials can be held. */
export function leanTrial(trial: Trial): Trial {
  return trial.reports === undefined ? trial : { ...trial, reports: leanReports(trial.reports) };
}

/** Why there is nothing to show, by what became of the trials. */
export function nothingComplete({ trials }: Pick<Reported, 'trials'>): string {
  if (trials.length === 0) return 'No trial has been asked for yet.';
  const states = ['running', 'waiting', 'pruned', 'failed', 'cancelled'] as const;
  const counts = states.flatMap((state) => {
    const count = trials.filter((trial) => trial.state === state).length;
    return count === 0 ? [] : [`${String(count)} ${state}`];
  });
  return `No trial is complete: ${counts.join(', ')}.`;
}
