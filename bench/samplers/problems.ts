import type { Dimension, SearchSpace } from '../../src/contracts/optimisation/search-space';
import { cube, float, normals, pointOf, single, units, type Problem } from './problem';

/** The noise of an evaluation has places of its own. */
const NOISE = 1_000_000;
/** The optimum lies in the middle three fifths of each dimension. */
const MARGIN = 0.2;

/** A random rotation: the columns of a normal matrix, made orthonormal by Gram and Schmidt. */
function rotation(seed: number, dimensions: number): readonly (readonly number[])[] {
  const rows: number[][] = [];
  for (let at = 0; at < dimensions; at += 1) {
    let row = [...normals(seed, 1 + at, dimensions)];
    for (const earlier of rows) {
      const along = row.reduce((sum, each, i) => sum + each * (earlier[i] ?? 0), 0);
      row = row.map((each, i) => each - along * (earlier[i] ?? 0));
    }
    const length = Math.hypot(...row);
    rows.push(row.map((each) => each / length));
  }
  return rows;
}

type Form = (z: readonly number[]) => number;

/** A form whose least value, 0, is at the origin, shifted and rotated by the seed and as wide as its usual range. @param sd of the noise */
function shifted(name: string, dimensions: number, width: number, form: Form, sd = 0): Problem {
  const noise = (seed: number, evaluation: number): number => sd * (normals(seed, NOISE + evaluation, 1)[0] ?? 0);
  return single(
    name,
    cube(dimensions),
    (seed) => {
      const shift = units(seed, 0, dimensions).map((each) => MARGIN + (1 - 2 * MARGIN) * each);
      const turn = rotation(seed, dimensions);
      return (configuration) => {
        const away = pointOf(configuration).map((each, at) => (each - (shift[at] ?? 0)) * width);
        return form(turn.map((row) => row.reduce((sum, each, at) => sum + each * (away[at] ?? 0), 0)));
      };
    },
    noise,
  );
}

const squares: Form = (z) => z.reduce((sum, each) => sum + each * each, 0);
const rastrigin: Form = (z) => squares(z) + 10 * z.reduce((sum, each) => sum + 1 - Math.cos(2 * Math.PI * each), 0);
const ellipsoid: Form = (z) => z.reduce((sum, each, at) => sum + 10 ** ((4 * at) / (z.length - 1)) * each * each, 0);
const ackley: Form = (z) => {
  const cosines = z.reduce((sum, each) => sum + Math.cos(2 * Math.PI * each), 0) / z.length;
  return 20 + Math.E - 20 * Math.exp(-0.2 * Math.sqrt(squares(z) / z.length)) - Math.exp(cosines);
};
/** Moved so that its least value is at the origin. */
const rosenbrock: Form = (z) =>
  z.slice(1).reduce((sum, each, at) => sum + 100 * (each + 1 - ((z[at] ?? 0) + 1) ** 2) ** 2 + (z[at] ?? 0) ** 2, 0);

/** A function on the unit cube that cannot be shifted without losing its optima: its axes change places and directions. */
function flipped(name: string, dimensions: number, of: (x: readonly number[]) => number): Problem {
  return single(name, cube(dimensions), (seed) => {
    const draws = units(seed, 0, 2 * dimensions);
    const order = Array.from({ length: dimensions }, (_each, at) => at).sort(
      (a, b) => (draws[a] ?? 0) - (draws[b] ?? 0),
    );
    return (configuration) => {
      const point = pointOf(configuration);
      return of(order.map((at) => ((draws[dimensions + at] ?? 0) < 0.5 ? (point[at] ?? 0) : 1 - (point[at] ?? 0))));
    };
  });
}

/** Branin on its own range, [-5, 10] and [0, 15], less its optimum. */
export function branin(x: number, y: number): number {
  const bent = y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6;
  return bent ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10 - 0.39788735772973816;
}

const HARTMANN: readonly (readonly [weight: number, a: readonly number[], p: readonly number[]])[] = [
  [1, [10, 3, 17, 3.5, 1.7, 8], [1312, 1696, 5569, 124, 8283, 5886]],
  [1.2, [0.05, 10, 17, 0.1, 8, 14], [2329, 4135, 8307, 3736, 1004, 9991]],
  [3, [3, 3.5, 1.7, 10, 17, 8], [2348, 1451, 3522, 2883, 3047, 6650]],
  [3.2, [17, 8, 0.05, 10, 0.1, 14], [4047, 8828, 8732, 5743, 1091, 381]],
];

/** Hartmann in 6 dimensions on the unit cube, its sign turned, less its optimum. */
export function hartmann6(x: readonly number[]): number {
  const value = HARTMANN.reduce((total, [weight, a, p]) => {
    const far = a.reduce((sum, each, at) => sum + each * ((x[at] ?? 0) - (p[at] ?? 0) / 1e4) ** 2, 0);
    return total + weight * Math.exp(-far);
  }, 0);
  return 3.322368011391339 - value;
}

const CHOICES = ['a', 'b', 'c', 'd', 'e'];
/** Ten choices of five, each with a cost of its own, and three floats. */
const categorical: Problem = single(
  'ten choices of five and three floats',
  {
    dimensions: {
      ...Object.fromEntries(
        Array.from({ length: 10 }, (_each, at) => [
          `c${String(at)}`,
          { kind: 'categorical', choices: CHOICES } as const,
        ]),
      ),
      ...cube(3).dimensions,
    },
  },
  (seed) => {
    const costs = Array.from({ length: 10 }, (_each, at) => {
      const own = units(seed, 1 + at, CHOICES.length);
      return own.map((each) => each - Math.min(...own));
    });
    const shift = units(seed, 0, 3);
    return (configuration) => {
      const chosen = costs.map((own, at) => own[CHOICES.indexOf(String(configuration[`c${String(at)}`]))] ?? 0);
      const away = shift.map((each, at) => 4 * (Number(configuration[`x${String(at)}`]) - each) ** 2);
      return [...chosen, ...away].reduce((sum, each) => sum + each, 0);
    };
  },
);

const LOG_DIMENSIONS = 4;
const logarithmic: Problem = single(
  'four floats over six decades',
  {
    dimensions: Object.fromEntries(
      Array.from({ length: LOG_DIMENSIONS }, (_each, at) => [
        `x${String(at)}`,
        { kind: 'float', low: 1e-6, high: 1, log: true } as const,
      ]),
    ),
  },
  (seed) => {
    const best = units(seed, 0, LOG_DIMENSIONS).map((each) => -1 - 4 * each);
    return (configuration) =>
      best.reduce((sum, each, at) => sum + (Math.log10(Number(configuration[`x${String(at)}`])) - each) ** 2, 0);
  },
);

type When = Readonly<Record<string, string>>;
const logFloat = (low: number, high: number, when: When): Dimension => ({ kind: 'float', low, high, log: true, when });
const int = (low: number, high: number, log: boolean, when: When): Dimension => ({
  kind: 'int',
  low,
  high,
  log,
  step: 1,
  when,
});

/** A pipeline of three models with parameters of their own, three deep. */
export const PIPELINE: SearchSpace = {
  dimensions: {
    model: { kind: 'categorical', choices: ['svm', 'forest', 'net'] },
    scale: { kind: 'boolean' },
    noise: { kind: 'float', low: 0, high: 1, log: false, step: 0.05 },
    c: logFloat(1e-3, 1e3, { model: 'svm' }),
    gamma: logFloat(1e-4, 1e1, { model: 'svm' }),
    trees: int(10, 1_000, true, { model: 'forest' }),
    depth: int(1, 20, false, { model: 'forest' }),
    rate: logFloat(1e-5, 1, { model: 'net' }),
    layers: int(1, 6, false, { model: 'net' }),
    optimiser: { kind: 'categorical', choices: ['sgd', 'adam'], when: { model: 'net' } },
    warmup: { ...float(0, 1), when: { optimiser: 'adam' } },
  },
};

/** The model that can be best is the seed's. */
const conditional: Problem = single('a pipeline of three models', PIPELINE, (seed) => {
  const [pick = 0, a = 0, b = 0, w = 0, s = 0] = units(seed, 0, 5);
  const behind = (model: number): number => 0.12 * ((model - Math.floor(3 * pick) + 3) % 3);
  const noise = Math.round(20 * s) / 20;
  return (configuration) => {
    const of = (name: string): number => Number(configuration[name]);
    const shared = (configuration['scale'] === true ? 0 : 0.3) + (of('noise') - noise) ** 2;
    switch (configuration['model']) {
      case 'svm':
        return (
          shared +
          behind(0) +
          0.1 * (Math.log10(of('c')) - (4 * a - 2)) ** 2 +
          0.1 * (Math.log10(of('gamma')) - (3 * b - 3)) ** 2
        );
      case 'forest': {
        const trees = Math.round(10 ** (1.3 + 1.4 * a));
        const depth = 3 + Math.floor(15 * b);
        return shared + behind(1) + 0.2 * Math.log10(of('trees') / trees) ** 2 + 0.01 * (of('depth') - depth) ** 2;
      }
      default: {
        const isAdam = configuration['optimiser'] === 'adam';
        const layers = 2 + Math.floor(4 * b);
        const own = 0.1 * (Math.log10(of('rate')) - (3 * a - 4)) ** 2 + 0.05 * (of('layers') - layers) ** 2;
        return shared + behind(2) + own + (isAdam ? (of('warmup') - w) ** 2 : 0.2);
      }
    }
  };
});

/** Functions over floats alone: the seven of the guide, each in its usual range. */
export const SMOOTH: readonly Problem[] = [
  flipped('Branin, 2-D', 2, ([u = 0, v = 0]) => branin(15 * u - 5, 15 * v)),
  flipped('Hartmann, 6-D', 6, hartmann6),
  shifted('Ackley, 5-D', 5, 65.536, ackley),
  shifted('Rosenbrock, 5-D', 5, 4.096, rosenbrock),
  shifted('Rastrigin, 5-D', 5, 10.24, rastrigin),
  shifted('sphere, 10-D', 10, 10.24, squares),
  shifted('ellipsoid, 8-D', 8, 10, ellipsoid),
];

/** Noise, decades, choices and conditions. */
export const ROUGH: readonly Problem[] = [
  shifted('sphere, 5-D, noisy', 5, 10.24, squares, 13),
  logarithmic,
  categorical,
  conditional,
];
