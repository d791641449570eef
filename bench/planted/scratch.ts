import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
/** What the tests that are run here do not read. */
const LEFT_OUT = ['test/replay/histories/', 'bench/results/'];

/**
 * A copy of the working tree in which faults are planted: production code has no switch for them.
 *
 * @param work what is done with it; the copy is gone afterwards
 */
export async function withScratch<T>(work: (root: string) => Promise<T>): Promise<T> {
  const scratch = mkdtempSync(join(tmpdir(), 'mabeam-planted-'));
  try {
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: ROOT,
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    for (const file of listed.split('\0')) {
      const from = join(ROOT, file);
      if (file === '' || file === 'node_modules' || LEFT_OUT.some((each) => file.startsWith(each)) || !existsSync(from))
        continue;
      mkdirSync(dirname(join(scratch, file)), { recursive: true });
      copyFileSync(from, join(scratch, file));
    }
    symlinkSync(join(ROOT, 'node_modules'), join(scratch, 'node_modules'));
    return await work(scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
