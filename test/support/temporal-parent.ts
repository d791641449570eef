import { startTemporal } from '../../tools/temporal/start';

/** A process that starts a Temporal server, prints its process id and stays: for tests that kill it. */
void startTemporal().then(({ pid, address }) => {
  process.stdout.write(`${JSON.stringify({ pid, address })}\n`);
  setInterval(() => undefined, 60_000);
});
