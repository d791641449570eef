import * as fc from 'fast-check';
import type { Dimension, SearchSpace } from '../../../../../src/contracts/optimisation/search-space';
import { emptyHistory, historyOf } from '../../../../../src/domain/optimisation/history';
import { gridAxis } from '../../../../../src/domain/optimisation/samplers/grid/axis';
import { gridSampler } from '../../../../../src/domain/optimisation/samplers/grid/grid';
import { permuted } from '../../../../../src/domain/optimisation/samplers/grid/permutation';
import { configurationProblem, spaceProblems } from '../../../../../src/domain/optimisation/search-space';
import type { Value, Values } from '../../../../../src/contracts/variable';
import { holds } from '../../../../../src/domain/variable';

const float = (low: number, high: number, more: object = {}): Dimension => {
  return { kind: 'float', low, high, log: false, ...more };
};
const sizeOf = (space: SearchSpace, points?: number): number =>
  gridSampler.asks?.(space, points === undefined ? {} : { points }) ?? 0;

function all(space: SearchSpace, seed: number, points = 10): string[] {
  const history = historyOf(emptyHistory(space));
  return Array.from({ length: sizeOf(space, points) }, (_each, ask) =>
    JSON.stringify(gridSampler.ask(space, history, [], { seed, ask, options: { points } })),
  );
}

/** Every configuration by trying all values, dimension after dimension. */
function listed({ dimensions }: SearchSpace, points: number): string[] {
  const lists = Object.entries(dimensions).reduce<Values[]>(
    (before, [name, dimension]) =>
      before.flatMap((values) => {
        if (!holds(dimension.when, values)) return [values];
        const { count, at } = gridAxis(dimension, points);
        return Array.from({ length: count }, (_each, k) => ({ ...values, [name]: at(k) }));
      }),
    [{}],
  );
  return lists.map((values) => JSON.stringify(values));
}

const valuesOf = (dimension: Dimension, points: number): Value[] => {
  const { count, at } = gridAxis(dimension, points);
  return Array.from({ length: count }, (_each, k) => at(k));
};

test('the values of the grid are the choices and steps; a float has so many from end to end', () => {
  expect(valuesOf(float(0, 1), 5)).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(valuesOf(float(2, 4), 1)).toEqual([3]);
  expect(valuesOf(float(0.5, 0.5), 5)).toEqual([0.5]);
  expect(valuesOf(float(0, 0.3, { step: 0.1 }), 2)).toEqual([0, 0.1, 0.2, 0.3]);
  const logarithmic = valuesOf(float(1e-3, 1e3, { log: true }), 7).map(Number);
  expect(logarithmic.map((value) => Number(value.toPrecision(12)))).toEqual([1e-3, 1e-2, 1e-1, 1, 10, 100, 1_000]);
  expect([logarithmic[0], logarithmic[6]]).toEqual([1e-3, 1e3]);
  expect(valuesOf({ kind: 'int', low: 1, high: 9, log: false, step: 4 }, 2)).toEqual([1, 5, 9]);
  expect(valuesOf({ kind: 'int', low: 1, high: 1_000, log: true, step: 1 }, 4)).toEqual([1, 10, 100, 1_000]);
  expect(valuesOf({ kind: 'int', low: 1, high: 4, log: true, step: 1 }, 10)).toEqual([1, 2, 3, 4]);
  expect(valuesOf({ kind: 'boolean' }, 2)).toEqual([false, true]);
  expect(valuesOf({ kind: 'ordinal', choices: ['s', 'm', 'l'] }, 2)).toEqual(['s', 'm', 'l']);
});

test('the place of an ask is a permutation that the seed chooses, whatever the size', () => {
  for (const size of [1, 2, 3, 16, 17, 1_000]) {
    const places = Array.from({ length: size }, (_each, n) => permuted(n, size, 5));
    expect(new Set(places).size).toBe(size);
    expect(Math.max(...places)).toBe(size - 1);
  }
  const [one, other] = [1, 2].map((seed) => Array.from({ length: 100 }, (_each, n) => permuted(n, 100, seed)));
  expect(one).not.toEqual(other);
  const vast = Array.from({ length: 2_000 }, (_each, n) => permuted(n, 2 ** 52, 3));
  expect(vast.every((place) => Number.isSafeInteger(place) && place >= 0)).toBe(true);
  expect(vast.filter((place) => place < 2 ** 51).length / 2_000).toBeCloseTo(0.5, 1);
});

test('the first asks are an even sample of the grid', () => {
  const places = Array.from({ length: 1_000 }, (_each, n) => permuted(n, 10_000, 7));
  const counts = Array.from({ length: 10 }, (_each, tenth) => places.filter((p) => Math.floor(p / 1_000) === tenth));
  for (const { length } of counts) expect(Math.abs(length - 100)).toBeLessThan(40);
});

const choices = (count: number): Value[] => Array.from({ length: count }, (_each, at) => `v${String(at)}`);
/** Spaces with conditions on any earlier choices. */
const spaces = fc
  .array(fc.record({ count: fc.integer({ min: 1, max: 4 }), isFloat: fc.boolean(), on: fc.array(fc.nat(20)) }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((all): SearchSpace => {
    const dimensions: Record<string, Dimension> = {};
    const named: { readonly name: string; readonly count: number }[] = [];
    all.forEach(({ count, isFloat, on }, at) => {
      const name = `d${String(at)}`;
      const conditions = on.slice(0, 2).flatMap((pick) => {
        const other = named[pick % Math.max(1, named.length)];
        return other === undefined ? [] : [[other.name, `v${String(pick % other.count)}`] as const];
      });
      const when = conditions.length === 0 ? {} : { when: Object.fromEntries(conditions) };
      dimensions[name] = isFloat ? float(0, 1, when) : { kind: 'categorical', choices: choices(count), ...when };
      if (!isFloat) named.push({ name, count });
    });
    return { dimensions };
  });

test('every configuration comes exactly once, under conditions of any shape and depth', () => {
  fc.assert(
    fc.property(spaces, fc.integer({ min: 0, max: 99 }), (space, seed) => {
      fc.pre(spaceProblems(space).length === 0);
      const expected = listed(space, 3);
      fc.pre(expected.length < 3_000);
      expect(all(space, seed, 3).toSorted()).toEqual(expected.toSorted());
      expect(configurationProblem(space, JSON.parse(expected[0] ?? '{}') as Values)).toBeUndefined();
    }),
    { seed: 30, numRuns: 150 },
  );
});

test('a grid is counted and never listed', () => {
  const switches = Object.fromEntries(
    Array.from({ length: 50 }, (_each, at): [string, Dimension] => [
      `x${String(at)}`,
      at < 25 ? { kind: 'boolean' } : { ...float(0, 1), when: { [`x${String(at - 25)}`]: true } },
    ]),
  );
  // each switch is off, or on with two values of its own
  expect(sizeOf({ dimensions: switches }, 2)).toBe(3 ** 25);
  const depth = Object.fromEntries(
    Array.from({ length: 100 }, (_each, at): [string, Dimension] => [
      `x${String(at)}`,
      { kind: 'boolean', ...(at === 0 ? {} : { when: { [`x${String(at - 1)}`]: true } }) },
    ]),
  );
  expect(sizeOf({ dimensions: depth })).toBe(101);
  expect(new Set(all({ dimensions: depth }, 4)).size).toBe(101);
});

test('conditions that are too tangled to be counted, and grids that are too large, are said to be', () => {
  const tangled = Object.fromEntries(
    Array.from({ length: 40 }, (_each, at): [string, Dimension] => [
      `x${String(at)}`,
      at < 20
        ? { kind: 'boolean' }
        : { kind: 'boolean', when: { [`x${String(at - 20)}`]: true, [`x${String((at - 19) % 20)}`]: false } },
    ]),
  );
  expect(gridSampler.problem?.({ dimensions: tangled })).toMatch(/too many combinations/);
  const vast = Object.fromEntries(Array.from({ length: 20 }, (_each, at) => [`x${String(at)}`, float(0, 1)]));
  expect(gridSampler.problem?.({ dimensions: vast })).toMatch(/more than 2\^52/);
  expect(gridSampler.problem?.({ dimensions: vast }, { points: 2 })).toBeUndefined();
});
