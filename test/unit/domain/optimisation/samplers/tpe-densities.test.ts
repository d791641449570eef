import type { SearchSpace } from '../../../../../src/contracts/optimisation/search-space';
import type { Value } from '../../../../../src/contracts/variable';
import { encode } from '../../../../../src/domain/optimisation/dimension';
import { emptyHistory, historyOf, observe } from '../../../../../src/domain/optimisation/history';
import { score } from '../../../../../src/domain/optimisation/samplers/tpe/acquisition';
import { axisOf, placeOf } from '../../../../../src/domain/optimisation/samplers/tpe/axis';
import { bandwidths } from '../../../../../src/domain/optimisation/samplers/tpe/bandwidth';
import { groupsOf } from '../../../../../src/domain/optimisation/samplers/tpe/groups';
import { keep } from '../../../../../src/domain/optimisation/samplers/tpe/ledger';
import { observationsOf, rowsOf } from '../../../../../src/domain/optimisation/samplers/tpe/observations';
import { parzen } from '../../../../../src/domain/optimisation/samplers/tpe/parzen';
import { goodCount } from '../../../../../src/domain/optimisation/samplers/tpe/split';
import { mixtureWeights } from '../../../../../src/domain/optimisation/samplers/tpe/weights';
import recorded from './tpe-densities.json';

type Values = Readonly<Record<string, Value>>;
interface Side {
  readonly weights: readonly number[];
  readonly kernels?: readonly { readonly mus?: readonly number[]; readonly sigmas?: readonly number[] }[];
  readonly logDensity: readonly number[];
}
interface Case {
  readonly name: string;
  readonly space: SearchSpace['dimensions'];
  readonly trials: readonly {
    readonly number: number;
    readonly configuration: Values;
    readonly loss?: number;
    readonly violation?: number;
  }[];
  readonly good: readonly number[];
  readonly groups: readonly {
    readonly names: readonly string[];
    readonly points: readonly Values[];
    readonly below: Side;
    readonly above: Side;
    readonly ranking: readonly number[];
  }[];
}

/** Equal to 1e-9, relative where the numbers are large. */
function expectClose(ours: ArrayLike<number>, theirs: readonly number[]): void {
  expect(ours).toHaveLength(theirs.length);
  const off = theirs.map((each, at) => Math.abs((ours[at] ?? NaN) - each) / Math.max(1, Math.abs(each)));
  expect(Math.max(...off)).toBeLessThan(1e-9);
}

/** What the sampler makes of a recorded history. */
function readCase({ space: dimensions, trials }: Case) {
  const space: SearchSpace = { dimensions };
  const entries = Object.entries(dimensions);
  const axes = entries.map(([, dimension]) => axisOf(dimension));
  const history = trials.reduce((before, { number, configuration, loss, violation = 0 }) => {
    const seen = { number, configuration, loss, feasible: violation === 0, violation };
    return loss === undefined ? before : observe(before, space, seen);
  }, emptyHistory(space));
  const pending = trials.filter(({ loss }) => loss === undefined);
  const { ledger } = keep(
    undefined,
    historyOf(history),
    entries.map(([, dimension]) => dimension),
    axes,
  );
  return { space, entries, axes, rows: rowsOf(ledger, pending, entries) };
}

test('the good set has the size that Optuna gives it', () => {
  for (const [finished, good] of recorded.good) expect(goodCount(finished ?? 0)).toBe(good);
});

test('weights fade as in Optuna, the prior counts as one trial', () => {
  for (const theirs of recorded.weights) {
    const ours = mixtureWeights(theirs.length);
    const prior = ours.at(-1) ?? NaN;
    expectClose(
      ours.map((weight) => weight / prior),
      [...theirs, 1],
    );
    expect(Math.abs(ours.reduce((sum, weight) => sum + weight, 0) - 1)).toBeLessThan(1e-12);
  }
});

describe.each(recorded.cases as unknown as readonly Case[])('with the history "$name"', (given) => {
  const { space, entries, axes, rows } = readCase(given);
  const groups = groupsOf(space);

  test('the good trials are those of Optuna', () => {
    const good = rows.ledger.numbers.filter((_number, row) => rows.good[row] === 1);
    expect(good.toSorted((a, b) => a - b)).toEqual(given.good);
  });

  test.each(given.groups)('weights, places, bandwidths and densities of $names are those of Optuna', (group) => {
    const at = groups.find((each) => each.some((of) => entries[of]?.[0] === group.names[0])) ?? [];
    expect(at.map((of) => entries[of]?.[0])).toEqual(group.names);
    const open = at.flatMap((of) => axes[of] ?? []);
    const coordinates = group.points.map((point) =>
      Float64Array.from(at, (of) => {
        const [name, dimension] = entries[of] ?? ['', { kind: 'boolean' }];
        const place = placeOf(dimension, encode(dimension, point[name] ?? '') ?? NaN);
        return dimension.kind === 'int' && dimension.log ? Number(point[name]) : place;
      }),
    );
    const sides = (['below', 'above'] as const).map((side) => {
      const { weights, kernels, logDensity } = group[side];
      const observations = observationsOf(rows, side, at, axes);
      expectClose(mixtureWeights(observations.length), weights);
      kernels?.forEach(({ mus, sigmas }, place) => {
        const axis = open[place];
        if (mus === undefined || sigmas === undefined || axis === undefined || axis.kind === 'choice') return;
        const { columns, orders } = observations;
        const ours = bandwidths(
          axis.low,
          axis.high,
          columns[place] ?? new Float64Array(),
          orders[place] ?? new Int32Array(),
        );
        // steps count from 0 with us
        const dimension = entries[at[place] ?? 0]?.[1];
        const isSteps = axis.kind === 'cells' && !axis.log && dimension !== undefined && 'low' in dimension;
        const [from, step] = isSteps ? [dimension.low, dimension.step ?? 1] : [0, 1];
        expectClose(
          ours.places.map((each) => from + each * step),
          mus,
        );
        expectClose(
          ours.sigmas.map((each) => each * step),
          sigmas,
        );
      });
      const estimator = parzen(open, observations);
      expectClose(
        coordinates.map((each) => estimator.logDensity(each)),
        logDensity,
      );
      return estimator;
    });
    // and the candidates stand in the same order
    const [below, above] = sides;
    if (below === undefined || above === undefined) throw new Error('two sides were expected');
    const scores = coordinates.map((each) => score(below, above, each));
    const ranking = scores
      .map((_each, point) => point)
      .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b)
      // equal candidates may differ in the last bit
      .map((point) => scores[point]?.toPrecision(9));
    expect(ranking).toEqual(group.ranking.map((point) => scores[point]?.toPrecision(9)));
  });
});
