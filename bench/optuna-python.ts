import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cachedName, cacheRoot } from '../tools/temporal/cache';

const run = promisify(execFile);

/**
 * The Python of a virtual environment with Optuna, made once in mabeam's cache. Needs Python 3 with venv, and a package registry.
 *
 * @param requirements the file that names what it has
 * @param given a Python that has it already
 */
export async function optunaPython(requirements: string, given?: string): Promise<string> {
  if (given !== undefined) return given;
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16);
  const folder = join(cacheRoot(), cachedName('optuna', hash));
  if (!existsSync(folder)) {
    const aside = `${folder}.${String(process.pid)}`; // nothing half made counts
    await mkdir(dirname(folder), { recursive: true });
    try {
      await run('python3', ['-m', 'venv', aside]);
      await run(join(aside, 'bin/python'), ['-m', 'pip', 'install', '--quiet', '-r', requirements]);
      renameSync(aside, folder);
    } finally {
      rmSync(aside, { recursive: true, force: true });
    }
  }
  return join(folder, 'bin/python');
}
