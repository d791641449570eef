import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, toolFolder } from './cache';
import { elapsed, type Progress } from './progress';
import { inTurn, isAlive } from './turn';

const run = promisify(execFile);
const BUILD_MS = 30 * 60_000;
const KEPT_LINES = 30;

/** What a Go module builds, and where it is kept. */
export interface GoPrograms {
  /** Folder of the module. */
  readonly module: string;
  /** First part of the folder's name in the cache. */
  readonly name: string;
  /** File name → package. */
  readonly programs: Readonly<Record<string, string>>;
}

/** The `temporal` program, whose dev server we use. */
export const TEMPORAL_CLI: GoPrograms = {
  module: toolFolder('temporal'),
  name: 'temporal-cli',
  programs: { temporal: 'github.com/temporalio/cli/cmd/temporal' },
};

/** Whether `go` is on the PATH. */
export async function hasGo(): Promise<boolean> {
  try {
    await run('go', ['version'], { env: process.env });
    return true;
  } catch {
    return false;
  }
}

/** Runs `go build`; what it prints is counted as progress. @throws with what the compiler said */
async function goBuild(module: string, file: string, from: string, progress: Progress): Promise<void> {
  const began = Date.now();
  const counts = { modules: 0, packages: 0 };
  const lines: string[] = [];
  const args = ['build', '-v', '-trimpath', '-ldflags', '-s -w', '-o', file, from];
  const env = { ...process.env, CGO_ENABLED: '0' };
  const child = spawn('go', args, { cwd: module, env, stdio: ['ignore', 'ignore', 'pipe'], timeout: BUILD_MS });
  const end = progress.during(
    () =>
      `building ${basename(file)}: ${elapsed(Date.now() - began)}, ` +
      `${String(counts.modules)} modules fetched, ${String(counts.packages)} packages compiled`,
  );
  try {
    await new Promise<void>((resolve, reject) => {
      let rest = '';
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        const parts = (rest + chunk).split('\n');
        rest = parts.pop() ?? '';
        for (const line of parts) {
          if (line.startsWith('go: downloading ')) counts.modules += 1;
          else if (/^\S+$/.test(line)) counts.packages += 1;
          else lines.push(line);
        }
        lines.splice(0, Math.max(0, lines.length - KEPT_LINES));
      });
      child.once('error', reject);
      child.once('close', (code, signal) => {
        if (code === 0) resolve();
        else reject(new Error(`go build ${from} ended with ${String(code ?? signal)}\n${[...lines, rest].join('\n')}`));
      });
    });
  } finally {
    end();
  }
}

/** Removes what killed builders left: their process id is in the name. */
async function removeRemains(folder: string): Promise<void> {
  const prefix = `${basename(folder)}.part-`;
  for (const name of await readdir(dirname(folder))) {
    if (!name.startsWith(prefix)) continue;
    const pid = Number(name.slice(prefix.length).split('-')[0]);
    if (Number.isNaN(pid) || !isAlive(pid)) await rm(join(dirname(folder), name), { recursive: true, force: true });
  }
}

async function build(folder: string, { module, programs }: GoPrograms, progress: Progress): Promise<void> {
  await removeRemains(folder);
  const part = await mkdtemp(`${folder}.part-${String(process.pid)}-`);
  try {
    for (const [file, from] of Object.entries(programs)) {
      progress.say(`building ${file} from ${from} with Go: takes minutes, once`);
      await goBuild(module, join(part, file), from, progress);
    }
    await rename(part, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

/**
 * Finds programs in the cache, or builds them from the Go module proxy: minutes, once per version.
 *
 * The cache lies outside the checkout, by version and checksum of the module. A build works in a folder of its own that is
 * renamed when every program is there, so half a build never counts. Who comes while another process builds waits for it.
 *
 * @returns the folder that holds them
 * @throws when Go is missing or the build fails, with what the compiler said
 */
export async function buildPrograms(what: GoPrograms, progress: Progress): Promise<string> {
  const folder = await cacheFolder(what.module, what.name);
  const isThere = (): boolean => existsSync(folder);
  if (isThere()) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const began = Date.now();
  let endWaiting: (() => void) | undefined;
  const waits = (holder: string): void => {
    endWaiting ??= progress.during(
      () => `waiting for ${what.name}: ${elapsed(Date.now() - began)}, built by process ${holder.split(' ')[1] ?? ''}`,
    );
  };
  const stopWaiting = (): void => {
    endWaiting?.();
    endWaiting = undefined;
  };
  try {
    await inTurn(`${folder}.lock`, isThere, waits, async () => {
      stopWaiting();
      await build(folder, what, progress);
    });
  } finally {
    stopWaiting();
  }
  return folder;
}
