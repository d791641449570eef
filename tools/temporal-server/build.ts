import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const BUILD_MS = 30 * 60_000;
const PROGRAMS = {
  server: { file: 'temporal-server', from: 'go.temporal.io/server/cmd/server' },
  sqlTool: { file: 'temporal-sql-tool', from: 'go.temporal.io/server/cmd/tools/sql' },
} as const;

/** The programs of a Temporal server that keeps its data in Postgres. */
export interface TemporalServerPrograms {
  readonly server: string;
  readonly sqlTool: string;
  /** The folder that holds both, to be put on a PATH. */
  readonly folder: string;
}

function programsIn(folder: string): TemporalServerPrograms {
  return { server: join(folder, PROGRAMS.server.file), sqlTool: join(folder, PROGRAMS.sqlTool.file), folder };
}

/** The Go module beside this file; compiled code finds it from the package's root. */
function moduleFolder(): string {
  const beside = __dirname;
  return existsSync(join(beside, 'go.mod')) ? beside : join(beside, '../../../tools/temporal-server');
}

async function cacheFolder(module: string): Promise<string> {
  const hash = createHash('sha256');
  const files = await Promise.all(['go.mod', 'go.sum'].map((name) => readFile(join(module, name))));
  for (const file of files) hash.update(file);
  const version = /go\.temporal\.io\/server v([\w.-]+)/.exec(files[0]?.toString() ?? '')?.[1] ?? 'unknown';
  const base =
    process.env['MABEAM_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'mabeam');
  const platform = `${process.platform}-${process.arch}`;
  return join(base, `temporal-server-${version}-${hash.digest('hex').slice(0, 16)}-${platform}`);
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
  const module = moduleFolder();
  const folder = await cacheFolder(module);
  if (existsSync(folder)) return programsIn(folder);
  await mkdir(join(folder, '..'), { recursive: true });
  const part = await mkdtemp(`${folder}.part-`);
  try {
    const env = { ...process.env, CGO_ENABLED: '0' };
    for (const { file, from } of Object.values(PROGRAMS)) {
      say(`building ${file} from ${from}: takes minutes, once`);
      const build = ['build', '-trimpath', '-ldflags', '-s -w', '-o', join(part, file), from];
      await run('go', build, { cwd: module, env, timeout: BUILD_MS, maxBuffer: 16_000_000 });
    }
    await rename(part, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(part, { recursive: true, force: true });
  }
  return programsIn(folder);
}
