import type { OutboxEvent } from '../../../src/contracts/envelope';
import type { Configuration } from '../../../src/contracts/optimisation/search-space';
import type { Trial } from '../../../src/contracts/optimisation/study';
import { askTrials } from '../../../src/domain/optimisation/next-trials';
import { endOf } from '../../../src/domain/optimisation/trial-ends';
import { type StudyData } from '../../../src/domain/optimisation/study';
import { promoted } from '../../../src/domain/optimisation/waiting';
import type { Ending } from '../../../src/domain/optimisation/trial';

/** What is needed of an event that a study recorded. */
export type Happened = Pick<OutboxEvent, 'type' | 'data'>;

/** The ending that a recorded trial had. */
function endingOf(trial: Trial): Ending {
  const { number, configuration, attempts, measures = {}, worker = '', refusal, reports } = trial;
  const told = reports === undefined ? {} : { reports };
  const outcome = { trial: number, attempt: attempts, configuration, measures, worker, ...told };
  if (trial.state === 'complete') return { kind: 'complete', outcome };
  if (trial.state === 'pruned') return { kind: 'pruned', outcome: { ...outcome, pruned: true } };
  if (refusal !== undefined) return { kind: 'failed', refusal, attempts, worker, ...told };
  return { kind: 'cancelled' };
}

/** A study in which a trial was told to wait, as it was recorded. */
function told(state: StudyData, { number, attempts, waits = [], lastReport }: Trial): StudyData {
  const { pruning } = state;
  const reports = { steps: [lastReport?.step ?? 0], values: [lastReport?.value ?? 0] };
  const open = { attempt: attempts, reports, reached: (waits.at(-1)?.rung ?? 0) + 1, waits: true as const };
  return pruning === undefined
    ? state
    : { ...state, pruning: { ...pruning, open: { ...pruning.open, [number]: open } } };
}

/** A study in which some trials went on that had waited. */
function wentOn(before: StudyData, trials: readonly { readonly number: number; readonly at: string }[]): StudyData {
  return trials.reduce((state, { number, at }) => {
    const waiting = state.atRungs?.find(({ trial }) => trial.number === number);
    return waiting === undefined ? state : promoted(state, waiting, at).state;
  }, before);
}

/**
 * The rules of a study applied to what it recorded: each ask is made anew, each ending is taken as it was.
 *
 * @param before the study before its first trial
 */
export function recompute(
  before: StudyData,
  events: readonly Happened[],
): { readonly state: StudyData; readonly suggestions: readonly Configuration[] } {
  const suggestions: Configuration[] = [];
  let state = before;
  for (const { type, data } of events) {
    if (type === 'study.asked') {
      const step = askTrials(state, () => true, 0, (data['trials'] as readonly Trial[]).length);
      suggestions.push(...step.asked.map(({ configuration }) => configuration));
      state = step.state;
    }
    if (type === 'study.trialWaits') {
      const trial = data['trial'] as Trial;
      const { number, configuration, attempts, worker = '' } = trial;
      const outcome = { trial: number, attempt: attempts, configuration, measures: {}, worker, pruned: true as const };
      state = endOf(told(state, trial), number, { kind: 'pruned', outcome }, 0).state;
    }
    if (type === 'study.promoted') state = wentOn(state, data['trials'] as { number: number; at: string }[]);
    if (type !== 'study.trialEnded') continue;
    const trial = data['trial'] as Trial;
    state = endOf(state, trial.number, endingOf(trial), 0).state;
  }
  return { state, suggestions };
}

/** The suggestions that a study recorded, in the order of asking. */
export function recorded(events: readonly Happened[]): readonly Configuration[] {
  return events
    .filter(({ type }) => type === 'study.asked')
    .flatMap(({ data }) => (data['trials'] as readonly Trial[]).map(({ configuration }) => configuration));
}
