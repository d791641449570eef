import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PlatformError, refuse } from '../contracts/errors';
import { codeOfFailure } from './failures';

/** What this process has taken: in a container every start has the same process id, and its own old lock is stale. */
const taken = new Set<string>();

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOfFailure(error) === 'EPERM';
  }
}

/**
 * Takes a data directory for this process: two on one embedded database, or on one file of a Temporal server, destroy it.
 * @returns a function that gives it back
 * @throws PlatformError `reads-unavailable` naming the process that has it
 */
export function takeDirectory(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true });
  const lock = join(resolve(dataDir), 'mabeam.lock');
  const own = `${lock}.${String(process.pid)}`;
  for (;;) {
    try {
      // Written aside and linked, so that nobody ever reads a lock without a number.
      writeFileSync(own, String(process.pid));
      linkSync(own, lock);
      taken.add(lock);
      return () => {
        taken.delete(lock);
        rmSync(lock, { force: true });
      };
    } catch (error) {
      if (codeOfFailure(error) !== 'EEXIST') throw error;
    } finally {
      rmSync(own, { force: true });
    }
    const pid = Number(readFileSync(lock, 'utf8'));
    if (pid === process.pid ? taken.has(lock) : pid > 0 && isAlive(pid)) {
      const text = `the data directory ${dataDir} is in use by process ${String(pid)}; stop that one, or name another`;
      throw new PlatformError(refuse('reads-unavailable', text));
    }
    rmSync(lock, { force: true });
  }
}
