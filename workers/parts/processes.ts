import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { moduleFile } from './running-copy';
import type { Part } from './role';

/**
 * Starts an entry point as a process of its own, in a group of its own: Ctrl-C reaches the parent alone, which ends it in
 * order. It ends when the parent is gone.
 */
export function startProcess(entry: string, args: readonly string[], env: NodeJS.ProcessEnv): Part {
  const child = spawn(process.execPath, [...process.execArgv, moduleFile(entry), ...args], {
    env,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  let isStopping = false;
  const gone = once(child, 'exit');
  const ended = gone.then(([code]: unknown[]) => {
    if (!isStopping) throw new Error(`the process ${entry} has ended with ${String(code)}`);
  });
  return {
    name: entry,
    ended,
    stop: async () => {
      isStopping = true;
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await gone;
    },
  };
}
