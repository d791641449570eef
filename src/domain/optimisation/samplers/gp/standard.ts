// Looked up once: these are inner loops.
const { abs, max, min, sqrt } = Math;
const { isFinite } = Number;

/** Values with mean 0 and variance 1, and how they came to be: value = mean + deviation · standard. */
export interface Standard {
  readonly y: Float64Array;
  readonly mean: number;
  readonly deviation: number;
}

const LEAST_DEVIATION = 1e-10;

/** Values with mean 0 and variance 1. Infinite ones are cut to the finite extremes first. As Optuna; no NaN among them. */
export function standardised(values: Float64Array): Standard {
  const finite = values.filter(isFinite);
  const low = finite.reduce((least, each) => min(least, each), finite.length === 0 ? 0 : Infinity);
  const high = finite.reduce((most, each) => max(most, each), finite.length === 0 ? 0 : -Infinity);
  // numbers whose squares overflow are made smaller before they are squared
  const unit = max(abs(low), abs(high)) > 1e100 ? max(abs(low), abs(high)) : 1;
  const cut = values.map((each) => min(high, max(low, each)) / unit);
  const mean = cut.reduce((sum, each) => sum + each, 0) / cut.length;
  const deviation = sqrt(cut.reduce((sum, each) => sum + (each - mean) ** 2, 0) / cut.length);
  const divisor = max(LEAST_DEVIATION / unit, deviation);
  return { y: cut.map((each) => (each - mean) / divisor), mean: mean * unit, deviation: divisor * unit };
}
