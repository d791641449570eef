import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { study } from '../../../bench/samplers/ours';
import { FAULTS } from '../../../bench/samplers/planted';
import { ZDT } from '../../../bench/samplers/several';
import { lossIn, TABLES, type Table } from '../../../bench/samplers/tabular';

const TABLE: Table = {
  dimensions: {
    rate: { kind: 'float', low: 0.01, high: 1, log: true, grid: [0.01, 0.1, 1] },
    kernel: { kind: 'categorical', choices: ['a', 'b'], grid: ['a', 'b'] },
  },
  losses: [0, 1, 2, 3, 4, 5],
};

test.each([
  [0.01, 'a', 0],
  [0.03, 'b', 1],
  [0.04, 'b', 3],
  [0.4, 'a', 4],
] as const)('a table answers %d and %s by the nearest cell, on the logarithm', (rate, kernel, loss) => {
  expect(lossIn(TABLE, { rate, kernel })).toBe(loss);
});

test.each(TABLES)(
  'the table $name is whole: its best cell misses nothing, and no cell is without a number',
  (problem) => {
    const { course } = problem.instance(0);
    const learnt = study('random', problem, 1, 50);
    expect(learnt.every((missing) => Number.isFinite(missing) && missing >= 0)).toBe(true);
    expect(course([])).toEqual([]);
  },
);

test.each(ZDT)('on $name the front itself misses nothing, nearly', ({ instance }) => {
  const { told, course } = instance(3);
  // the others at their best are found coordinate by coordinate: the second objective is least there
  const best = Array.from({ length: 5 }, (_each, at) => {
    const places = Array.from({ length: 1_001 }, (_place, step) => step / 1_000);
    const worth = (place: number): number =>
      told(
        { x0: 0.5, ...Object.fromEntries([0, 1, 2, 3, 4].map((k) => [`x${String(k + 1)}`, k === at ? place : 0.5])) },
        1,
      )[1] ?? 0;
    return places.reduce((a, b) => (worth(b) < worth(a) ? b : a));
  });
  const front = Array.from({ length: 200 }, (_each, at) => ({
    x0: at / 199,
    ...Object.fromEntries(best.map((each, k) => [`x${String(k + 1)}`, each])),
  }));
  const missing = course(front).at(-1) ?? 1;
  expect(missing).toBeGreaterThan(0);
  expect(missing).toBeLessThan(0.01);
});

test.each(FAULTS)('the fault "$name" can be planted: what it changes stands there once', ({ file, right, wrong }) => {
  const text = readFileSync(join(__dirname, '../../../src/domain/optimisation/samplers', file), 'utf8');
  expect(text.split(right)).toHaveLength(2);
  expect(text).not.toContain(wrong);
});
