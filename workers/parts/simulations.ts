import { existsSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { PlatformError, refuse } from '../../src/contracts/errors';
import type { Simulation } from '../../src/simulation/simulation';
import { loadFile } from './definitions';

/**
 * The simulations of `NAME.simulation.ts` beside each definition file, by the name of their export.
 *
 * @throws PlatformError `invalid-definition` when there is none, or a file cannot be loaded
 */
export function loadSimulations(files: readonly string[]): ReadonlyMap<string, Simulation> {
  const stems = files.map((file) => file.slice(0, -extname(file).length));
  const wanted = stems.flatMap((stem) => ['.ts', '.js'].map((end) => `${stem}.simulation${end}`));
  const there = wanted.filter((file) => existsSync(file));
  const all = there.flatMap((file) => Object.entries(loadFile(file)));
  const found = all.filter((entry): entry is [string, Simulation] => isSimulation(entry[1]));
  if (found.length > 0) return new Map(found);
  const names = stems.map((stem) => `${basename(stem)}.simulation.ts`).join(', ') || 'no file';
  const text = `expected an export made with defineSimulation in ${names}, beside the definition file; got none`;
  throw new PlatformError(refuse('invalid-definition', text));
}

function isSimulation(value: unknown): value is Simulation {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'simulation';
}
