import type { OutboxEvent } from '../../../src/contracts/envelope';
import type { Configuration } from '../../../src/contracts/optimisation/search-space';
import type { Trial } from '../../../src/contracts/optimisation/study';
import { askTrials, endOf, type StudyData } from '../../../src/domain/optimisation/study';
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
