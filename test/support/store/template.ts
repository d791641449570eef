import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { inTurn } from '../../../tools/temporal/turn';

const run = promisify(execFile);
const quiet = (): void => undefined;

/** The version that is installed: another one makes another database. */
function version(): string {
  const lock = readFileSync(resolve(__dirname, '../../../package-lock.json'), 'utf8');
  const { packages } = JSON.parse(lock) as {
    readonly packages: Readonly<Record<string, { readonly version: string }>>;
  };
  return packages['node_modules/@electric-sql/pglite']?.version ?? 'unknown';
}

/**
 * An empty embedded database, as PGlite itself made it, once for all test files: to make one costs seconds on a busy
 * machine. Without our tables: each test migrates its own copy.
 */
export async function emptyDatabase(): Promise<Blob> {
  return new Blob([readFileSync(await dumped())]);
}

/** Puts an empty database into the data directory of a process that is not started yet: it begins as on its second start. */
export async function beginWithDatabase(dataDir: string): Promise<void> {
  const database = join(dataDir, 'pg');
  mkdirSync(database, { recursive: true });
  await run('tar', ['-xf', await dumped(), '-C', database]);
}

async function dumped(): Promise<string> {
  const folder = join(tmpdir(), `mabeam-test-databases-${String(process.getuid?.() ?? 0)}`);
  const file = join(folder, `pglite-${version()}.tar`);
  const isThere = (): boolean => existsSync(file);
  if (!isThere()) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    await inTurn(`${file}.turn`, isThere, quiet, async () => {
      const { PGlite } = await import('@electric-sql/pglite');
      const made = await PGlite.create();
      const dump = await made.dumpDataDir('none');
      await made.close();
      const draft = `${file}.${String(process.pid)}`;
      writeFileSync(draft, Buffer.from(await dump.arrayBuffer()));
      renameSync(draft, file);
    });
  }
  return file;
}
