import type { SearchSpace } from '../../../../../src/contracts/optimisation/search-space';
import type { Places } from '../../../../../src/domain/optimisation/samplers/gp/kernel';
import { knownOf } from '../../../../../src/domain/optimisation/samplers/gp/places';
import { float } from '../../../../support/studies/dimensions';

/** The spaces of `record_gp.py`, by name. */
export const SPACES: Readonly<Record<string, SearchSpace>> = {
  floats: { dimensions: { a: float(-2, 3), b: float(0, 1), c: float(1e-6, 1e3, { log: true }) } },
  mixed: {
    dimensions: {
      f: float(0, 1),
      s: float(0, 1, { step: 0.1 }),
      i: { kind: 'int', low: -3, high: 4, log: false, step: 1 },
      l: { kind: 'int', low: 1, high: 1_000, log: true, step: 1 },
      c: { kind: 'categorical', choices: ['p', 'q', 'r'] },
      b: { kind: 'boolean' },
    },
  },
  one: { dimensions: { x: float(0, 1) } },
};

/** Rows of places as a model takes them. */
export function placesIn(space: SearchSpace, rows: readonly (readonly number[])[]): Places {
  const known = knownOf(space);
  return {
    rows: rows.length,
    dimensions: known.length,
    at: Float64Array.from(rows.flat()),
    isChoice: Uint8Array.from(known, ({ axis }) => Number(axis.kind === 'choice')),
  };
}

/** The largest difference, relative where numbers are above 1. */
export function farthest(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  expect(ours.length).toBe(theirs.length);
  return Math.max(
    ...Array.from(ours, (each, at) => Math.abs(each - (theirs[at] ?? NaN)) / Math.max(1, Math.abs(theirs[at] ?? 0))),
  );
}
