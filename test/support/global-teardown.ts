import { checkLeaks } from './leaks';
import { thisRun } from './run-server';

/** Stops the server of the run if it is ours, and fails the run when a process is left. */
export default async function globalTeardown(): Promise<void> {
  const server = await thisRun().server;
  await server?.stop();
  await checkLeaks();
}
