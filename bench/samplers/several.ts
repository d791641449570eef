import { hypervolume } from '../../src/domain/optimisation/pareto/hypervolume';
import type { Configuration } from '../../src/contracts/optimisation/search-space';
import { cube, pointOf, units, type Course, type Problem } from './problem';

type Point = readonly [first: number, second: number];

/** What no point of a front is beyond: that of the usual functions, with a tenth more for the first. */
const REFERENCE: Point = [1.1, 11];
const DIMENSIONS = 6;
/** Steps of the sum that the volume of a whole front is. */
const STEPS = 100_000;

/** The volume of a front whose second objective is `front` of the first, where it falls. */
function volumeOf(front: (first: number) => number): number {
  const [width, height] = REFERENCE;
  let volume = 0;
  let least = Infinity;
  for (let at = 0; at < STEPS; at += 1) {
    const first = ((at + 0.5) * width) / STEPS;
    if (first <= 1) least = Math.min(least, front(first));
    volume += ((height - least) * width) / STEPS;
  }
  return volume;
}

/**
 * Two objectives as in ZDT: the first is a coordinate, the second falls with it and grows with how far the others are from
 * where the seed has put them.
 *
 * @param front the second objective where the others are best
 * @param spread the second by the first and by how far the others are away: from 1 to 10
 * @see Zitzler, Deb, Thiele 2000, "Comparison of multiobjective evolutionary algorithms"
 */
function zdt(name: string, spread: (first: number, far: number) => number): Problem {
  const best = volumeOf((first) => spread(first, 1));
  return {
    name: `${name}, shifted, ${String(DIMENSIONS)}-D`,
    space: cube(DIMENSIONS),
    objectives: 2,
    instance: (seed) => {
      const shift = units(seed, 0, DIMENSIONS - 1);
      const told = (configuration: Configuration): Point => {
        const [first = 0, ...others] = pointOf(configuration);
        const away = others.reduce((sum, each, at) => {
          const own = shift[at] ?? 0;
          return sum + Math.abs(each - own) / Math.max(own, 1 - own);
        }, 0);
        return [first, spread(first, 1 + (9 * away) / others.length)];
      };
      // of the volume of the whole front
      const course = (configurations: readonly Configuration[]): Course => {
        const points = configurations.map(told);
        return points.map((_point, at) => 1 - hypervolume(points.slice(0, at + 1), REFERENCE) / best);
      };
      return { told, course };
    },
  };
}

/** A front that bends inwards, one that bends outwards, and one in pieces. */
export const ZDT: readonly Problem[] = [
  zdt('ZDT1', (first, far) => far * (1 - Math.sqrt(first / far))),
  zdt('ZDT2', (first, far) => far * (1 - (first / far) ** 2)),
  zdt('ZDT3', (first, far) => far * (1 - Math.sqrt(first / far) - (first / far) * Math.sin(10 * Math.PI * first))),
];
