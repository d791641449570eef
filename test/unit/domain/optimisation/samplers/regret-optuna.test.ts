import type { SearchSpace } from '../../../../../src/contracts/optimisation/search-space';
import type { TrialColumns } from '../../../../../src/contracts/optimisation/suggesting';
import { encode } from '../../../../../src/domain/optimisation/dimension';
import { emptyHistory, observe } from '../../../../../src/domain/optimisation/history';
import { checkInput } from '../../../../../src/domain/optimisation/regret-check';
import { paramsOf } from '../../../../../src/domain/optimisation/samplers/gp/likelihood';
import { knownOf, placeOfValue } from '../../../../../src/domain/optimisation/samplers/gp/places';
import { posteriorOf } from '../../../../../src/domain/optimisation/samplers/gp/posterior';
import {
  medianBound,
  regretBound,
  standardBound,
  widthOf,
} from '../../../../../src/domain/optimisation/samplers/gp/regret';
import { standardised } from '../../../../../src/domain/optimisation/samplers/gp/standard';
import { begun } from '../../../../support/studies/begun';
import golden from './regret-optuna.json';

type Case = (typeof golden.cases)[number];
const float = (low: number, high: number, more: object = {}) => ({
  kind: 'float' as const,
  low,
  high,
  log: false,
  ...more,
});

/** The spaces of `record_gp.py`, by name, as the terminator has them. */
const SPACES: Readonly<Record<string, SearchSpace>> = {
  floats: { dimensions: { a: float(-2, 3), b: float(0, 1), c: float(1e-6, 1e3, { log: true }) } },
  mixed: {
    dimensions: {
      b: { kind: 'boolean' },
      c: { kind: 'categorical', choices: ['p', 'q', 'r'] },
      f: float(0, 1),
      i: { kind: 'int', low: -3, high: 4, log: false, step: 1 },
      l: { kind: 'int', low: 1, high: 1_000, log: true, step: 1 },
      s: float(0, 1, { step: 0.1 }),
    },
  },
  one: { dimensions: { x: float(0, 1) } },
};

const spaceOf = ({ name }: Case): SearchSpace => SPACES[name] ?? { dimensions: {} };
type Values = Readonly<Record<string, number | string | boolean>>;

/** What the study hands to its activity when all trials of a case have ended. */
function inputOf(of: Case, rule: object = { error: 1 }) {
  const space = spaceOf(of);
  const { spec } = begun({ space, stopWhen: { regretBound: rule } });
  let history = emptyHistory(space);
  of.trials.forEach((configuration, at) => {
    history = observe(history, space, {
      number: at + 1,
      configuration: configuration,
      loss: of.losses[at] ?? NaN,
      feasible: true,
    });
  });
  return checkInput(spec, history, { due: 0, open: of.trials.length });
}

/** The largest difference, relative where numbers are above 1. */
function farthest(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  expect(ours.length).toBe(theirs.length);
  return Math.max(
    ...Array.from(ours, (each, at) => Math.abs(each - (theirs[at] ?? NaN)) / Math.max(1, Math.abs(theirs[at] ?? 0))),
  );
}

/** Places of trials as the study hands them on, row by row. */
function placesIn(of: Case, { values }: TrialColumns): readonly number[] {
  const known = knownOf(spaceOf(of));
  const all = of.trials.map((trial) => trial as Values);
  const rows = (values[0] ?? []).map((_each, row) =>
    all.find((trial) =>
      known.every(({ name, index, dimension }) => encode(dimension, trial[name] ?? '') === values[index]?.[row]),
    ),
  );
  return rows.flatMap((trial) => known.map((each) => placeOfValue(each, trial?.[each.name])));
}

test.each(golden.betas)('$trials trials in $dimensions dimensions have the width of Optuna', (of) => {
  expect(farthest([widthOf(of.dimensions, of.trials)], [of.beta])).toBeLessThan(1e-12);
});

describe.each(golden.cases)('the history "$name"', (of) => {
  test('the better half is that of Optuna, standardised as there', () => {
    const { trials, of: count } = inputOf(of);
    expect(count).toBe(of.top.length);
    expect(farthest(placesIn(of, trials), of.top.flat())).toBeLessThan(1e-12);
    const { y } = standardised(Float64Array.from(trials.loss, (each) => -(each ?? NaN)));
    expect(farthest(y, of.y)).toBeLessThan(1e-9);
  });

  test('with its parameters and points the bound is that of Optuna', () => {
    const { trials } = inputOf(of);
    const known = knownOf(spaceOf(of));
    const isChoice = Uint8Array.from(known, ({ axis }) => Number(axis.kind === 'choice'));
    const places = { rows: of.top.length, dimensions: known.length, at: Float64Array.from(of.top.flat()), isChoice };
    const { y, deviation } = standardised(Float64Array.from(trials.loss, (each) => -(each ?? NaN)));
    const model = posteriorOf(places, y, paramsOf(Float64Array.from(of.raw)));
    if (model === undefined) throw new Error('no posterior');
    const beta = widthOf(known.length, of.top.length);
    const ours = standardBound(model, beta, Float64Array.from(of.points.flat()));
    expect(farthest([beta, ours, ours * deviation], [of.beta, of.standardised, of.bound])).toBeLessThan(1e-8);
  });

  test('with parameters and points of our own it is among those of twelve seeds of Optuna, or next to them', () => {
    const { trials, of: count } = inputOf(of);
    const ours = regretBound({ space: spaceOf(of), trials, of: count }, 7) ?? NaN;
    expect(ours).toBeGreaterThan(0.93 * Math.min(...of.bounds));
    expect(ours).toBeLessThan(1.07 * Math.max(...of.bounds));
  });
});

test.each(golden.cases.filter(({ medians }) => medians.length > 0))(
  'the median of the first bounds of "$name" is as Optuna has it',
  (of) => {
    const { first } = inputOf(of, { ofMedian: 0.01 });
    if (first === undefined) throw new Error('no first trials');
    expect(first.numbers).toEqual(Array.from({ length: 20 }, (_each, at) => at + 11));
    const ours = 0.01 * (medianBound({ space: spaceOf(of), trials: first, of: 20 }, 7) ?? NaN);
    expect(ours).toBeGreaterThan(0.93 * Math.min(...of.medians));
    expect(ours).toBeLessThan(1.07 * Math.max(...of.medians));
  },
);
