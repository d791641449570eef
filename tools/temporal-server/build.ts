import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const BUILD_MS = 30 * 60_000;
const SERVER = 'go.temporal.io/server';
const PROGRAMS = {
  'temporal-server': `${SERVER}/cmd/server`,
  'temporal-sql-tool': `${SERVER}/cmd/tools/sql`,
};

/** The programs of a Temporal server that keeps its data in Postgres. */
export interface TemporalServerPrograms {
  readonly server: string;
  readonly sqlTool: string;
  /** The folder that holds both, to be put on a PATH. */
  readonly folder: string;
}

/** The Go module beside this file; compiled code finds it from the package's root. */
function moduleFolder(): string {
  const beside = __dirname;
  return existsSync(join(beside, 'go.mod')) ? beside : join(beside, '../../../tools/temporal-server');
}

async function cacheFolder(module: string, name: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(await readFile(join(module, file)));
  const base =
    process.env['MABEAM_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'mabeam');
  return join(base, `${name}-${hash.digest('hex').slice(0, 16)}-${process.platform}-${process.arch}`);
}

/** Whether `go` is on the PATH. */
export async function hasGo(): Promise<boolean> {
  try {
    await run('go', ['version']);
    return true;
  } catch {
    return false;
  }
}

async function build(
  module: string,
  name: string,
  programs: Readonly<Record<string, string>>,
  say: (line: string) => void,
): Promise<string> {
  const folder = await cacheFolder(module, name);
  if (existsSync(folder)) return folder;
  await mkdir(join(folder, '..'), { recursive: true });
  const part = await mkdtemp(`${folder}.part-`);
  try {
    const env = { ...process.env, CGO_ENABLED: '0' };
    for (const [file, from] of Object.entries(programs)) {
      say(`building ${file} from ${from}: takes minutes, once`);
      const args = ['build', '-trimpath', '-ldflags', '-s -w', '-o', join(part, file), from];
      await run('go', args, { cwd: module, env, timeout: BUILD_MS, maxBuffer: 16_000_000 });
    }
    await rename(part, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(part, { recursive: true, force: true });
  }
  return folder;
}

/** The folder of the `temporal` program: one of the PATH, else that which is built from `tools/temporal`. */
export async function buildTemporalCli(say: (line: string) => void = () => undefined): Promise<string> {
  const onPath = (process.env['PATH'] ?? '').split(':').find((folder) => existsSync(join(folder, 'temporal')));
  if (onPath !== undefined) return onPath;
  return build(
    join(moduleFolder(), '../temporal'),
    'temporal-cli',
    { temporal: 'github.com/temporalio/cli/cmd/temporal' },
    say,
  );
}

/**
 * Finds the Temporal server for Postgres in the cache, or builds it from the Go module proxy: minutes, once per version.
 *
 * The cache lies outside the checkout, by version and checksum of the module beside this file. A build works in a folder
 * of its own that is renamed when both programs are there, so half a build never counts; of two at once the first wins.
 *
 * @param say gets one line before each step that takes long
 * @throws when Go is missing or the build fails, with what the compiler said
 */
export async function buildTemporalServer(
  say: (line: string) => void = () => undefined,
): Promise<TemporalServerPrograms> {
  const folder = await build(moduleFolder(), 'temporal-server-1.31.2', PROGRAMS, say);
  return { server: join(folder, 'temporal-server'), sqlTool: join(folder, 'temporal-sql-tool'), folder };
}
