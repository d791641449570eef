import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Inherited by the processes that run the test files. */
const BUNDLES = 'TEST_BUNDLES_OF_MABEAM';

/** Where worker processes of this run keep their bundles: those that test files start again and again bundle once. */
export function keepBundles(): void {
  process.env[BUNDLES] ??= mkdtempSync(join(tmpdir(), 'mabeam-run-bundles-'));
}

/** The setting of a worker process; none outside a run. */
export function bundlesOfRun(): Readonly<Record<string, string>> {
  const directory = process.env[BUNDLES];
  return directory === undefined ? {} : { MABEAM_BUNDLE_DIR: directory };
}

/** Removes them. */
export function dropBundles(): void {
  const directory = process.env[BUNDLES];
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
}
