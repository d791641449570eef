import { cube, pointOf, single, type Problem } from './problem';

/*
 * Nine functions of the Black-Box Optimization Benchmarking suite in [-5, 5]^d, each less its optimum, with the instances of the
 * suite itself: their shifts and rotations come from its own generator.
 *
 * See Hansen, Finck, Ros, Auger 2009, "Real-Parameter Black-Box Optimization Benchmarking 2009: Noiseless Functions Definitions",
 * RR-6829; COCO `suite_bbob`. test/unit/bench/bbob.json has values that IOHexperimenter computed.
 */

type Vector = readonly number[];
type Matrix = readonly Vector[];
/** A function of the suite for one instance, in so many dimensions. */
type Function = (seed: number, dimensions: number) => (x: Vector) => number;

/** Numbers in (0, 1) by the generator of the suite: that of Park and Miller, shuffled. */
function uniform(seed: number, count: number): Vector {
  let state = Math.max(1, Math.abs(seed));
  const step = (): number => {
    state = 16_807 * state - 2_147_483_647 * Math.floor((16_807 * state) / 2_147_483_647);
    return state;
  };
  const shuffled = new Array<number>(32);
  for (let at = 39; at >= 0; at -= 1) {
    step();
    if (at < 32) shuffled[at] = state;
  }
  let last = shuffled[0] ?? 0;
  return Array.from({ length: count }, () => {
    step();
    const at = Math.floor(last / 67_108_865);
    last = shuffled[at] ?? 0;
    shuffled[at] = state;
    return last === 0 ? 1e-99 : last / 2_147_483_647;
  });
}

function gaussian(seed: number, count: number): Vector {
  const pairs = uniform(seed, 2 * count);
  return Array.from({ length: count }, (_each, at) => {
    const value = Math.sqrt(-2 * Math.log(pairs[at] ?? 1)) * Math.cos(2 * Math.PI * (pairs[count + at] ?? 0));
    return value === 0 ? 1e-99 : value;
  });
}

const dot = (a: Vector, b: Vector): number => a.reduce((sum, each, at) => sum + each * (b[at] ?? 0), 0);
const times = (matrix: Matrix, x: Vector): Vector => matrix.map((row) => dot(row, x));
const less = (a: Vector, b: Vector): Vector => a.map((each, at) => each - (b[at] ?? 0));
const squares = (x: Vector): number => dot(x, x);

/** Orthonormal columns by Gram and Schmidt. */
function rotation(seed: number, size: number): Matrix {
  const drawn = gaussian(seed, size * size);
  const columns: Vector[] = [];
  for (let at = 0; at < size; at += 1) {
    let column: Vector = drawn.slice(at * size, (at + 1) * size);
    for (const earlier of columns) {
      const along = dot(column, earlier);
      column = column.map((each, k) => each - along * (earlier[k] ?? 0));
    }
    const length = Math.sqrt(squares(column));
    columns.push(column.map((each) => each / length));
  }
  return columns.map((_column, row) => columns.map((column) => column[row] ?? 0));
}

/** Where the optimum of most functions lies. */
function optimum(seed: number, size: number): Vector {
  return uniform(seed, size).map((each) => {
    const place = (8 * Math.floor(1e4 * each)) / 1e4 - 4;
    return place === 0 ? -1e-5 : place;
  });
}

const share = (at: number, size: number): number => at / (size - 1);
/** The square root of a condition, spread over the dimensions. */
const stretched = (x: Vector, condition: number): Vector =>
  x.map((each, at) => each * condition ** (share(at, x.length) / 2));

/** Oscillates a number smoothly. */
function oscillated(x: number): number {
  if (x === 0) return 0;
  const log = Math.log(Math.abs(x));
  const [a, b] = x > 0 ? [10, 7.9] : [5.5, 3.1];
  return Math.sign(x) * Math.exp(log + 0.049 * (Math.sin(a * log) + Math.sin(b * log)));
}

/** Breaks the symmetry of positive numbers. */
const skewed = (x: Vector, beta: number): Vector =>
  x.map((each, at) => (each > 0 ? each ** (1 + beta * share(at, x.length) * Math.sqrt(each)) : each));

/** By how much a point leaves the domain. */
const outside = (x: Vector, most = 5): number => squares(x.map((each) => Math.max(0, Math.abs(each) - most)));

const OTHER = 1_000_000;
/** Of Schwefel's function. */
const BEST = 4.2096874637;

const sphere: Function = (seed, size) => {
  const best = optimum(seed, size);
  return (x) => squares(less(x, best));
};

const ellipsoid = (z: Vector): number =>
  z.reduce((sum, each, at) => sum + 1e6 ** share(at, z.length) * oscillated(each) ** 2, 0);

const separable: Function = (seed, size) => {
  const best = optimum(seed, size);
  return (x) => ellipsoid(less(x, best));
};

const rotated: Function = (seed, size) => {
  const [best, turn] = [optimum(seed, size), rotation(seed + OTHER, size)];
  return (x) => ellipsoid(times(turn, less(x, best)));
};

const sector: Function = (seed, size) => {
  const best = optimum(seed, size);
  const [turn, other] = [rotation(seed + OTHER, size), rotation(seed, size)];
  return (x) => {
    const z = times(turn, stretched(times(other, less(x, best)), 10));
    const sum = z.reduce((all, each, at) => all + ((each * (best[at] ?? 0) > 0 ? 100 : 1) * each) ** 2, 0);
    return oscillated(sum) ** 0.9;
  };
};

const rosenbrock: Function = (seed, size) => {
  const best = optimum(seed, size).map((each) => 0.75 * each);
  const wide = Math.max(1, Math.sqrt(size) / 8);
  return (x) => {
    const z = less(x, best).map((each) => wide * each + 1);
    return z.slice(1).reduce((sum, each, at) => {
      const before = z[at] ?? 0;
      return sum + 100 * (before ** 2 - each) ** 2 + (before - 1) ** 2;
    }, 0);
  };
};

const rastrigin: Function = (seed, size) => {
  const best = optimum(seed, size);
  const [turn, other] = [rotation(seed + OTHER, size), rotation(seed, size)];
  return (x) => {
    const bent = skewed(times(turn, less(x, best)).map(oscillated), 0.2);
    const z = times(turn, stretched(times(other, bent), 10));
    return 10 * (size - z.reduce((sum, each) => sum + Math.cos(2 * Math.PI * each), 0)) + squares(z);
  };
};

const schwefel: Function = (seed, size) => {
  const signs = uniform(seed, size).map((each) => (each < 0.5 ? -1 : 1));
  return (x) => {
    const hat = x.map((each, at) => 2 * (signs[at] ?? 1) * each);
    const tilted = hat.map((each, at) => (at === 0 ? each : each + 0.25 * ((hat[at - 1] ?? 0) - BEST)));
    const z = stretched(
      tilted.map((each) => each - BEST),
      10,
    ).map((each) => 100 * (each + BEST));
    const sum = z.reduce((all, each) => all + each * Math.sin(Math.sqrt(Math.abs(each))), 0);
    return 0.01 * (outside(z, 500) + 418.9828872724339 - sum / size);
  };
};

/** Where numbers stand when they are sorted. */
const ordered = (values: Vector): readonly number[] =>
  values.map((_each, at) => at).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));

/** 101 peaks at random, one of them the highest. */
const gallagher: Function = (seed, size) => {
  const PEAKS = 101;
  const turn = rotation(seed, size);
  const order = ordered(uniform(seed, PEAKS - 1));
  const conditions = [Math.sqrt(1_000), ...order.map((each) => 1_000 ** (each / (PEAKS - 2)))];
  const heights = [10, ...order.map((_each, at) => (at / (PEAKS - 2)) * (9.1 - 1.1) + 1.1)];
  const drawn = uniform(seed, size * PEAKS).map((each) => 10 * each - 5);
  const peaks = conditions.map((condition, peak) => {
    const place = times(turn, drawn.slice(peak * size, (peak + 1) * size));
    return {
      place: peak === 0 ? place.map((each) => 0.8 * each) : place,
      scales: ordered(uniform(seed + 1_000 * peak, size)).map((each) => condition ** (share(each, size) - 0.5)),
      height: heights[peak] ?? 0,
    };
  });
  return (x) => {
    const turned = times(turn, x);
    const most = peaks.reduce((high, { place, scales, height }) => {
      const far = place.reduce((sum, each, at) => sum + (scales[at] ?? 0) * ((turned[at] ?? 0) - each) ** 2, 0);
      return Math.max(high, height * Math.exp((-0.5 / size) * far));
    }, 0);
    const log = Math.log(10 - most) / 0.1;
    const wavy = most >= 10 ? 0 : Math.exp(0.1 * (log + 0.49 * (Math.sin(log) + Math.sin(0.79 * log))));
    return wavy ** 2 + outside(x);
  };
};

const lunacek: Function = (seed, size) => {
  const deep = 2.5;
  const width = 1 - 0.5 / (Math.sqrt(size + 20) - 4.1);
  const shallow = -Math.sqrt((deep ** 2 - 1) / width);
  const signs = gaussian(seed, size).map((each) => (each < 0 ? -1 : 1));
  const [turn, other] = [rotation(seed + OTHER, size), rotation(seed, size)];
  return (x) => {
    const hat = x.map((each, at) => 2 * (signs[at] ?? 1) * each);
    const away = hat.map((each) => each - deep);
    const z = times(turn, stretched(times(other, away), 100));
    const funnels = Math.min(squares(away), size + width * squares(hat.map((each) => each - shallow)));
    const cosines = z.reduce((sum, each) => sum + Math.cos(2 * Math.PI * each), 0);
    return funnels + 10 * (size - cosines) + 1e4 * outside(x);
  };
};

/** By their numbers in the suite. */
export const FUNCTIONS: Readonly<Record<number, readonly [name: string, of: Function]>> = {
  1: ['sphere', sphere],
  2: ['ellipsoid', separable],
  6: ['attractive sector', sector],
  8: ['Rosenbrock', rosenbrock],
  10: ['ellipsoid, rotated', rotated],
  15: ['Rastrigin', rastrigin],
  20: ['Schwefel', schwefel],
  21: ["Gallagher's peaks", gallagher],
  24: ['Lunacek', lunacek],
};

/** By how much a point misses the optimum of an instance, which are numbered from 1. */
export function bbob(number: number, instance: number, dimensions: number): (x: Vector) => number {
  const [, of] = FUNCTIONS[number] ?? [];
  if (of === undefined) throw new Error(`there is no function ${String(number)} here`);
  return of(number + 10_000 * instance, dimensions);
}

/** The functions in so many dimensions; each seed has an instance of its own. */
export function suite(dimensions: number): readonly Problem[] {
  return Object.entries(FUNCTIONS).map(([number, [name]]) =>
    single(`f${number}, ${name}, ${String(dimensions)}-D`, cube(dimensions, -5, 5), (seed) => {
      const regret = bbob(Number(number), seed + 1, dimensions);
      return (configuration) => regret(pointOf(configuration));
    }),
  );
}
