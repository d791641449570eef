import { configuredServer } from '../../tools/temporal/find';
import { startTemporal, type RunningTemporal } from '../../tools/temporal/start';
import { markRun } from './leaks';
import { thisRun } from './run-server';

/** A run that lived for less than a second is otherwise continued only after the rest of it: tests renew in a row. */
const RENEWED_AT_ONCE = { 'history.workflowIdReuseMinimalInterval': '1ms' };

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
