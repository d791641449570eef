import { isRefusal, refuse, type Refusal } from '../../contracts/errors';
import { show } from '../../contracts/ids';
import type { EarlierTrial, StudyInit, StudySpec } from '../../contracts/optimisation/study';
import { observe, type Observation } from './history';
import { configurationProblem } from './search-space';
import { learnOf } from './sampled';
import { type StudyStep } from './study';
import { slackOf } from './suggesting';
import { isFeasible, lossesSeen, readMeasures, violationOf, wantedMeasures } from './trial';
import { isRecord } from '../record';

/** A trial as the sampler sees it. @returns `invalid-request` when it does not fit the study */
function observationOf(spec: StudySpec, trial: EarlierTrial, number: number): Observation | Refusal {
  if (!isRecord(trial) || !isRecord(trial.configuration))
    return refuse('invalid-request', `expected configuration and measures; got ${show(trial)}`);
  const { configuration } = trial;
  const measures = readMeasures(trial.measures, wantedMeasures(spec));
  const problem = configurationProblem(spec.space, configuration) ?? (isRefusal(measures) ? measures : undefined);
  if (problem !== undefined || isRefusal(measures)) return refuse('invalid-request', problem?.message ?? '');
  const feasible = isFeasible(spec.subjectTo, measures);
  const violation = violationOf(spec.subjectTo, measures);
  return { number, configuration, ...lossesSeen(spec, measures), feasible, violation, ...slackOf(spec, measures) };
}

/**
 * A study before its first trial that begins with trials from elsewhere: its sampler learns from them as from its own, oldest
 * first. They are none of its own: budget, account and best are without them. Pure; the same trials give the same suggestions.
 *
 * @returns `invalid-request` with the number of the first trial that does not fit: all are taken, or none
 */
export function withEarlier(step: StudyStep, { request, earlier }: StudyInit): StudyStep | Refusal {
  const { warmStart } = request;
  const count = earlier?.length ?? 0;
  if ((warmStart?.trials ?? 0) !== count) {
    const text = `a warm start comes with its trials: expected ${String(warmStart?.trials ?? 0)}; got ${String(count)}`;
    return refuse('invalid-request', text);
  }
  if (warmStart === undefined || earlier === undefined) return step;
  const { state, events, asked } = step;
  const { spec } = state;
  const learn = learnOf(spec);
  let { history } = state;
  for (const [at, trial] of earlier.entries()) {
    // below 1: before all of its own
    const seen = observationOf(spec, trial, at - count + 1);
    if (isRefusal(seen)) return { ...seen, message: `trial ${String(at + 1)} of the warm start: ${seen.message}` };
    history = observe(history, spec.space, seen, learn);
  }
  const told = events.map((event) =>
    event.type === 'study.started' ? { ...event, data: { ...event.data, warmStart } } : event,
  );
  return { state: { ...state, history }, events: told, asked };
}
