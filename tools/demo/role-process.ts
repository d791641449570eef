import { spawn } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';

const root = path.join(__dirname, '../..');
const STOP_MS = 15_000;
const READY_MS = 120_000;
const KEPT_LINES = 5;

/** A role of mabeam as a process of its own. */
export interface RoleProcess {
  readonly name: string;
  readonly pid: number;
  /** Resolves when it does its work. @throws when it ends before, or takes too long; the message has its last lines */
  readonly ready: Promise<void>;
  /** Rejects when it ends by itself. */
  readonly failed: Promise<never>;
  /** SIGKILL: whatever it does is not finished. Resolves when it is gone. */
  kill(): Promise<void>;
  /** In order, by force after a while. Resolves when it is gone. */
  stop(): Promise<void>;
}

/** How an entry point is run: compiled where `dist` is there, else from its source. */
export function commandOf(entry: string): readonly string[] {
  const compiled = path.join(root, 'dist', `${entry}.js`);
  return existsSync(compiled) ? [compiled] : ['--import', 'tsx', path.join(root, `${entry}.ts`)];
}

/** What to run. */
export interface RoleOptions {
  readonly name: string;
  /** Such as `workers/worker`. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
  /** File that gets its log. */
  readonly log: string;
  /** A text in the log that says that it does its work. */
  readonly readyWhen: string;
}

/** Starts a role. It ends when this process is gone, and hears of Ctrl-C only from us. */
export function startRole({ name, entry, env, log, readyWhen }: RoleOptions): RoleProcess {
  const child = spawn(process.execPath, commandOf(entry), {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    detached: true,
  });
  const file = createWriteStream(log, { flags: 'a' });
  const last: string[] = [];
  let isWanted = true;
  const gone = once(child, 'exit').then(([code, signal]: unknown[]) => {
    file.end();
    return String(code ?? signal);
  });
  const failed = gone.then((how): never | Promise<never> => {
    if (!isWanted) return new Promise<never>(() => undefined);
    throw new Error(`${name} has ended (${how}); its log is ${log}, and ends with:\n${last.join('')}`);
  });
  const ready = new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => {
      reject(new Error(`${name} did not begin within ${String(READY_MS / 1_000)} s; its log is ${log}`));
    }, READY_MS);
    child.stderr?.on('data', (data: Buffer) => {
      file.write(data);
      last.push(data.toString());
      last.splice(0, last.length - KEPT_LINES);
      if (!last.join('').includes(readyWhen)) return;
      clearTimeout(late);
      resolve();
    });
    failed.catch((error: unknown) => {
      clearTimeout(late);
      reject(error instanceof Error ? error : new Error(String(error)));
    });
  });
  ready.catch(() => undefined); // whoever waits for it hears of it
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    isWanted = false;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await gone;
    clearTimeout(timer);
  };
  return { name, pid: child.pid ?? 0, ready, failed, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}
