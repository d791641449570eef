import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from '../../src/client/waiting';
import type { Tail } from './log';

/** Names of the clients. `bob` reaches the server by a way of its own that can be cut; the wall clock of `cleo` can be set. */
export const CLIENTS = ['ann', 'bob', 'cleo'] as const;
/** One of CLIENTS. */
export type ClientName = (typeof CLIENTS)[number];

/** What a client process is started with. */
export interface ClientOptions {
  readonly client: ClientName;
  readonly number: number;
  readonly life: string;
  readonly space: string;
  readonly address: string;
  readonly fenceUrl: string;
  readonly log: string;
  readonly ttlMs: number;
  readonly seed: number;
}

/** What a client is told. */
export interface Order {
  readonly order: 'begin' | 'end' | 'hold' | 'keep' | 'act' | 'free' | 'clock' | 'leave';
  readonly row: string;
}

/** A client process, and what it has written down. */
export interface ClientProcess {
  readonly pid: number;
  tell(order: Order['order'], row?: string): void;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** Kills it as a crash does, and waits for its end. */
  kill(): Promise<void>;
  readonly ended: Promise<unknown>;
}

const LOOK_MS = 20;

/** Where Debian's package `libfaketime` puts the library that steps the clock of a process; nothing where it is not installed. */
export function faketime(): string | undefined {
  const folders = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib', '/usr/local/lib'];
  return folders.map((folder) => join(folder, 'faketime/libfaketimeMT.so.1')).find((file) => existsSync(file));
}

/** The environment of a process whose wall clock follows a file, and whose monotonic clock is left alone. */
export function steppedBy(file: string): Record<string, string> {
  const library = faketime();
  if (library === undefined) return {};
  return {
    LD_PRELOAD: library,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_CACHE_DURATION: '1',
  };
}

/** Starts a client; resolves when it takes orders. @param tail of its log, which lives on over its lives */
export async function startClient(
  options: ClientOptions,
  env: Record<string, string>,
  tail: Tail,
): Promise<ClientProcess> {
  const program = join(__dirname, 'client-process.ts');
  const args = ['--import', 'tsx', program, JSON.stringify(options)];
  const before = tail.read().filter(({ kind }) => kind === 'ready').length;
  const child = spawn(process.execPath, args, { cwd: __dirname, env, stdio: ['pipe', 'inherit', 'inherit'] });
  const ended = once(child, 'close');
  child.stdin.on('error', () => undefined); // it was killed
  while (tail.read().filter(({ kind }) => kind === 'ready').length === before) {
    if (child.exitCode !== null) throw new Error(`${options.client} ended with ${String(child.exitCode)}`);
    await pause(LOOK_MS);
  }
  return {
    pid: child.pid ?? 0,
    ended,
    tell: (order, row = '') => child.stdin.write(`${JSON.stringify({ order, row })}\n`),
    signal: (signal) => child.kill(signal),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
