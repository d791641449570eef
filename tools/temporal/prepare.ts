import { buildTemporalServer } from '../temporal-server/build';
import { hasGo } from './build';
import { findTemporal } from './find';
import { progressOn } from './progress';

/**
 * Makes sure that a Temporal server can be started: `prepare.ts [--postgres]`. With `--postgres` also the server that the
 * deployment's tests run on Postgres, where Go is there to build it.
 */
async function main(): Promise<void> {
  const progress = progressOn();
  await findTemporal(progress);
  if (process.argv.includes('--postgres') && (await hasGo())) await buildTemporalServer(progress);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
