import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { join } from 'node:path';
import { Option, type Command } from 'commander';

const END = __filename.endsWith('.ts') ? '.ts' : '.js';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const OPTIONS = {
  activities: ['files', 'activities of agents; default: NAME.activities.ts beside each definition file'],
  address: ['host:port', 'Temporal server (TEMPORAL_ADDRESS)'],
  namespace: ['name', 'Temporal namespace (TEMPORAL_NAMESPACE)'],
  'queue-prefix': ['prefix', "prefix of this deployment's task queues (MABEAM_QUEUE_PREFIX)"],
  queue: ['name', 'serve the agents that are placed on this queue, and no others (MABEAM_QUEUE)'],
  'temporal-port': ['port', 'of a server that is started here; its Web UI is 1000 above (default 7233)'],
  'data-dir': ['folder', 'where state is kept (MABEAM_DATA_DIR, default .mabeam)'],
  'database-url': ['url', 'Postgres of the store (MABEAM_DATABASE_URL); default: embedded, in the data directory'],
  port: ['port', 'of the facade (MABEAM_PORT, default 7411)'],
  'log-level': ['level', 'trace, debug, info, warn, error, silent (MABEAM_LOG_LEVEL)'],
  'break-after': ['number', 'failures in a row until a worker is taken out, 0: never (MABEAM_BREAK_AFTER, default 5)'],
  'cool-down-seconds': [
    'seconds',
    'until it then takes one trial; each failure doubles it, to ten minutes (MABEAM_COOL_DOWN_SECONDS, default 60)',
  ],
  registry: ['backend', 'where names are looked up (MABEAM_REGISTRY)'],
  seeds: ['number', 'how many seeds are run (default 1000; with --seed 1)'],
  seed: ['number', 'the first of them (default 1)'],
  only: ['faults', 'of the seed only these faults strike, as a broken run names them'],
} as const;

/** Options of a role: the entry point reads them itself, and says what is wrong with them. */
export function roleOptions(command: Command, names: readonly (keyof typeof OPTIONS)[]): Command {
  for (const name of names) command.addOption(new Option(`--${name} <${OPTIONS[name][0]}>`, OPTIONS[name][1]));
  return command;
}

function argumentsOf(files: readonly string[], options: Readonly<Record<string, unknown>>): string[] {
  const flags = Object.keys(OPTIONS).flatMap((name) => {
    const value = options[name.replace(/-(.)/g, (_all, letter: string) => letter.toUpperCase())];
    return typeof value === 'string' ? [`--${name}`, value] : [];
  });
  return [...flags, '--', ...files];
}

/**
 * Runs an entry point as a process, by its path, until it ends; signals are handed on to it alone, and it ends when we do.
 * @returns its exit code
 */
export async function runEntry(entry: string, files: readonly string[], options: object): Promise<number> {
  const path = join(__dirname, '../..', `workers/${entry}${END}`);
  const args = argumentsOf(files, options as Readonly<Record<string, unknown>>);
  // A group of its own: Ctrl-C on a terminal reaches us alone, so that the process hears it once.
  const child = spawn(process.execPath, [...process.execArgv, path, ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  const forward = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  for (const signal of SIGNALS) process.removeAllListeners(signal).on(signal, forward);
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}
