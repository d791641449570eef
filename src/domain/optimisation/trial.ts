import { isRefusal, refuse, type Refusal } from '../../contracts/errors';
import type { Reports } from '../../contracts/optimisation/pruning';
import { show } from '../../contracts/ids';
import type { Bounds, Measures, Objective, StudySpec, Trial, TrialOutcome } from '../../contracts/optimisation/study';
import type { Attributes } from '../../contracts/optimisation/attributes';
import type { Try } from '../../contracts/optimisation/tries';
import { attributesProblem, OF_TRIAL, partOf, readPart } from './attributes';
import { readTries } from './tries';
import { isCost } from './budget';
import { readReports } from './pruning';
import { configurationProblem } from './search-space';
import { isRecord } from '../record';

/** How a running trial ends: the one terminal state of its suggestion (STU-1). */
export type Ending =
  | {
      readonly kind: 'complete' | 'pruned';
      readonly outcome: TrialOutcome;
      /** What attempts have failed of until then: of a study that promotes. */
      readonly failures?: Trial['failures'];
    }
  | {
      readonly kind: 'failed';
      readonly refusal: Refusal;
      readonly attempts: number;
      readonly worker?: string;
      readonly reports?: Reports;
      /** What attempts have said that they cost; the last one, too. */
      readonly cost?: number;
      /** The same, when the last one was lost before it could say all. */
      readonly atLeast?: number;
      readonly failures?: Trial['failures'];
      readonly tries?: readonly Try[];
      readonly attributes?: Attributes;
    }
  | { readonly kind: 'cancelled' };

const MAX_MEASURES = 100;

type Objectives = Pick<StudySpec, 'objective' | 'objectives'>;

/**
 * Reads measures: finite numbers by name, the wanted ones among them.
 * @returns `invalid-message` that says which measure is wrong and what came
 */
export function readMeasures(value: unknown, wanted: readonly string[]): Measures | Refusal {
  if (!isRecord(value)) return refuse('invalid-message', `an outcome has measures by name; got ${show(value)}`);
  const names = Object.keys(value);
  if (names.length > MAX_MEASURES)
    return refuse('invalid-message', `at most ${String(MAX_MEASURES)} measures; got ${String(names.length)}`);
  const absent = wanted.find((name) => !Object.hasOwn(value, name));
  if (absent !== undefined)
    return refuse('invalid-message', `the measure ${absent} is missing; got ${names.join(', ') || 'none'}`);
  const odd = names.find((name) => !Number.isFinite(value[name]));
  if (odd === undefined) return value as Measures;
  const came = value[odd];
  const text = typeof came === 'number' ? String(came) : show(came);
  return refuse('invalid-message', `the measure ${odd} is a finite number; got ${text}`);
}

/** The objectives of a study: its only one, or all of them. */
export function objectivesOf({ objective, objectives }: Objectives): readonly Objective[] {
  return objectives ?? [objective];
}

/** What a study seeks, in words: `minimise loss`, `maximise accuracy`. */
export function aimsOf(spec: Objectives): readonly string[] {
  return objectivesOf(spec).map(({ direction, measure }) => `${direction} ${measure}`);
}

/** The measures that an outcome must have: the objectives, and whatever is bounded. */
export function wantedMeasures(spec: Objectives & Pick<StudySpec, 'subjectTo'>): readonly string[] {
  const measures = objectivesOf(spec).map(({ measure }) => measure);
  return [...measures, ...Object.keys(spec.subjectTo).filter((name) => !measures.includes(name))];
}

/**
 * Reads what an evaluator answered for a trial. Any configuration of the space that it echoes is taken as what was
 * evaluated: the evaluator's word goes before a recomputation.
 * @returns `invalid-message` for another shape, another trial, a configuration outside the space, or a measure that is no number
 */
export function readOutcome(spec: StudySpec, number: number, value: unknown): TrialOutcome | Refusal {
  if (!isRecord(value)) return refuse('invalid-message', `an evaluator answers an outcome; got ${show(value)}`);
  const { trial, attempt, configuration, worker, cost } = value;
  if (trial !== number)
    return refuse('invalid-message', `the outcome is of trial ${String(number)}; got ${show(trial)}`);
  if (!Number.isInteger(attempt) || (attempt as number) < 1)
    return refuse('invalid-message', `the attempt is a number from 1; got ${show(attempt)}`);
  if (typeof worker !== 'string' || worker.length > 200)
    return refuse('invalid-message', `the worker is a text; got ${show(worker)}`);
  if (!isRecord(configuration))
    return refuse('invalid-message', `the outcome echoes its configuration; got ${show(configuration)}`);
  const odd = configurationProblem(spec.space, configuration as TrialOutcome['configuration']);
  if (odd !== undefined) return refuse('invalid-message', `the outcome echoes its configuration; ${odd.message}`);
  if (cost !== undefined && !isCost(cost))
    return refuse('invalid-message', `a cost is a number from 0; got ${show(cost)}`);
  const isPruned = value['pruned'] === true;
  const measures = isPruned ? {} : readMeasures(value['measures'], wantedMeasures(spec));
  if (isRefusal(measures)) return measures;
  const reports = value['reports'] === undefined ? undefined : readReports(value['reports']);
  if (isRefusal(reports)) return reports;
  const misnoted = attributesProblem(value['attributes'], OF_TRIAL);
  if (misnoted !== undefined) return refuse('invalid-message', misnoted);
  return {
    trial: number,
    attempt: attempt as number,
    configuration: configuration as Trial['configuration'],
    measures,
    worker,
    ...(isPruned ? { pruned: true as const } : {}),
    ...(cost === undefined ? {} : { cost }),
    ...(reports === undefined ? {} : { reports }),
    ...(value['checkpoint'] === undefined ? {} : { checkpoint: value['checkpoint'] }),
    ...triesOf(readTries(value['tries'])),
    ...readPart(value['attributes']),
  };
}

/** Those of a trial that needed several. */
const triesOf = (tries: readonly Try[] = []): { readonly tries?: readonly Try[] } =>
  tries.length > 1 ? { tries } : {};

/** Whether measures keep all bounds. */
export function isFeasible(bounds: Bounds, measures: Measures): boolean {
  return Object.entries(bounds).every(([name, { atMost = Infinity, atLeast = -Infinity }]) => {
    const value = measures[name] ?? NaN;
    return value <= atMost && value >= atLeast;
  });
}

/** By how much measures break their bounds, in sum; 0 when all hold. */
export function violationOf(bounds: Bounds, measures: Measures): number {
  return Object.entries(bounds).reduce((sum, [name, { atMost = Infinity, atLeast = -Infinity }]) => {
    const value = measures[name] ?? NaN;
    return sum + Math.max(0, value - atMost) + Math.max(0, atLeast - value);
  }, 0);
}

/** What is to be made small: the objective (of several the first), its sign turned when it is maximised. */
export function lossOf(
  { objective }: Pick<StudySpec, 'objective'>,
  measures: Measures | undefined,
): number | undefined {
  const value = measures?.[objective.measure];
  if (value === undefined) return undefined;
  return objective.direction === 'minimise' ? value : -value;
}

/** The same of all objectives; nothing when one is missing. */
export function lossesOf(spec: Objectives, measures: Measures | undefined): readonly number[] | undefined {
  const losses = objectivesOf(spec).flatMap((objective) => lossOf({ objective }, measures) ?? []);
  return losses.length === objectivesOf(spec).length ? losses : undefined;
}

/** What a sampler learns of the measures of a trial. */
export function lossesSeen(
  spec: Objectives,
  measures: Measures | undefined,
): { readonly loss: number | undefined; readonly more?: readonly number[] } {
  const [loss, ...more] = lossesOf(spec, measures) ?? [];
  return { loss, ...(more.length === 0 ? {} : { more }) };
}

/** A trial as it ends: nobody has it any more. */
export function endTrial(spec: StudySpec, running: Trial, ending: Ending, at: string): Trial {
  const { lease: _over, ...trial } = running;
  switch (ending.kind) {
    case 'complete': {
      const { attempt, configuration, measures, worker, checkpoint } = ending.outcome;
      const saved = trial.lineage === undefined || checkpoint === undefined ? {} : { checkpoint };
      const feasible = isFeasible(spec.subjectTo, measures);
      const attempts = Math.max(attempt, trial.attempts);
      const tries = triesOf(ending.outcome.tries);
      return {
        ...trial,
        configuration,
        state: 'complete',
        attempts,
        measures,
        worker,
        feasible,
        ...saved,
        ...tries,
        ...partOf(ending.outcome.attributes),
        endedAt: at,
      };
    }
    case 'pruned': {
      const { attempt, configuration, worker } = ending.outcome;
      return {
        ...trial,
        configuration,
        state: 'pruned',
        attempts: attempt,
        worker,
        ...triesOf(ending.outcome.tries),
        ...partOf(ending.outcome.attributes),
        endedAt: at,
      };
    }
    case 'failed': {
      const { refusal, attempts, worker, failures, tries, attributes } = ending;
      const who = worker === undefined ? {} : { worker };
      const of = failures === undefined ? {} : { failures };
      const noted = partOf(attributes);
      return { ...trial, state: 'failed', attempts, refusal, ...of, ...who, ...triesOf(tries), ...noted, endedAt: at };
    }
    case 'cancelled':
      return { ...trial, state: 'cancelled', endedAt: at };
  }
}

/** The better of two complete trials: feasible ones alone, the smaller loss, at a tie the smaller number. Of several objectives none is best. */
export function betterOf(spec: StudySpec, best: Trial | undefined, trial: Trial): Trial | undefined {
  if (spec.objectives !== undefined || trial.state !== 'complete' || trial.feasible !== true) return best;
  if (best === undefined) return trial;
  const [mine, its] = [lossOf(spec, trial.measures) ?? Infinity, lossOf(spec, best.measures) ?? Infinity];
  return mine < its || (mine === its && trial.number < best.number) ? trial : best;
}
