import { open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';

const REFRESH_MS = 5_000;
const ABANDONED_MS = 60_000;
const LOOK_MS = 500;

/** The system's code of a failure; by form, because classes differ between realms. */
function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** Whether a process of this machine is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Who has the turn: the text of the file. `undefined` when nobody has, or whoever had it is gone. */
async function holderOf(file: string): Promise<string | undefined> {
  try {
    const text = await readFile(file, 'utf8');
    const { mtimeMs } = await stat(file);
    const [host, pid] = text.split(' ');
    const isGone = host === hostname() && !isAlive(Number(pid));
    return isGone || Date.now() - mtimeMs > ABANDONED_MS ? undefined : text;
  } catch {
    return undefined;
  }
}

async function take(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    await handle.writeFile(`${hostname()} ${String(process.pid)}`);
    await handle.close();
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Does something while no other process does it: the file says who has the turn.
 *
 * It saves work and guards nothing: a holder that was killed, or shows no sign of life for a minute, is passed over, and
 * two that pass it over at once may both go on. What they make must not depend on being alone.
 *
 * @param isDone ends the waiting when somebody else has done it
 * @param waits hears who has the turn while we wait
 * @returns what `act` gave, or `undefined` when it was done by somebody else
 */
export async function inTurn<T>(
  file: string,
  isDone: () => boolean,
  waits: (holder: string) => void,
  act: () => Promise<T>,
): Promise<T | undefined> {
  for (;;) {
    if (isDone()) return undefined;
    if (await take(file)) break;
    const holder = await holderOf(file);
    if (holder === undefined) {
      const aside = `${file}.${String(process.pid)}`;
      await rename(file, aside).catch(() => undefined); // of several that find it abandoned one moves it
      await rm(aside, { force: true });
      continue;
    }
    waits(holder);
    await new Promise((wake) => setTimeout(wake, LOOK_MS));
  }
  const alive = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => undefined), REFRESH_MS);
  try {
    return isDone() ? undefined : await act();
  } finally {
    clearInterval(alive);
    await rm(file, { force: true });
  }
}
