import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { InvalidArgumentError } from 'commander';
import { PlatformError, refuse } from '../../contracts/errors';
import type { CliDeps } from '../command';

/** A command that may act no more has so long to end before it is killed. */
const GRACE_MS = 1_000;

/** Seconds as typed, up to a day, in milliseconds. */
export function seconds(text: string): number {
  const value = Number(text);
  if (text !== '' && value >= 0 && value <= 86_400) return Math.round(value * 1_000);
  throw new InvalidArgumentError(`expected seconds from 0 to 86400; got ${text}`);
}

/** On whose behalf a command runs. */
export interface Behalf {
  /** What it finds in its environment, beside what is there. */
  readonly env: Readonly<Record<string, string>>;
  /** Aborted when it must act no more: it is told to end, and killed if it does not. */
  readonly over: AbortSignal;
  /** Why it is told to. */
  why(): string;
  /** Aborted when somebody asks it to end, in its own time. */
  readonly asked?: AbortSignal;
}

/** Runs a command for as long as it may. @returns its exit code; that of a signal as shells say it */
export function underway(
  deps: CliDeps,
  { env, over, why, asked }: Behalf,
  [program = '', ...args]: readonly string[],
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...env } });
    let killing: NodeJS.Timeout | undefined;
    const end = (): void => {
      deps.err(`${why()}: ${program} is told to end\n`);
      child.kill('SIGTERM');
      killing = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    };
    over.addEventListener('abort', end, { once: true });
    const askedToEnd = (): void => {
      deps.err(`somebody asks for it: ${program} is told to end\n`);
      child.kill('SIGTERM');
    };
    if (asked?.aborted === true) askedToEnd();
    else asked?.addEventListener('abort', askedToEnd, { once: true });
    const settled = (): void => {
      clearTimeout(killing);
      over.removeEventListener('abort', end);
      asked?.removeEventListener('abort', askedToEnd);
    };
    child.on('error', (error) => {
      settled();
      reject(new PlatformError(refuse('invalid-request', `${program} cannot be run: ${error.message}`)));
    });
    child.on('exit', (code, signal) => {
      settled();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
