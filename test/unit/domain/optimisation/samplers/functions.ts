import { branin, hartmann6, PIPELINE } from '../../../../../bench/samplers/problems';
import type { Configuration, Dimension } from '../../../../../src/contracts/optimisation/search-space';

/** What the quality of a sampler is measured on: a space, and by how much a configuration misses the optimum. */
export interface TestFunction {
  readonly dimensions: Readonly<Record<string, Dimension>>;
  readonly regret: (configuration: Configuration) => number;
}

const float = (low: number, high: number): Dimension => ({ kind: 'float', low, high, log: false });

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

const NAMES = ['x0', 'x1', 'x2', 'x3', 'x4', 'x5'];

/** The functions of `record_tpe.py`, each the same there. */
export const functions: Readonly<Record<'branin' | 'hartmann6' | 'pipeline', TestFunction>> = {
  branin: {
    dimensions: { x: float(-5, 10), y: float(0, 15) },
    regret: ({ x, y }) => branin(Number(x), Number(y)),
  },
  hartmann6: {
    dimensions: Object.fromEntries(NAMES.map((name) => [name, float(0, 1)])),
    regret: (configuration) => hartmann6(NAMES.map((name) => Number(configuration[name]))),
  },
  pipeline: { dimensions: PIPELINE.dimensions, regret: pipeline },
};
