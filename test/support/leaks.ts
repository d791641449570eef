import { readdirSync, readFileSync } from 'node:fs';
import { until } from './kernel/harness';

/** Carried by every process that a run's test files start, because they inherit the environment. */
const RUN = 'TEST_RUN_OF_MABEAM';
const GONE_MS = 5_000;
/** Jest's own processes end after the teardown. */
const OF_JEST = /jest-worker|jest\/bin|\.bin\/jest/;

/** Marks what this run starts from now on. */
export function markRun(): void {
  process.env[RUN] ??= `${String(process.pid)}-${String(Date.now())}`;
}

function textOf(pid: string, file: 'environ' | 'cmdline'): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0');
  } catch {
    return []; // it has ended since, or is not ours
  }
}

/** Processes that the run has started and that are still there: their command lines. Linux only. */
function processesLeft(): readonly string[] {
  const mark = process.env[RUN];
  if (process.platform !== 'linux' || mark === undefined) return [];
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .filter((pid) => textOf(pid, 'environ').includes(`${RUN}=${mark}`))
    .map((pid) => `${pid}: ${textOf(pid, 'cmdline').join(' ').trim().slice(0, 200)}`)
    .filter((line) => !OF_JEST.test(line) && !line.endsWith(':'));
}

/** @throws that names every process which the run has started and which does not end */
export async function checkLeaks(): Promise<void> {
  await until('the end', () => processesLeft().length === 0 || undefined, GONE_MS).catch(() => undefined);
  const left = processesLeft();
  if (left.length > 0) throw new Error(`the tests have left ${String(left.length)} processes:\n${left.join('\n')}`);
}
