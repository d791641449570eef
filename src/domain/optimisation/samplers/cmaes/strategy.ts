import { log } from '../../numerics/elementary';

/** The constants of one run: they follow from the number of dimensions and the population. Names as in the tutorial. */
export interface Strategy {
  readonly dimensions: number;
  /** Results that make a generation. */
  readonly population: number;
  /** By rank, the best first; the worse half is negative ("active"). */
  readonly weights: Float64Array;
  readonly mu: number;
  readonly muEff: number;
  readonly cSigma: number;
  readonly dSigma: number;
  readonly cC: number;
  readonly c1: number;
  readonly cMu: number;
  /** Expected length of a standard normal vector, by its series. */
  readonly chi: number;
}

/** 4 + ⌊3 ln d⌋ (eq. 48). */
export function defaultPopulation(dimensions: number): number {
  return 4 + Math.floor(3 * log(dimensions));
}

const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

/** (Σ w)² / Σ w²: how many equal weights these are worth. */
function effective(weights: Float64Array): number {
  const sum = sumOf(weights);
  return (sum * sum) / sumOf(weights.map((weight) => weight * weight));
}

/**
 * The default constants of the tutorial, active negative weights among them.
 *
 * @param population at least 2
 * @see Hansen, arXiv:1604.00772, table 1 and eqs 49–58; `cmaes` 0.13 agrees to rounding
 */
export function strategyOf(dimensions: number, population: number): Strategy {
  const mu = Math.floor(population / 2);
  const raw = Float64Array.from({ length: population }, (_each, at) => log((population + 1) / 2) - log(at + 1));
  const muEff = effective(raw.slice(0, mu));
  const muEffMinus = effective(raw.slice(mu));
  const c1 = 2 / ((dimensions + 1.3) * (dimensions + 1.3) + muEff);
  const cMu = Math.min(1 - c1 - 1e-8, (2 * (muEff - 2 + 1 / muEff)) / ((dimensions + 2) * (dimensions + 2) + muEff));
  const alpha = Math.min(1 + c1 / cMu, 1 + (2 * muEffMinus) / (muEff + 2), (1 - c1 - cMu) / (dimensions * cMu));
  const positive = sumOf(raw.map((weight) => Math.max(0, weight)));
  const negative = sumOf(raw.map((weight) => Math.max(0, -weight)));
  const cSigma = (muEff + 2) / (dimensions + muEff + 5);
  return {
    dimensions,
    population,
    weights: raw.map((weight) => (weight >= 0 ? weight / positive : (alpha * weight) / negative)),
    mu,
    muEff,
    cSigma,
    dSigma: 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (dimensions + 1)) - 1) + cSigma,
    cC: (4 + muEff / dimensions) / (dimensions + 4 + (2 * muEff) / dimensions),
    c1,
    cMu,
    chi: Math.sqrt(dimensions) * (1 - 1 / (4 * dimensions) + 1 / (21 * dimensions * dimensions)),
  };
}
