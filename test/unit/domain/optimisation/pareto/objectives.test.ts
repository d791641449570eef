import type { SearchSpace } from '../../../../../src/contracts/optimisation/search-space';
import type { Value } from '../../../../../src/contracts/variable';
import { encode } from '../../../../../src/domain/optimisation/dimension';
import { emptyHistory, historyOf, observe } from '../../../../../src/domain/optimisation/history';
import { crowdingOf, eliteOf } from '../../../../../src/domain/optimisation/pareto/crowding';
import { dominates, frontsOf, lexically, onFront } from '../../../../../src/domain/optimisation/pareto/dominance';
import { hypervolume } from '../../../../../src/domain/optimisation/pareto/hypervolume';
import { referenceOf, spreadWithRepeats } from '../../../../../src/domain/optimisation/pareto/subset';
import { STREAMS, wordsOf } from '../../../../../src/domain/optimisation/philox';
import { propose } from '../../../../../src/domain/optimisation/samplers/tpe/acquisition';
import { axisOf, placeOf, valueAt } from '../../../../../src/domain/optimisation/samplers/tpe/axis';
import { keep } from '../../../../../src/domain/optimisation/samplers/tpe/ledger';
import { observationsOf, rowsOf } from '../../../../../src/domain/optimisation/samplers/tpe/observations';
import { parzen } from '../../../../../src/domain/optimisation/samplers/tpe/parzen';
import { goodCount } from '../../../../../src/domain/optimisation/samplers/tpe/split';
import { tpeSampler } from '../../../../../src/domain/optimisation/samplers/tpe/tpe';
import { mixtureWeights } from '../../../../../src/domain/optimisation/samplers/tpe/weights';
import recorded from './objectives.json';

interface Side {
  readonly weights: readonly number[];
  readonly logDensity: readonly number[];
}
interface Split {
  readonly name: string;
  readonly space: SearchSpace['dimensions'];
  readonly objectives: number;
  readonly trials: readonly {
    readonly number: number;
    readonly configuration: Readonly<Record<string, Value>>;
    readonly state: 'complete' | 'running' | 'pruned';
    readonly losses?: readonly number[];
    readonly violation?: number;
  }[];
  readonly good: readonly number[];
  readonly dimensions: readonly {
    readonly name: string;
    readonly points: readonly Readonly<Record<string, Value>>[];
    readonly below: Side;
    readonly above: Side;
  }[];
}

const at = (_each: unknown, place: number): number => place;
const ascending = (places: readonly number[]): readonly number[] => places.toSorted((a, b) => a - b);

/** Equal to 1e-9, relative where the numbers are large; what is infinite is `null` in JSON. */
function expectClose(ours: ArrayLike<number>, theirs: readonly (number | null)[]): void {
  expect(ours).toHaveLength(theirs.length);
  const off = theirs.map((each, place) =>
    each === null
      ? Number(ours[place] !== Infinity)
      : Math.abs((ours[place] ?? NaN) - each) / Math.max(1, Math.abs(each)),
  );
  expect(Math.max(...off)).toBeLessThan(1e-9);
}

test('the good set is a tenth without a cap, as Optuna has it for several objectives', () => {
  for (const [finished, good] of recorded.good) expect(goodCount(finished ?? 0, 2)).toBe(good);
});

test('fronts are the ranks of Optuna, equal points on one', () => {
  for (const { points, ranks } of recorded.ranks) {
    const order = points.map(at).sort((a, b) => lexically(points[a] ?? [], points[b] ?? []));
    const ours = points.map(() => -1);
    frontsOf(order.map((each) => points[each] ?? [])).forEach((front, rank) => {
      for (const place of front) ours[order[place] ?? -1] = rank;
    });
    expect(ours).toEqual(ranks);
  }
});

test('a front is what nobody dominates', () => {
  for (const { points } of recorded.ranks) {
    const sorted = points.toSorted(lexically);
    const free = sorted.map((point) => !sorted.some((other) => dominates(other, point)));
    expect(onFront(sorted)).toEqual(free);
  }
});

test('volumes are those of Optuna, for two to five objectives', () => {
  for (const { points, reference, volume } of recorded.volumes) {
    expectClose([hypervolume(points, reference)], [volume]);
    expectClose(referenceOf(points), reference);
  }
});

test('what is worse than the reference adds no volume', () => {
  expect(hypervolume([], [1, 1])).toBe(0);
  expect(
    hypervolume(
      [
        [2, 0],
        [0, 1],
      ],
      [1, 1],
    ),
  ).toBe(0);
  expect(
    hypervolume(
      [
        [0.5, 0.5],
        [2, 0],
      ],
      [1, 1],
    ),
  ).toBe(0.25);
});

test('a reference point is never zero', () => {
  expect(
    referenceOf([
      [0, -1],
      [-1, -2],
    ]),
  ).toEqual([1e-12, -0.9]);
});

test('of a front the same members are chosen as by Optuna, repetitions last', () => {
  for (const { points, size, chosen } of recorded.subsets) {
    const order = points.map(at).sort((a, b) => lexically(points[a] ?? [], points[b] ?? []) || a - b);
    const before = (a: number, b: number): number => (order[a] ?? 0) - (order[b] ?? 0);
    const ours = spreadWithRepeats(
      order.map((each) => points[each] ?? []),
      size,
      before,
    );
    expect(ascending(ours.map((place) => order[place] ?? -1))).toEqual(chosen);
  }
});

test('crowding distances are those of Optuna', () => {
  for (const { points, crowding } of recorded.crowding) expectClose(crowdingOf(points), crowding);
});

test('the elite of a population is that of Optuna, broken bounds behind all that were kept', () => {
  for (const { points, broken, elites } of recorded.crowding) {
    const population = points.map((losses, number) => ({ number, losses, broken: broken[number] ?? 0 }));
    for (const { size, members } of elites) {
      const elite = eliteOf(population, size);
      expect(elite).toHaveLength(size);
      expect(ascending(elite.map(({ number }) => number))).toEqual(members);
    }
  }
});

describe.each(recorded.splits as unknown as readonly Split[])('with the history "$name"', (given) => {
  const space: SearchSpace = { dimensions: given.space };
  const entries = Object.entries(given.space);
  const axes = entries.map(([, dimension]) => axisOf(dimension));
  const history = given.trials
    .filter(({ state }) => state !== 'running')
    .reduce(
      (before, { number, configuration, losses = [], violation = 0 }) => {
        const [loss, ...more] = losses;
        const pruned = loss === undefined ? { pruned: { step: -1, loss: NaN } } : {};
        const seen = { number, configuration, loss, more, feasible: violation === 0, violation, ...pruned };
        return observe(before, space, seen);
      },
      emptyHistory(space, given.objectives),
    );
  const pending = given.trials.filter(({ state }) => state === 'running');
  const { ledger } = keep(
    undefined,
    historyOf(history),
    entries.map(([, dimension]) => dimension),
    axes,
  );
  const rows = rowsOf(ledger, pending, entries);

  test('the good trials are those of Optuna', () => {
    const good = rows.ledger.numbers.filter((_number, row) => rows.good[row] === 1);
    expect(ascending(good)).toEqual(given.good);
  });

  test('the sampler draws each dimension from its own two densities, the good one without fading', () => {
    const key = { seed: 9, ask: 500 };
    const suggested = tpeSampler.ask(space, historyOf(history), pending, key);
    entries.forEach(([name, dimension], of) => {
      const axis = axes[of];
      if (axis === undefined) return;
      const below = parzen([axis], observationsOf(rows, 'below', [of], axes), true);
      const above = parzen([axis], observationsOf(rows, 'above', [of], axes));
      const [coordinate = NaN] = propose(below, above, wordsOf(key.seed, STREAMS.tpe, key.ask, of));
      expect([name, suggested[name]]).toEqual([name, valueAt(dimension, coordinate)]);
    });
  });

  test.each(given.dimensions)('weights and densities of $name are those of Optuna', ({ name, points, ...sides }) => {
    const of = entries.findIndex(([each]) => each === name);
    const dimension = given.space[name];
    const axis = axes[of];
    if (dimension === undefined || axis === undefined) throw new Error('a dimension with several values was expected');
    const coordinates = points.map((point) => {
      const place = placeOf(dimension, encode(dimension, point[name] ?? '') ?? NaN);
      return Float64Array.of(dimension.kind === 'int' && dimension.log ? Number(point[name]) : place);
    });
    for (const side of ['below', 'above'] as const) {
      const observations = observationsOf(rows, side, [of], axes);
      expectClose(mixtureWeights(observations.length, side === 'below'), sides[side].weights);
      const estimator = parzen([axis], observations, side === 'below');
      const ours = coordinates.map((each) => estimator.logDensity(each));
      expectClose(ours, sides[side].logDensity);
    }
  });
});
