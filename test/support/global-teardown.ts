import { thisRun } from './run-server';

/** Stops the server of the run if it is ours. */
export default async function globalTeardown(): Promise<void> {
  const server = await thisRun().server;
  await server?.stop();
}
