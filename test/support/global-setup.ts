import { configuredServer } from '../../tools/temporal/find';
import { startTemporal, type RunningTemporal } from '../../tools/temporal/start';
import { markRun } from './leaks';
import { RENEWED_AT_ONCE, thisRun } from './run-server';

async function start(): Promise<RunningTemporal | undefined> {
  const configured = configuredServer();
  if (configured !== undefined) {
    process.env['TEMPORAL_ADDRESS'] = configured.address;
    return undefined;
  }
  const server = await startTemporal({ dynamicConfig: RENEWED_AT_ONCE });
  process.env['TEMPORAL_ADDRESS'] = server.address; // the processes that run the test files inherit it
  return server;
}

/** One Temporal server for all projects of a run: that of `TEMPORAL_ADDRESS`, else one of our own. */
export default async function globalSetup(): Promise<void> {
  markRun();
  const run = thisRun();
  run.server ??= start();
  await run.server;
}
