import type { SearchSpace } from '../../../../../src/contracts/optimisation/search-space';
import type { Sloped } from '../../../../../src/domain/optimisation/numerics/lbfgs';
import {
  acquisitionOf,
  batchAcquisitionOf,
  type Acquisition,
} from '../../../../../src/domain/optimisation/samplers/gp/acquisition';
import { fantasiesOf, type Fantasies } from '../../../../../src/domain/optimisation/samplers/gp/fantasies';
import { firstParams, fitFrom, fitted } from '../../../../../src/domain/optimisation/samplers/gp/fit';
import { columnsOf, covariances, type Places } from '../../../../../src/domain/optimisation/samplers/gp/kernel';
import { lossOf, paramsOf } from '../../../../../src/domain/optimisation/samplers/gp/likelihood';
import {
  knownOf,
  placeAt,
  placeOfValue,
  placesOn,
  valueOf,
} from '../../../../../src/domain/optimisation/samplers/gp/places';
import { posteriorOf, type Posterior } from '../../../../../src/domain/optimisation/samplers/gp/posterior';
import { standardised } from '../../../../../src/domain/optimisation/samplers/gp/standard';
import {
  chanceAbove,
  gainOver,
  improvementOver,
  logImprovement,
  softlyAbove,
} from '../../../../../src/domain/optimisation/samplers/gp/terms';
import golden from './gp-optuna.json';
import { farthest, placesIn, SPACES } from './optuna';

type Case = (typeof golden.cases)[number];
const spaceOf = ({ name }: Case): SearchSpace => SPACES[name] ?? { dimensions: {} };
const knownIn = (of: Case) => knownOf(spaceOf(of));
const flat = (rows: readonly (readonly number[])[]): Float64Array => Float64Array.from(rows.flat());

const placesOf = (of: Case): Places => placesIn(spaceOf(of), of.places);

function modelOf(of: Case, which: 'y' | 'held' = 'y'): Posterior {
  const raw = Float64Array.from(which === 'y' ? of.raw : of.rawHeld);
  const model = posteriorOf(placesOf(of), Float64Array.from(of[which]), paramsOf(raw));
  if (model === undefined) throw new Error('no posterior');
  return model;
}

function dreamsOf(of: Case, model: Posterior, which: 0 | 1): Fantasies {
  const normals = { samples: 16, of: flat(of.normals[which] ?? []) };
  const dreams = fantasiesOf(model, { rows: of.pending.length, at: flat(of.pending) }, normals);
  if (dreams === undefined) throw new Error('no fantasies');
  return dreams;
}

/** Values and gradients at the recorded points, ours beside theirs; a choice has no slope. */
function compare(of: Case, acquisition: Acquisition, theirs: Case['logEi']): void {
  const { isChoice, dimensions } = placesOf(of);
  const values = acquisition.values(flat(of.points), of.points.length);
  of.points.forEach((point, at) => {
    const gradient = new Float64Array(dimensions);
    const value = acquisition.slope(Float64Array.from(point), gradient);
    const known = theirs[at];
    expect(farthest([value], [known?.value ?? NaN])).toBeLessThan(1e-9);
    expect(farthest([values[at] ?? NaN, acquisition.value(Float64Array.from(point))], [value, value])).toBeLessThan(
      1e-12,
    );
    const wanted = (known?.gradient ?? []).map((each, k) => (isChoice[k] === 1 ? 0 : each));
    expect(farthest(gradient, wanted)).toBeLessThan(1e-8);
  });
}

test.each(golden.logEi)('the log of the expected improvement at z = $z is that of Optuna', ({ z, value }) => {
  const slopes = new Float64Array(2);
  expect(farthest([logImprovement(z, slopes)], [value])).toBeLessThan(1e-9);
  // by mean and by deviation, as the logarithm grows
  const [low, high] = [logImprovement(z - 1e-6, new Float64Array(2)), logImprovement(z + 1e-6, new Float64Array(2))];
  expect(Math.abs((high - low) / 2e-6 - (slopes[0] ?? 0))).toBeLessThan(1e-3 * Math.max(1, Math.abs(z)));
});

describe.each(golden.cases)('the history "$name"', (of) => {
  test('places and grids are those of Optuna, and lead back to the values', () => {
    const known = knownIn(of);
    of.trials.forEach((trial, row) => {
      const values = trial as Readonly<Record<string, number | string | boolean>>;
      const places = known.map((each) => placeOfValue(each, values[each.name]));
      expect(farthest(places, of.places[row] ?? [])).toBeLessThan(1e-12);
      known.forEach((each, k) => {
        const [back, value] = [valueOf(each, places[k] ?? 0), values[each.name]];
        if (typeof value === 'number') expect(farthest([Number(back)], [value])).toBeLessThan(1e-12);
        else expect(back).toBe(value);
      });
    });
    const grids = of.discrete as Readonly<Record<string, readonly number[] | undefined>>;
    for (const each of known.filter(({ axis }) => axis.kind !== 'line')) {
      const grid = Array.from({ length: placesOn(each) }, (_each, at) => placeAt(each, at));
      expect(farthest(grid, grids[each.name] ?? [])).toBeLessThan(1e-12);
    }
  });

  test('values are standardised as there', () => {
    expect(farthest(standardised(Float64Array.from(of.losses, (each) => -each)).y, of.y)).toBeLessThan(1e-12);
    const { y, mean, deviation } = standardised(Float64Array.from(of.bound, (each) => -each));
    expect(farthest(y, of.held)).toBeLessThan(1e-12);
    expect(farthest([-mean / deviation], [of.thresholdHeld])).toBeLessThan(1e-12);
  });

  test('the kernel is that of Optuna', () => {
    const places = placesOf(of);
    const params = paramsOf(Float64Array.from(of.raw));
    const { rows, dimensions, at } = places;
    const ours = of.kernel.flatMap((_cells, i) => {
      const row = { values: new Float64Array(rows), slopes: new Float64Array(rows) };
      covariances(columnsOf(places), params, { of: at, from: i * dimensions, count: rows }, row);
      return [...row.values];
    });
    expect(farthest(ours, of.kernel.flat())).toBeLessThan(1e-12);
  });

  test('likelihood, priors and their gradient are those of Optuna', () => {
    const gradient = new Float64Array(of.raw.length);
    const loss: Sloped = lossOf(placesOf(of), Float64Array.from(of.y));
    expect(farthest([loss(Float64Array.from(of.raw), gradient)], [of.loss])).toBeLessThan(1e-9);
    expect(farthest(gradient, of.gradient)).toBeLessThan(1e-9);
  });

  test('the parameters that are fitted are as likely as those that Optuna fits', () => {
    const [places, y] = [placesOf(of), Float64Array.from(of.y)];
    const loss = lossOf(places, y);
    const at = (raw: Float64Array): number => loss(raw, new Float64Array(raw.length));
    expect(farthest([at(Float64Array.from(of.fitted.raw))], [of.fitted.loss])).toBeLessThan(1e-7);
    expect(at(fitFrom({ raw: firstParams(places.dimensions) }, places, y).raw)).toBeLessThan(of.fitted.loss + 1e-3);
    expect(
      at(
        fitted(
          places,
          Float64Array.from(of.losses, (each) => -each),
        ),
      ),
    ).toBeLessThan(of.fitted.loss + 1e-3);
  });

  test('means and variances are those of Optuna, one by one and all at once', () => {
    const model = modelOf(of);
    const count = of.points.length;
    const { means, variances, settle } = model.survey(flat(of.points), count);
    const bounds = variances.slice();
    for (let at = 0; at < count; at += 4) settle([at, at + 1, at + 2, at + 3]);
    expect(bounds.every((bound, at) => bound >= (variances[at] ?? 0))).toBe(true);
    of.points.forEach((point, at) => {
      model.look(Float64Array.from(point));
      expect(farthest([model.mean, model.variance], [of.mean[at] ?? NaN, of.variance[at] ?? NaN])).toBeLessThan(1e-9);
    });
    expect(farthest(means, of.mean)).toBeLessThan(1e-9);
    expect(farthest(variances, of.variance)).toBeLessThan(1e-9);
  });

  test('the acquisition is that of Optuna, with a bound and with the bound alone, too', () => {
    const objective = { model: modelOf(of), term: improvementOver(of.threshold) };
    const bound = { model: modelOf(of, 'held'), term: chanceAbove(of.thresholdHeld) };
    compare(of, acquisitionOf([objective]), of.logEi);
    compare(of, acquisitionOf([objective, bound]), of.logCei);
    compare(of, acquisitionOf([bound]), of.onlyBound);
  });

  test('with pending trials and given normals, fantasies and acquisition are those of Optuna', () => {
    const objective = { fantasies: dreamsOf(of, modelOf(of), 0), utility: gainOver(of.threshold) };
    const bound = { fantasies: dreamsOf(of, modelOf(of, 'held'), 1), utility: softlyAbove(of.thresholdHeld) };
    expect(farthest(objective.fantasies.told, of.fantasies.flat())).toBeLessThan(1e-9);
    compare(of, batchAcquisitionOf([objective]), of.qLogEi);
    compare(of, batchAcquisitionOf([objective, bound]), of.qLogCei);
  });
});
