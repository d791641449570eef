import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cachedName, cacheRoot, toolFolder } from './cache';
import { elapsed, type Progress } from './progress';

/** The release that the wrapper module builds as well. */
const VERSION = 'v1.8.2';
const STALLED_MS = 20_000;
const DOWNLOAD_MS = 10 * 60_000;
const LOOK_MS = 1_000;
const WORDS_MAX = 4_000;

/** The folder of the cache for the official program. */
export function downloadFolder(): string {
  return join(cacheRoot(), cachedName('temporal-cli', VERSION));
}

async function bytesIn(folder: string): Promise<number> {
  const sizes = await Promise.all(
    (await readdir(folder)).map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Runs the download in a process of its own. @throws when it fails, or no byte comes for 20 s */
async function fetchInto(folder: string, progress: Progress): Promise<void> {
  const args = [join(toolFolder('temporal'), 'official-download.cjs'), VERSION, folder];
  const child = spawn(process.execPath, args, {
    env: process.env,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: DOWNLOAD_MS,
  });
  const began = Date.now();
  let words = '';
  let bytes = 0;
  let grewAt = began;
  let isStalled = false;
  const megabytes = (): string => (bytes / 1e6).toFixed(0);
  const end = progress.during(
    () => `downloading the Temporal CLI: ${elapsed(Date.now() - began)}, ${megabytes()} MB unpacked`,
  );
  const look = async (): Promise<void> => {
    const now = await bytesIn(folder).catch(() => bytes);
    if (now !== bytes) grewAt = Date.now();
    bytes = now;
    if (Date.now() - grewAt > STALLED_MS) isStalled = child.kill('SIGKILL');
  };
  const watch = setInterval(() => void look(), LOOK_MS);
  try {
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      words = (words + chunk).slice(0, WORDS_MAX);
    });
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        if (code === 0) resolve();
        else reject(new Error(isStalled ? `nothing came for ${elapsed(STALLED_MS)}` : words));
      });
    });
  } finally {
    clearInterval(watch);
    end();
  }
}

/**
 * Fetches the official program into the cache. A download works in a folder of its own that is renamed when the
 * program is there and has run once.
 *
 * @returns the folder that holds `temporal`
 * @throws when it cannot be fetched; it never hangs
 */
export async function downloadTemporal(progress: Progress): Promise<string> {
  const folder = downloadFolder();
  await mkdir(dirname(folder), { recursive: true });
  const part = await mkdtemp(`${folder}.part-${String(process.pid)}-`);
  try {
    await fetchInto(part, progress);
    const [name, ...others] = await readdir(part);
    if (name === undefined || others.length > 0) throw new Error('the SDK left no single program');
    const file = join(part, process.platform === 'win32' ? 'temporal.exe' : 'temporal');
    await rename(join(part, name), file);
    await chmod(file, 0o755);
    await rename(part, folder);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
  return folder;
}
