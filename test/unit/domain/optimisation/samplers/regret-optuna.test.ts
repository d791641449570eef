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
import { farthest, placesIn, SPACES } from './optuna';
import golden from './regret-optuna.json';

type Case = (typeof golden.cases)[number];

/** The terminator has the dimensions in the order of their names. */
function spaceOf({ name }: Case): SearchSpace {
  const dimensions = Object.entries(SPACES[name]?.dimensions ?? {});
  return { dimensions: Object.fromEntries(dimensions.toSorted(([a], [b]) => (a < b ? -1 : 1))) };
}
type Values = Readonly<Record<string, number | string | boolean>>;

/** What the study hands to its activity when all trials of a case have ended. */
function inputOf(of: Case, rule: object = { error: 1 }) {
  const space = spaceOf(of);
  const { spec } = begun({ space, stopWhen: { regretBound: rule } });
  let history = emptyHistory(space);
  of.trials.forEach((configuration, at) => {
    history = observe(history, space, {
      number: at + 1,
      configuration,
      loss: of.losses[at] ?? NaN,
      feasible: true,
    });
  });
  return checkInput(spec, history, { due: 0, open: of.trials.length });
}

/** Places of trials as the study hands them on, row by row. */
function placesHanded(of: Case, { values }: TrialColumns): readonly number[] {
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
    expect(farthest(placesHanded(of, trials), of.top.flat())).toBeLessThan(1e-12);
    const { y } = standardised(Float64Array.from(trials.loss, (each) => -(each ?? NaN)));
    expect(farthest(y, of.y)).toBeLessThan(1e-9);
  });

  test('with its parameters and points the bound is that of Optuna', () => {
    const { trials } = inputOf(of);
    const places = placesIn(spaceOf(of), of.top);
    const { y, deviation } = standardised(Float64Array.from(trials.loss, (each) => -(each ?? NaN)));
    const model = posteriorOf(places, y, paramsOf(Float64Array.from(of.raw)));
    if (model === undefined) throw new Error('no posterior');
    const beta = widthOf(places.dimensions, places.rows);
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
