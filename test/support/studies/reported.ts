import type { Dimension } from '../../../src/contracts/optimisation/search-space';
import type { StudySpec, StudyView, Trial, TrialState } from '../../../src/contracts/optimisation/study';
import { importanceOf } from '../../../src/domain/optimisation/importance/importance';
import { wordsOf } from '../../../src/domain/optimisation/philox';
import type { Reported } from '../../../src/domain/optimisation/report/reported';
import { configure } from '../../../src/domain/optimisation/search-space';
import { betterOf, isFeasible, lossOf } from '../../../src/domain/optimisation/trial';

const START = Date.parse('2026-11-30T06:00:00Z');

/** The space of most studies that are reported on: one of each kind, one of them conditional. */
const DIMENSIONS: Readonly<Record<string, Dimension>> = {
  rate: { kind: 'float', low: 1e-5, high: 0.1, log: true },
  momentum: { kind: 'float', low: 0.5, high: 0.99, log: false },
  layers: { kind: 'int', low: 1, high: 8, log: false, step: 1 },
  optimiser: { kind: 'categorical', choices: ['adam', 'sgd', 'rmsprop'] },
  nesterov: { kind: 'boolean', when: { optimiser: 'sgd' } },
  size: { kind: 'ordinal', choices: [16, 32, 64, 128] },
};

export function specOf(more: Partial<StudySpec> = {}): StudySpec {
  return {
    space: { dimensions: DIMENSIONS },
    constraints: [],
    evaluator: 'train',
    objective: { measure: 'loss', direction: 'minimise' },
    subjectTo: {},
    sampler: 'tpe',
    seed: 7,
    budget: { trials: 100 },
    parallelism: 4,
    attempts: 3,
    heartbeatMs: 10_000,
    trialMs: 3_600_000,
    baseline: true,
    ...more,
  };
}

/** The value of a draw that belongs to a trial: from 0 to 1. */
const chance = (number: number, of: number): number => wordsOf(11, 9, number, of).unit();

function stateOf(number: number, isPruning: boolean): TrialState {
  const draw = chance(number, 50);
  if (draw < 0.04) return 'failed';
  return isPruning && draw < 0.45 ? 'pruned' : 'complete';
}

function lossAt(configuration: Trial['configuration'], number: number): number {
  const rate = Math.log10(Number(configuration['rate']));
  const wrong = configuration['optimiser'] === 'adam' ? 0 : 0.15;
  const deep = (Number(configuration['layers']) - 4) ** 2 / 80;
  return 0.05 + (rate + 2.7) ** 2 / 6 + wrong + deep + chance(number, 51) * 0.05;
}

/** A trial as it could have been, the same for the same number. */
export function trialOf(spec: StudySpec, number: number, more: Partial<Trial> = {}): Trial {
  const configuration = configure(spec.space, (dimension) => wordsOf(spec.seed, 3, number, dimension));
  const state = stateOf(number, spec.pruner !== undefined);
  const slot = number % spec.parallelism;
  const begun = START + Math.floor(number / spec.parallelism) * 9_000 + slot * 700;
  const attempts = chance(number, 52) < 0.05 ? 2 : 1;
  const ended = begun + 3_000 + chance(number, 53) * 5_000 * attempts;
  const loss = lossAt(configuration, number);
  const measures = { loss, memory: 0.4 / loss };
  const steps = Array.from({ length: state === 'pruned' ? 4 + (number % 9) : 30 }, (_none, step) => step);
  const curve = steps.map((step) => loss + 1.5 * Math.exp(-step / 6) + 0.02 * chance(number, 100 + step));
  return {
    number,
    configuration,
    state,
    attempts,
    worker: `gpu-${String(slot % 3)}@rack-7`,
    askedAt: new Date(begun).toISOString(),
    endedAt: new Date(ended).toISOString(),
    ...(state === 'complete' ? { measures, feasible: isFeasible(spec.subjectTo, measures) } : {}),
    ...(state === 'failed' ? { refusal: { code: 'evaluation-failed', message: 'out of memory' } } : {}),
    ...(spec.pruner === undefined ? {} : { reports: { steps, values: curve } }),
    ...more,
  };
}

/** A study of so many trials, or of those given, as a report is made of it. */
export function reportedOf(
  trials: number | readonly Trial[],
  { spec = specOf(), ...more }: { readonly spec?: StudySpec } & Partial<Omit<Reported, 'trials'>> = {},
): Reported {
  const all =
    typeof trials === 'number' ? Array.from({ length: trials }, (_none, at) => trialOf(spec, at + 1)) : trials;
  const count = (state: TrialState): number => all.filter((trial) => trial.state === state).length;
  const best = all.reduce<Trial | undefined>((found, trial) => betterOf(spec, found, trial), undefined);
  const account = {
    budget: spec.budget.trials,
    asked: all.length,
    running: count('running'),
    complete: count('complete'),
    pruned: count('pruned'),
    failed: count('failed'),
    cancelled: count('cancelled'),
    begunAgain: all.reduce((sum, trial) => sum + Math.max(0, trial.attempts - 1), 0),
    late: 0,
    lateReports: 0,
  };
  const view: Reported['view'] & Pick<StudyView, 'enqueued'> = {
    request: { budget: spec.budget },
    spec,
    state: 'running',
    account,
    ...(best === undefined ? {} : { best }),
    running: all.filter(({ state }) => state === 'running'),
    enqueued: 0,
    late: [],
  };
  const rated = all.flatMap(({ state, configuration, measures }) => {
    const loss = state === 'complete' ? lossOf(spec, measures) : undefined;
    return loss === undefined ? [] : [{ configuration, loss }];
  });
  const importance = importanceOf(spec.space, rated);
  return { name: 'study-1', view, trials: all, importance, at: '2026-11-30T06:30:00.000Z', ...more };
}
