import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Play } from './ours';

const run = promisify(execFile);
const SCRIPT = join(__dirname, 'optuna_speed.py');
const LONGEST_MS = 30 * 60_000;

/** Optuna and the database of its storage. */
export interface OptunaGround {
  readonly python: string;
  /** `postgresql+psycopg2://…` */
  readonly url: string;
}

/** What one study of Optuna says: the moments in which its trials ended, in milliseconds of one clock, in their order. */
export interface OptunaPlayed {
  readonly version: string;
  readonly ends: readonly number[];
}

/** Runs a study of Optuna with as many processes as ours has trials at once. @throws when a trial was not complete */
export async function playOptuna({ python, url }: OptunaGround, play: Omit<Play, 'processes'>): Promise<OptunaPlayed> {
  const { study, sampler, parallelism, trials } = play;
  const words = [SCRIPT, url, study, sampler, String(parallelism), String(trials)];
  const { stdout } = await run(python, words, { timeout: LONGEST_MS, maxBuffer: 64 * 1024 * 1024 });
  const { optuna, ends } = JSON.parse(stdout) as { readonly optuna: string; readonly ends: readonly number[][] };
  const sorted = ends
    .flat()
    .map((seconds) => seconds * 1_000)
    .sort((a, b) => a - b);
  if (sorted.length !== trials)
    throw new Error(`${study}: expected ${String(trials)} trials; got ${String(sorted.length)}`);
  return { version: optuna, ends: sorted };
}
