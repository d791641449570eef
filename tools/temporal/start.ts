import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../src/contracts/search-attributes';
import { freePorts } from './free-ports';
import { findTemporalProgram } from './find';
import { progressOn, type Progress } from './progress';

const START_MS = 60_000;
const CONNECT_MS = 1_000;
const PAUSE_MS = 50;
const STOP_MS = 10_000;
const HOST = '127.0.0.1';
const MAX_LAST_LINE = 500;
/** The server listens on its port and, for the Web UI, on this many above it. */
const UI_ABOVE = 1_000;

/** How a server of our own is started. */
export interface StartOptions {
  /** The `temporal` program. Default: found or made, as `findTemporalProgram` does. */
  readonly program?: string;
  /** Where the server keeps its data; without it everything ends with the process. */
  readonly dbFilename?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Of the Web UI. Default: `port` + 1000, as the program itself has it; `false` for none. */
  readonly uiPort?: number | false;
  /** Made when it is missing; default `default`. */
  readonly namespace?: string;
  /** A file that gets what the server prints; by default nobody does. */
  readonly log?: string;
  /** Hears how a program is found; default: stderr. */
  readonly progress?: Progress;
  /** False for a server that knows nothing of us: then `mabeam setup` registers our search attributes. */
  readonly searchAttributes?: boolean;
  /** More dynamic configuration, such as `{ 'limit.historyCount.suggestContinueAsNew': 50 }`. */
  readonly dynamicConfig?: Readonly<Record<string, number | string | boolean>>;
}

/** A server that answers. */
export interface RunningTemporal {
  readonly address: string;
  readonly namespace: string;
  /** Of the Web UI. */
  readonly url: string | undefined;
  readonly pid: number;
  /** Resolves when the process has ended, however it came to that. */
  readonly ended: Promise<void>;
  /** Ends it in order, by force after ten seconds. Safe to repeat. */
  stop(): Promise<void>;
}

/**
 * The arguments of a server that mabeam starts itself.
 *
 * By default the server loads its queues at most twenty times a second, so that each hop waits up to 50 ms: the three
 * rates lift that. And it fails a task during which more than 100 messages come, so that an agent in a flood would neither
 * get on nor renew itself: the fourth setting gives it room. And it keeps one query for a busy workflow and sends the next
 * askers away, for seconds: the fifth lets a hundred wait for the same task. A database file without the two pragmas halves the throughput; with them a killed process loses nothing.
 */
export function serverArguments(options: StartOptions & { readonly port: number }): string[] {
  const { port, uiPort = port + UI_ABOVE, dbFilename, namespace = 'default', dynamicConfig = {} } = options;
  const attributes = options.searchAttributes === false ? [] : Object.values(SEARCH_ATTRIBUTES);
  const settings = {
    'history.transferProcessorMaxPollRPS': 2_000,
    'history.timerProcessorMaxPollRPS': 2_000,
    'history.visibilityProcessorMaxPollRPS': 500,
    'history.maximumBufferedEventsBatch': 2_000,
    'history.MaxBufferedQueryCount': 100,
    ...dynamicConfig,
  };
  return [
    ...['server', 'start-dev', '--ip', HOST, '--port', String(port), '--namespace', namespace],
    ...(uiPort === false ? ['--headless'] : ['--ui-ip', HOST, '--ui-port', String(uiPort), '--ui-disable-news-fetch']),
    ...['--log-level', 'warn', '--log-format', 'json'],
    ...Object.entries(settings).flatMap(([key, value]) => [
      '--dynamic-config-value',
      `${key}=${JSON.stringify(value)}`,
    ]),
    ...attributes.flatMap(({ name }) => ['--search-attribute', `${name}=Keyword`]),
    ...(dbFilename === undefined ? [] : ['--db-filename', dbFilename]),
    ...(dbFilename === undefined
      ? []
      : ['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL']),
  ];
}

function spawnServer(program: string, args: readonly string[], log: string | undefined): ChildProcess {
  const file = log === undefined ? undefined : openSync(log, 'a');
  const stdio: StdioOptions = file === undefined ? 'ignore' : ['ignore', file, file];
  try {
    // A group of its own: Ctrl-C reaches the parent alone, which ends workers first and the server last.
    return spawn(program, args, { stdio, detached: true });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/**
 * A shell that ends the server when this process is gone, even by SIGKILL: then its input ends.
 * On a system without a POSIX shell the server is only stopped in order.
 */
function watchOver(server: ChildProcess): void {
  if (process.platform === 'win32' || server.pid === undefined) return;
  const script = 'read -r _; kill -TERM "$1" 2>/dev/null';
  const watcher = spawn('/bin/sh', ['-c', script, 'mabeam-temporal-watch', String(server.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.on('error', () => undefined);
  watcher.unref();
  (watcher.stdin as { unref?: () => void } | null)?.unref?.();
  server.once('exit', () => watcher.kill('SIGKILL'));
}

/** Resolves when the server and the namespace answer. @throws when nobody does in time, or `isOver` */
async function answers(address: string, namespace: string, isOver: () => boolean): Promise<void> {
  const deadline = Date.now() + START_MS;
  for (;;) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: CONNECT_MS });
      try {
        await connection.workflowService.describeNamespace({ namespace });
        return;
      } finally {
        await connection.close();
      }
    } catch (error) {
      if (isOver() || Date.now() > deadline) throw error;
    }
    await new Promise((wake) => setTimeout(wake, PAUSE_MS));
  }
}

async function stopProcess(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
}

/** What a server said last. */
async function lastLine(log: string): Promise<string> {
  const lines = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n');
  return lines.at(-1) === '' ? '' : `: ${(lines.at(-1) ?? '').slice(0, MAX_LAST_LINE)}`;
}

/** The options with everything decided. */
async function settled(
  options: StartOptions,
): Promise<StartOptions & { program: string; port: number; uiPort: number | false }> {
  const program = options.program ?? (await findTemporalProgram(options.progress ?? progressOn())).path;
  const [free = 0] = options.port === undefined ? await freePorts(1, UI_ABOVE) : [];
  const port = options.port ?? free;
  const uiPort = options.uiPort ?? port + UI_ABOVE;
  return { ...options, program, port, uiPort };
}

/** Resolves when a process has ended, or could not be started. */
function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.once('error', () => {
      resolve();
    });
  });
}

/**
 * Starts a Temporal server on the loopback interface and waits until it answers. It ends with this process.
 *
 * @throws when it does not answer within a minute, or ends before; what it printed is in `log`
 */
export async function startTemporal(options: StartOptions = {}): Promise<RunningTemporal> {
  const { namespace = 'default', dbFilename, log } = options;
  const { program, port, uiPort } = await settled(options);
  if (dbFilename !== undefined) await mkdir(dirname(dbFilename), { recursive: true });
  const child = spawnServer(program, serverArguments({ ...options, port, uiPort, namespace }), log);
  let isOver = false as boolean;
  const ended = endOf(child).then(() => {
    isOver = true;
  });
  watchOver(child);
  const address = `${HOST}:${String(port)}`;
  try {
    await answers(address, namespace, () => isOver);
  } catch (error) {
    await stopProcess(child, ended);
    const where = log === undefined ? '' : `; see ${log}${await lastLine(log)}`;
    const why = isOver ? 'the Temporal server ended at once' : `the Temporal server did not answer at ${address}`;
    throw new Error(`${why}: ${program}${where}`, { cause: error });
  }
  return {
    address,
    namespace,
    url: uiPort === false ? undefined : `http://${HOST}:${String(uiPort)}`,
    pid: child.pid ?? 0,
    ended,
    stop: () => stopProcess(child, ended),
  };
}
