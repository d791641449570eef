import type { Configuration, Dimension, SearchSpace } from '../../src/contracts/optimisation/search-space';
import { wordsOf } from '../../src/domain/optimisation/philox';

/** What is missing to the optimum after each evaluation of a study: what is compared. */
export type Course = readonly number[];

/** One instance of a problem. */
export interface Instance {
  /** What the sampler is told, a loss for each objective; noise in it is that of the evaluation's number, from 1. */
  readonly told: (configuration: Configuration, evaluation: number) => readonly number[];
  readonly course: (configurations: readonly Configuration[]) => Course;
}

/** A problem: a space, and an instance for each seed, so that no optimum lies where a sampler happens to begin. */
export interface Problem {
  readonly name: string;
  readonly space: SearchSpace;
  readonly objectives: number;
  readonly instance: (seed: number) => Instance;
}

type Regret = (configuration: Configuration) => number;

/** The least of all values so far, at each of them. */
function leastSoFar(values: readonly number[]): Course {
  let least = Infinity;
  return values.map((each) => (least = Math.min(least, each)));
}

/**
 * A problem with one objective.
 *
 * @param instance by how much a configuration misses the optimum
 * @param noise what is added to what the sampler is told
 */
export function single(
  name: string,
  space: SearchSpace,
  instance: (seed: number) => Regret,
  noise = (_seed: number, _evaluation: number): number => 0,
): Problem {
  return {
    name,
    space,
    objectives: 1,
    instance: (seed) => {
      const regret = instance(seed);
      return {
        told: (configuration, evaluation) => [regret(configuration) + noise(seed, evaluation)],
        course: (configurations) => leastSoFar(configurations.map(regret)),
      };
    },
  };
}

export const float = (low: number, high: number): Dimension => ({ kind: 'float', low, high, log: false });

/** So many floats of one range: x0, x1, … */
export function cube(dimensions: number, low = 0, high = 1): SearchSpace {
  return {
    dimensions: Object.fromEntries(
      Array.from({ length: dimensions }, (_each, at) => [`x${String(at)}`, float(low, high)]),
    ),
  };
}

/** The values of such floats. */
export const pointOf = (configuration: Configuration): readonly number[] => Object.values(configuration).map(Number);

/** A stream of Philox that no sampler uses. */
const STREAM = 1_000;

/** Numbers in [0, 1). */
export function units(seed: number, place: number, count: number): readonly number[] {
  const words = wordsOf(seed, STREAM, place, 0);
  return Array.from({ length: count }, () => words.unit());
}

/** Standard normal numbers by Box and Muller. */
export function normals(seed: number, place: number, count: number): readonly number[] {
  const pairs = units(seed, place, 2 * count);
  return Array.from({ length: count }, (_each, at) => {
    const [u, v] = [pairs[2 * at] ?? 0, pairs[2 * at + 1] ?? 0];
    return Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v);
  });
}
