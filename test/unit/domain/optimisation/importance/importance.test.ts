import type { SearchSpace } from '../../../../../src/contracts/optimisation/search-space';
import type { Value } from '../../../../../src/contracts/variable';
import { cellsOf } from '../../../../../src/domain/optimisation/importance/cells';
import { importanceOf, type Rated } from '../../../../../src/domain/optimisation/importance/importance';
import recorded from './importance-optuna.json';

interface Case {
  readonly name: string;
  readonly space: SearchSpace['dimensions'];
  readonly direction: 'minimise' | 'maximise';
  readonly columns: Readonly<Record<string, readonly (Value | null)[]>>;
  readonly values: readonly number[];
  readonly shares: Readonly<Record<string, number>>;
}

function trialsOf({ columns, values, direction }: Case): readonly Rated[] {
  return values.map((value, at) => {
    const tried = Object.entries(columns).flatMap(([name, column]) => {
      const one = column[at] ?? null;
      return one === null ? [] : [[name, one] as const];
    });
    return { configuration: Object.fromEntries(tried), loss: direction === 'minimise' ? value : -value };
  });
}

const cases = recorded.cases as unknown as readonly Case[];
const line: SearchSpace = {
  dimensions: {
    x: { kind: 'float', low: 0, high: 1, log: false },
    y: { kind: 'float', low: 0, high: 1, log: false },
  },
};
const rated = (x: number, y: number, loss: number): Rated => ({ configuration: { x, y }, loss });

test.each(cases.map((each) => [each.name, each] as const))('shares agree with Optuna 5.0.0: %s', (_name, given) => {
  const { parameters } = importanceOf({ dimensions: given.space }, trialsOf(given));
  const ours = Object.fromEntries(parameters.map(({ name, importance }) => [name, importance]));
  const off = Object.entries(given.shares).map(([name, share]) => Math.abs((ours[name] ?? NaN) - share));
  expect(Object.keys(ours).sort()).toEqual(Object.keys(given.space).sort());
  expect(Math.max(...off)).toBeLessThan(1e-9);
});

test('shares add up to one and come in their order, however the trials are ordered', () => {
  for (const given of cases) {
    const trials = trialsOf(given);
    const { parameters } = importanceOf({ dimensions: given.space }, trials);
    const shares = parameters.map(({ importance }) => importance);
    expect(shares.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 12);
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
    const turned = importanceOf({ dimensions: given.space }, trials.toReversed());
    expect(turned.parameters.map(({ name }) => name)).toEqual(parameters.map(({ name }) => name));
  }
});

test('what decides alone has nearly all of it, what is idle nearly nothing', () => {
  const grid = Array.from({ length: 20 }, (_each, at) => at / 19);
  const trials = grid.flatMap((x) => grid.map((y) => rated(x, y, x)));
  const [first, second] = importanceOf(line, trials).parameters;
  expect([first?.name, second?.name]).toEqual(['x', 'y']);
  expect(first?.importance).toBeGreaterThan(0.99);
});

test('trials that cannot tell say why, where Optuna gives equal shares', () => {
  expect(importanceOf(line, [])).toEqual({
    trials: 0,
    top: 0,
    parameters: [],
    warning: 'it takes two complete trials at least; there are 0',
  });
  expect(importanceOf(line, [rated(0, 0, 1)]).warning).toContain('there are 1');
  expect(importanceOf(line, [rated(0, 0, 1), rated(1, 1, 1)])).toEqual({
    trials: 2,
    top: 2,
    parameters: [],
    warning: 'all 2 complete trials are equally good',
  });
  const single: SearchSpace = { dimensions: { only: { kind: 'categorical', choices: ['a'] } } };
  const some = [1, 2, 3].map((loss) => ({ configuration: { only: 'a' }, loss }));
  expect(importanceOf(single, some)).toMatchObject({
    parameters: [],
    warning: expect.stringContaining('no dimension') as string,
  });
});

test('few of the best are said to be few', () => {
  const trials = Array.from({ length: 40 }, (_each, at) => rated(at / 40, (at * 7) % 40, at));
  expect(importanceOf(line, trials)).toMatchObject({
    top: 4,
    warning: 'unstable: it rests on the best 4 of 40 trials; from 5 on it holds',
  });
  const more = Array.from({ length: 50 }, (_each, at) => rated(at / 50, (at * 7) % 50, at));
  expect(importanceOf(line, more)).not.toHaveProperty('warning');
});

test('a dimension that was tried once, or never among the best, has no share', () => {
  const space: SearchSpace = {
    dimensions: {
      kind: { kind: 'categorical', choices: ['a', 'b'] },
      rare: { kind: 'float', low: 0, high: 1, log: false, when: { kind: 'b' } },
    },
  };
  const trials: readonly Rated[] = [
    ...Array.from({ length: 20 }, (_each, at) => ({ configuration: { kind: 'a' }, loss: at })),
    { configuration: { kind: 'b', rare: 0.5 }, loss: 30 },
  ];
  expect(importanceOf(space, trials).parameters).toEqual([
    { name: 'kind', importance: 1 },
    { name: 'rare', importance: 0 },
  ]);
});

test('cells: ends, ties to the lower, values of another kind nowhere', () => {
  const x = cellsOf({ kind: 'int', low: 0, high: 98, log: false, step: 1 });
  expect([x?.count, x?.cellOf(0), x?.cellOf(1), x?.cellOf(3), x?.cellOf(98), x?.cellOf(1_000), x?.cellOf(-3)]).toEqual([
    50, 0, 0, 1, 49, 49, 0,
  ]);
  expect(x?.cellOf('3')).toBeUndefined();
  expect(cellsOf({ kind: 'ordinal', choices: [1, 2, 4] })?.isChoice).toBe(false);
  expect(cellsOf({ kind: 'int', low: 3, high: 3, log: false, step: 1 })).toBeUndefined();
  expect(cellsOf({ kind: 'int', low: 3, high: 4, log: false, step: 2 })).toBeUndefined();
});
