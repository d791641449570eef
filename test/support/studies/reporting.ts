import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

/** A worker process that evaluates past a checkpoint and then for ever (`reporting-process.ts`), until it is killed. */
export function reportingProcess(queue: string): { kill(): Promise<void> } {
  const script = resolve(__dirname, 'reporting-process.ts');
  const running = spawn(process.execPath, ['--import', 'tsx', script, queue], {
    stdio: 'ignore',
    env: { ...process.env, TEMPORAL_ADDRESS: process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233' },
  });
  const gone = once(running, 'exit');
  return {
    kill: async () => {
      running.kill('SIGKILL');
      await gone;
    },
  };
}
