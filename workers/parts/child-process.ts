import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { lineStream } from '../../src/observability/logger';
import { createLastWords } from './last-words';
import { SUPERVISED, type Facts, type FromChild, type FromParent } from './parent';
import { moduleFile } from './running-copy';

/** After its end, so long for what it has still to say; whoever it has started may keep its log open. */
const LAST_WORDS_MS = 500;

/** How a process ended. */
export interface ProcessEnd {
  /** Such as `exit code 1` or `SIGKILL`. */
  readonly how: string;
  readonly code: number;
  /** What its log said last; empty when it said nothing. */
  readonly lastWords: string;
}

/** A process of ours that runs, or did. */
export interface RunningProcess {
  /** Resolves when it does its work; never when it ends before. */
  readonly ready: Promise<void>;
  readonly ended: Promise<ProcessEnd>;
  say(message: FromParent): void;
  /** In order, by force after `limitMs`. Safe to repeat. */
  stop(limitMs: number): void;
  /** By force. */
  kill(): void;
}

const isFromChild = (message: unknown): message is FromChild =>
  typeof message === 'object' && message !== null && 'mabeam' in message;

/**
 * Starts an entry point as a process of its own, in a group of its own: Ctrl-C reaches us alone, who end it in order. It ends
 * when we are gone. What it writes into its log goes into ours, line by line.
 *
 * @param entry such as `workers/store`
 * @param told hears what it tells of itself
 */
export function startProcess(entry: string, args: readonly string[], told: (facts: Facts) => void): RunningProcess {
  const child = spawn(process.execPath, [...process.execArgv, moduleFile(entry), ...args], {
    env: { ...process.env, [SUPERVISED]: '1' },
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    detached: true,
  });
  const log = lineStream();
  const lastWords = createLastWords();
  // A pipe, as asked for above.
  const lines = createInterface({ input: child.stderr as Readable }).on('line', (line) => {
    lastWords.hear(line);
    log.write(`${line}\n`);
  });
  const heard = new Promise<void>((resolve) => lines.once('close', resolve));
  const ended = new Promise<ProcessEnd>((resolve) => {
    const tell = (how: string, code: number): void => {
      const told = (): void => {
        resolve({ how, code, lastWords: lastWords.said() });
      };
      const late = setTimeout(told, LAST_WORDS_MS);
      void heard.then(() => {
        clearTimeout(late);
        told();
      });
    };
    child.once('exit', (code, signal) => {
      tell(signal ?? `exit code ${String(code)}`, code ?? 1);
    });
    child.once('error', (error) => {
      tell(error.message, 1);
    });
  });
  const ready = new Promise<void>((resolve) => {
    child.on('message', (message) => {
      if (!isFromChild(message)) return;
      if (message.mabeam === 'ready') resolve();
      else told(message.facts);
    });
  });
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const kill = (): void => {
    if (!isOver()) child.kill('SIGKILL');
  };
  return {
    ready,
    ended,
    say: (message) => {
      if (child.connected) child.send(message, () => undefined);
    },
    stop: (limitMs) => {
      if (isOver()) return;
      child.kill('SIGTERM');
      const timer = setTimeout(kill, limitMs);
      void ended.then(() => {
        clearTimeout(timer);
      });
    },
    kill,
  };
}
