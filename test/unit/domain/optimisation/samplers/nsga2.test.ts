import type { SearchSpace } from '../../../../../src/contracts/optimisation/search-space';
import { decode, encode } from '../../../../../src/domain/optimisation/dimension';
import { emptyHistory, historyOf, observe, type HistoryData } from '../../../../../src/domain/optimisation/history';
import { goesBefore } from '../../../../../src/domain/optimisation/pareto/crowding';
import { nsga2Sampler } from '../../../../../src/domain/optimisation/samplers/nsga2/nsga2';
import {
  nobody,
  POPULATION,
  withMember,
  type Member,
} from '../../../../../src/domain/optimisation/samplers/nsga2/population';
import { randomSampler } from '../../../../../src/domain/optimisation/samplers/random';

const unit = { kind: 'float', low: 0, high: 1, log: false } as const;
const PLAIN: SearchSpace = {
  dimensions: { x: unit, y: unit, n: { kind: 'int', low: 1, high: 9, log: false, step: 1 } },
};
const TREE: SearchSpace = {
  dimensions: {
    kind: { kind: 'categorical', choices: ['a', 'b'] },
    ofA: { ...unit, when: { kind: 'a' } },
    ofB: { ...unit, when: { kind: 'b' } },
  },
};

/** A study of so many trials, as it carries its history: with what the sampler has learnt, or without. */
function studied(space: SearchSpace, count: number, learns: boolean): HistoryData {
  const learn = (before: unknown, history: ReturnType<typeof historyOf>): unknown =>
    nsga2Sampler.learn?.(space, before, history, { seed: 5 });
  let history = emptyHistory(space, 2);
  for (let ask = 0; ask < count; ask++) {
    const configuration = nsga2Sampler.ask(space, historyOf(history), [], { seed: 5, ask });
    const [x = 0, y = 0] = Object.values(configuration).map(Number);
    const seen = { number: ask + 1, ask, configuration, loss: x, more: [1 - x + y], feasible: true };
    history = observe(history, space, seen, learns ? learn : undefined);
  }
  return history;
}

const member = (number: number, losses: readonly number[], broken = 0): Member => ({
  number,
  losses,
  broken,
  values: [],
});

test('the first generation is random, and nobody waits for it to be whole', () => {
  const history = historyOf(studied(PLAIN, POPULATION - 1, true));
  const key = { seed: 5, ask: 99 };
  expect(nsga2Sampler.ask(PLAIN, history, [], key)).toEqual(randomSampler.ask(PLAIN, history, [], key));
});

test('what a study carries makes the same suggestions as all of its trials', () => {
  for (const count of [60, 100, 163, 257]) {
    const [carried, whole] = [studied(PLAIN, count, true), studied(PLAIN, count, false)];
    // JSON as after a renewal
    const restored = historyOf(JSON.parse(JSON.stringify(carried)) as HistoryData);
    for (let ask = count; ask < count + 5; ask++) {
      const key = { seed: 5, ask };
      expect(nsga2Sampler.ask(PLAIN, restored, [], key)).toEqual(nsga2Sampler.ask(PLAIN, historyOf(whole), [], key));
    }
  }
});

test('each value comes from a parent, but for one in the mean', () => {
  const history = historyOf(studied(PLAIN, 100, true));
  const known = ['x', 'y', 'n'].map((_name, at) => new Set(history.column(at)));
  const asked = Array.from({ length: 300 }, (_each, ask) =>
    nsga2Sampler.ask(PLAIN, history, [], { seed: 6, ask: 1_000 + ask }),
  );
  const drawn = asked.map(({ x, y }) => [x, y].filter((value, at) => known[at]?.has(Number(value)) !== true).length);
  const share = drawn.reduce((sum, each) => sum + each, 0) / (2 * 300);
  expect(share).toBeGreaterThan(0.25);
  expect(share).toBeLessThan(0.42);
});

test('a value that no parent has is drawn', () => {
  let history = emptyHistory(TREE, 2);
  for (let number = 1; number <= POPULATION; number++) {
    const configuration = { kind: 'a', ofA: number / POPULATION };
    history = observe(history, TREE, { number, configuration, loss: number, more: [-number], feasible: true });
  }
  const asked = Array.from({ length: 100 }, (_each, ask) =>
    nsga2Sampler.ask(TREE, historyOf(history), [], { seed: 7, ask: 100 + ask }),
  );
  const others = asked.filter(({ kind }) => kind === 'b');
  expect(others.length).toBeGreaterThan(5);
  expect(others.every(({ ofA, ofB }) => ofA === undefined && Number(ofB) > 0)).toBe(true);
});

test('trials that failed or were pruned have no part in it', () => {
  let history = emptyHistory(PLAIN, 2);
  for (let number = 1; number <= 80; number++) {
    const pruned = { pruned: { step: 3, loss: 0 } };
    const seen = { number, configuration: { x: 0, y: 0, n: 1 }, loss: undefined, feasible: false };
    history = observe(history, PLAIN, number % 2 === 0 ? seen : { ...seen, ...pruned });
  }
  const key = { seed: 5, ask: 99 };
  expect(nsga2Sampler.ask(PLAIN, historyOf(history), [], key)).toEqual(
    randomSampler.ask(PLAIN, historyOf(history), [], key),
  );
});

test('any results make a generation; the best of it and of the parents are the next parents', () => {
  let population = nobody;
  for (let number = 1; number < POPULATION; number++) population = withMember(population, member(number, [1, 1]));
  expect([population.parents.length, population.coming.length]).toEqual([0, POPULATION - 1]);
  population = withMember(population, member(POPULATION, [0, 0], 1));
  expect([population.parents.length, population.coming.length]).toEqual([POPULATION, 0]);
  // a better generation takes the places, but a member that broke a bound has none
  for (let number = 1; number <= POPULATION; number++)
    population = withMember(population, member(100 + number, [-number, number - 60], number === 1 ? 1 : 0));
  const numbers = population.parents.map((each) => each.number);
  expect(numbers).not.toContain(POPULATION);
  expect(numbers).not.toContain(101);
  expect(numbers.filter((number) => number > 100).length).toBe(POPULATION - 1);
});

test('a member goes before another by its bounds first, then by what it dominates', () => {
  expect(goesBefore(member(1, [9, 9]), member(2, [0, 0], 1))).toBe(true);
  expect(goesBefore(member(1, [9, 9], 1), member(2, [0, 0], 2))).toBe(true);
  expect(goesBefore(member(1, [0, 0], 1), member(2, [9, 9]))).toBe(false);
  expect(goesBefore(member(1, [0, 1]), member(2, [0, 2]))).toBe(true);
  expect(goesBefore(member(1, [0, 1]), member(2, [1, 0]))).toBe(false);
  expect(goesBefore(member(1, [0, 1]), member(2, [0, 1]))).toBe(false);
});

test('what encode makes of a value, decode makes a value of again', () => {
  for (const [dimension, value] of [
    [unit, 0.25],
    [{ kind: 'boolean' }, true],
    [{ kind: 'boolean' }, false],
    [{ kind: 'ordinal', choices: [3, 1, 2] }, 1],
    [{ kind: 'module', choices: ['a', 'b'] }, 'b'],
  ] as const)
    expect(decode(dimension, encode(dimension, value) ?? NaN)).toBe(value);
});
