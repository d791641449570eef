import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../kernel/harness';
import { compiled } from './compiled';

const START_MS = 120_000;
const MARK = 'MABEAM_TEST_MARK';

/** A program that runs, and what it has written so far. */
export interface Program {
  readonly pid: number;
  out(): string;
  err(): string;
  /** The lines of the log, as the objects that they are. */
  log(): readonly Readonly<Record<string, unknown>>[];
  /** Waits until its standard output or its log has a text. @throws with what it wrote when it ends before */
  says(text: string): Promise<void>;
  /** Ctrl-C: a terminal interrupts the whole group. */
  interrupt(): void;
  /** Ends it as a crash does. */
  kill(): void;
  signal(signal: NodeJS.Signals): void;
  /** Its exit code. */
  readonly ended: Promise<number>;
}

/** The environment of a program: this one's without anything that configures mabeam or Temporal, and a mark. */
export function environment(mark: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(MABEAM|TEMPORAL|npm)_/.test(name) || name === 'MABEAM_CACHE',
  );
  return { ...(Object.fromEntries(own) as Record<string, string>), [MARK]: mark, ...more };
}

/** Starts a program in a folder. */
export function start(command: string, args: readonly string[], cwd: string, env: Record<string, string>): Program {
  // A group of its own, as a terminal has it in the foreground.
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = once(child, 'close').then(([code]: unknown[]) => Number(code));
  return {
    pid: child.pid ?? 0,
    out: () => out,
    err: () => err,
    log: () =>
      err
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    ended,
    interrupt: () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
    },
    kill: () => {
      child.kill('SIGKILL');
    },
    signal: (signal) => {
      child.kill(signal);
    },
    says: (text) =>
      until(
        `"${text}"`,
        () => {
          if (out.includes(text) || err.includes(text)) return true;
          if (child.exitCode !== null) throw new Error(`ended with ${String(child.exitCode)}:\n${out}\n${err}`);
          return undefined;
        },
        START_MS,
      ).then(() => undefined),
  };
}

/** Starts `mabeam`, compiled. */
export async function mabeam(args: readonly string[], cwd: string, env: Record<string, string>): Promise<Program> {
  return start(process.execPath, [join(await compiled(), 'src/cli/main.js'), ...args], cwd, env);
}

/** Ids of the processes that carry a mark in their environment: whatever a program has started. Linux only. */
export function marked(mark: string): readonly string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${MARK}=${mark}`);
      } catch {
        return false; // it has ended since, or is not ours
      }
    });
}
