import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { buildPrograms, hasGo, TEMPORAL_CLI } from './build';
import { cacheFolder, cacheRoot } from './cache';
import { downloadFolder, downloadTemporal } from './download';
import type { Progress } from './progress';

const run = promisify(execFile);
const VERSION_MS = 20_000;
const FILE = process.platform === 'win32' ? 'temporal.exe' : 'temporal';

/** A `temporal` program that answered when it was asked for its version. */
export interface TemporalProgram {
  readonly kind: 'program';
  readonly path: string;
  readonly from: 'cache' | 'path' | 'download' | 'build';
  /** As it says itself, such as `1.8.2 (Server 1.31.2, UI 2.50.1)`. */
  readonly version: string;
}

/** A server that somebody else runs. */
export interface TemporalServer {
  readonly kind: 'server';
  readonly address: string;
  readonly from: 'TEMPORAL_ADDRESS' | 'configuration';
}

/** Asks a program for its version: what does not answer does not count. */
async function programAt(path: string, from: TemporalProgram['from']): Promise<TemporalProgram | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    const { stdout } = await run(path, ['--version'], { timeout: VERSION_MS });
    return { kind: 'program', path, from, version: stdout.trim().replace(/^temporal version /, '') };
  } catch {
    return undefined;
  }
}

/** The server of the standard Temporal environment: variable first, then the profile of the configuration file. */
export function configuredServer(): TemporalServer | undefined {
  const { connectionOptions } = loadClientConnectConfig();
  const { address } = connectionOptions;
  if (address === undefined) return undefined;
  const from = process.env['TEMPORAL_ADDRESS'] === undefined ? 'configuration' : 'TEMPORAL_ADDRESS';
  return { kind: 'server', address, from };
}

/** A program that is on this machine already: in the cache, else on the `PATH`. */
async function presentProgram(): Promise<TemporalProgram | undefined> {
  for (const folder of [await cacheFolder(TEMPORAL_CLI.module, TEMPORAL_CLI.name), downloadFolder()]) {
    const found = await programAt(join(folder, FILE), 'cache');
    if (found !== undefined) return found;
  }
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const found = folder === '' ? undefined : await programAt(join(folder, FILE), 'path');
    if (found !== undefined) return found;
  }
  return undefined;
}

async function attempt(act: () => Promise<string>, failed: (why: string) => void): Promise<string | undefined> {
  try {
    return await act();
  } catch (error) {
    failed(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** One line without what libraries say twice. */
function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= 200 ? line : `${line.slice(0, 100)} … ${line.slice(-97)}`;
}

const WHERE = {
  cache: 'from the cache',
  path: 'from the PATH',
  download: 'downloaded',
  build: 'built from the Go module proxy',
} as const;

/**
 * Finds a `temporal` program: in the cache, on the `PATH`, by the official download, by a build from the Go module proxy.
 * One line says what was chosen.
 *
 * @throws when there is none and none can be made; the message says what was tried and what to install
 */
export async function findTemporalProgram(progress: Progress): Promise<TemporalProgram> {
  const chosen = (program: TemporalProgram): TemporalProgram => {
    progress.say(`Temporal: program ${program.version}, ${WHERE[program.from]} (${program.path})`);
    return program;
  };
  const present = await presentProgram();
  if (present !== undefined) return chosen(present);
  const tried: string[] = [`no temporal program in ${cacheRoot()} or on the PATH`];
  const made = {
    download: () => downloadTemporal(progress),
    build: async () => {
      if (await hasGo()) return buildPrograms(TEMPORAL_CLI, progress);
      throw new Error('there is no go on the PATH');
    },
  };
  for (const from of ['download', 'build'] as const) {
    const name = from === 'download' ? 'the official download of the Temporal CLI' : 'building the Temporal CLI';
    const failed = (why: string): void => {
      const line = `${name} failed: ${from === 'download' ? short(why) : why}`;
      tried.push(line);
      progress.say(line);
    };
    const folder = await attempt(made[from], failed);
    const program = folder === undefined ? undefined : await programAt(join(folder, FILE), from);
    if (program !== undefined) return chosen(program);
  }
  throw new Error(
    `no Temporal server was found and none could be made:\n${tried.map((line) => `  ${line}\n`).join('')}` +
      'Install the Temporal CLI (https://docs.temporal.io/cli) or Go 1.26 or newer (https://go.dev/dl), ' +
      'or set TEMPORAL_ADDRESS to a server that runs.',
  );
}

/** Finds a server that somebody runs, else a program to run one with. @throws as `findTemporalProgram` */
export async function findTemporal(progress: Progress): Promise<TemporalServer | TemporalProgram> {
  const server = configuredServer();
  if (server === undefined) return findTemporalProgram(progress);
  const by = server.from === 'configuration' ? 'the Temporal configuration file' : server.from;
  progress.say(`Temporal: the server at ${server.address}, named by ${by}`);
  return server;
}
