import type { Configuration, Dimension } from '../../../../../src/contracts/optimisation/search-space';

/** What the quality of a sampler is measured on: a space, and by how much a configuration misses the optimum. */
export interface TestFunction {
  readonly dimensions: Readonly<Record<string, Dimension>>;
  readonly regret: (configuration: Configuration) => number;
}

type When = Readonly<Record<string, string>>;
const conditional = (when: When | undefined): { readonly when?: When } => (when === undefined ? {} : { when });
const float = (low: number, high: number, when?: When): Dimension => ({
  kind: 'float',
  low,
  high,
  log: false,
  ...conditional(when),
});
const logFloat = (low: number, high: number, when: When): Dimension => ({ kind: 'float', low, high, log: true, when });
const int = (low: number, high: number, log: boolean, when: When): Dimension => ({
  kind: 'int',
  low,
  high,
  log,
  step: 1,
  when,
});

function branin(configuration: Configuration): number {
  const [x, y] = [Number(configuration['x']), Number(configuration['y'])];
  const bent = y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6;
  return bent ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10 - 0.39788735772973816;
}

const HARTMANN: readonly (readonly [number, readonly number[], readonly number[]])[] = [
  [1, [10, 3, 17, 3.5, 1.7, 8], [1312, 1696, 5569, 124, 8283, 5886]],
  [1.2, [0.05, 10, 17, 0.1, 8, 14], [2329, 4135, 8307, 3736, 1004, 9991]],
  [3, [3, 3.5, 1.7, 10, 17, 8], [2348, 1451, 3522, 2883, 3047, 6650]],
  [3.2, [17, 8, 0.05, 10, 0.1, 14], [4047, 8828, 8732, 5743, 1091, 381]],
];

function hartmann6(configuration: Configuration): number {
  const value = HARTMANN.reduce((total, [weight, a, p]) => {
    const far = a.reduce(
      (sum, each, at) => sum + each * (Number(configuration[`x${String(at)}`]) - (p[at] ?? 0) / 1e4) ** 2,
      0,
    );
    return total + weight * Math.exp(-far);
  }, 0);
  return 3.322368011391339 - value;
}

/** Conditional and mixed, three deep; 0 at a net of 3 layers, adam, rate 1e-3, warm-up 0.3, noise 0.15, scaled. */
function pipeline(configuration: Configuration): number {
  const of = (name: string): number => Number(configuration[name]);
  const shared = (configuration['scale'] === true ? 0 : 0.3) + (of('noise') - 0.15) ** 2;
  switch (configuration['model']) {
    case 'svm':
      return shared + 0.25 + 0.1 * (Math.log10(of('c')) - 1) ** 2 + 0.1 * (Math.log10(of('gamma')) + 2) ** 2;
    case 'forest':
      return shared + 0.15 + 0.2 * (Math.log10(of('trees')) - 2.5) ** 2 + 0.01 * (of('depth') - 12) ** 2;
    default: {
      const isAdam = configuration['optimiser'] === 'adam';
      const own = 0.1 * (Math.log10(of('rate')) + 3) ** 2 + 0.05 * (of('layers') - 3) ** 2;
      return shared + own + (isAdam ? (of('warmup') - 0.3) ** 2 : 0.2);
    }
  }
}

/** The functions of `record_tpe.py`, each the same there. */
export const functions: Readonly<Record<'branin' | 'hartmann6' | 'pipeline', TestFunction>> = {
  branin: { dimensions: { x: float(-5, 10), y: float(0, 15) }, regret: branin },
  hartmann6: {
    dimensions: Object.fromEntries(Array.from({ length: 6 }, (_each, at) => [`x${String(at)}`, float(0, 1)])),
    regret: hartmann6,
  },
  pipeline: {
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
      warmup: float(0, 1, { optimiser: 'adam' }),
    },
    regret: pipeline,
  },
};
