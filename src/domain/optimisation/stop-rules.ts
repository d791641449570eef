import { show } from '../../contracts/ids';
import type { EndedBy, StopRules } from '../../contracts/optimisation/budget';
import { MAX_TRIALS, type StudySpec, type Trial } from '../../contracts/optimisation/study';
import { isRecord } from '../record';
import { measuresIn } from './objectives';
import { regretProblems } from './regret-check';
import { lossOf } from './trial';

/** How long ago the best was made better by what counts as progress. */
export interface Progress {
  /** Of the best trial then. */
  readonly loss: number;
  /** Trials that ended since, complete or pruned. */
  readonly trials: number;
}

/** What is wrong with the stop rules of a request. */
export function stopRuleProblems({ stopWhen: rules, ...request }: Readonly<Record<string, unknown>>): string[] {
  if (rules === undefined) return [];
  if (measuresIn(request).length > 1) return ['stopWhen is of studies with one objective: several have no best trial'];
  if (!isRecord(rules)) return [`stopWhen has target, noProgress and regretBound; got ${show(rules)}`];
  const { target, noProgress, regretBound, ...more } = rules;
  const problems = Object.keys(more).map((name) => `stopWhen has no ${show(name)}`);
  if (target === undefined && noProgress === undefined && regretBound === undefined)
    problems.push('stopWhen has target, noProgress or regretBound; got none');
  if (target !== undefined && !Number.isFinite(target))
    problems.push(`stopWhen.target is a finite number; got ${show(target)}`);
  if (regretBound !== undefined) problems.push(...regretProblems(regretBound));
  if (noProgress === undefined) return problems;
  const { trials, atLeast = 0, ...others } = isRecord(noProgress) ? noProgress : {};
  const isGood =
    Number.isInteger(trials) &&
    (trials as number) >= 1 &&
    (trials as number) <= MAX_TRIALS &&
    Number.isFinite(atLeast) &&
    (atLeast as number) >= 0 &&
    Object.keys(others).length === 0;
  if (!isGood)
    problems.push(
      `stopWhen.noProgress has trials, 1 to ${String(MAX_TRIALS)}, and atLeast, from 0; got ${show(noProgress)}`,
    );
  return problems;
}

/** What is known of progress when a trial has ended; nothing before the first best. */
export function progressAfter(
  spec: StudySpec,
  before: Progress | undefined,
  best: Trial | undefined,
  trial: Trial,
): Progress | undefined {
  const loss = lossOf(spec, best?.measures);
  if (loss === undefined) return undefined;
  if (before === undefined || loss < before.loss - (spec.stopWhen?.noProgress?.atLeast ?? 0))
    return { loss, trials: 0 };
  const counts = trial.state === 'complete' || trial.state === 'pruned';
  return counts ? { ...before, trials: before.trials + 1 } : before;
}

/** The rule that says the study is over, and why; the first that is met. Pure. */
export function ruleMet(
  spec: StudySpec,
  best: Trial | undefined,
  progress: Progress | undefined,
): { readonly by: EndedBy; readonly reason: string } | undefined {
  const { target, noProgress }: StopRules = spec.stopWhen ?? {};
  const { measure, direction } = spec.objective;
  const value = best?.measures?.[measure];
  if (target !== undefined && value !== undefined) {
    const isReached = direction === 'minimise' ? value <= target : value >= target;
    const said = `target: trial ${String(best?.number)} has ${measure} ${String(value)}, wanted was ${String(target)}`;
    if (isReached) return { by: 'target', reason: said };
  }
  if (noProgress === undefined || progress === undefined || progress.trials < noProgress.trials) return undefined;
  const { trials, atLeast = 0 } = noProgress;
  const by = atLeast === 0 ? '' : ` by more than ${String(atLeast)}`;
  return { by: 'noProgress', reason: `noProgress: ${String(trials)} trials made ${measure} no better${by}` };
}
