import type { Dimension } from '../../../src/contracts/optimisation/search-space';

type Float = Extract<Dimension, { readonly kind: 'float' }>;

/** A float dimension, linear unless it is said otherwise. */
export function float(low: number, high: number, more: Partial<Float> = {}): Float {
  return { kind: 'float', low, high, log: false, ...more };
}
