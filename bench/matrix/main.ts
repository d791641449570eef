import { faketime } from './clients';
import { FAULTS, type Fault } from './faults';
import { publish, tableOf, type Result } from './page';
import { play, type Played } from './play';
import { Stage } from './stage';

/*
 * usage: npm run bench:matrix -- [--long] [FAULT...]. The fault matrix: each row destroys something under traffic of all primitives in one space, each
 * column is a primitive whose invariants are held against what its clients wrote down. Exit 1 when anything is broken. When no fault is
 * named, the reports are written after each row. With --long the rows are played again and again, at least 30 minutes. Needs libfaketime.
 */

const LONG_MS = 30 * 60_000;
const TTL_MS = 2_000;
const SEED = 20_261_130;

const say = (text: string): void => {
  console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
};

function sayOf({ fault, seconds, cells }: Played): void {
  const operations = cells.reduce((sum, cell) => sum + cell.operations, 0);
  say(`${fault}: ${String(operations)} operations, ${seconds.toFixed(1)} s`);
  for (const { column, broken } of cells) for (const text of broken) say(`  BROKEN ${column}: ${text}`);
}

/** Those that are named, in that order; all when none is. */
const faultsOf = (names: readonly string[]): readonly Fault[] =>
  names.length === 0 ? FAULTS : names.flatMap((name) => FAULTS.filter((fault) => fault.name === name));

/**
 * Plays rows in turn until the time is over, at least each once. After a row that does not come to its end all is started anew.
 * @param after each row
 */
async function playAll(
  names: readonly string[],
  ms: number,
  after: (result: Result) => Promise<void>,
): Promise<Result> {
  const played: Played[] = [];
  const failures: string[] = [];
  let runs = 0;
  const end = Date.now() + ms;
  let stage: Stage | undefined;
  const close = async (): Promise<void> => {
    if (stage === undefined) return;
    try {
      const { left, replays } = await stage.close();
      runs += replays.runs;
      failures.push(...left.map((what) => `left: ${what}`), ...replays.broken);
    } catch (error) {
      failures.push(`left: ${String(error)}`);
    }
    stage = undefined;
  };
  for (let turn = 1; turn === 1 || Date.now() < end; turn += 1)
    for (const fault of faultsOf(names)) {
      try {
        stage ??= await Stage.start({ space: `matrix-${String(failures.length)}`, ttlMs: TTL_MS, seed: SEED + turn });
        const row = await play(stage, fault, turn);
        played.push(row);
        sayOf(row);
      } catch (error) {
        failures.push(`${fault.name}: ${String(error)}`);
        say(failures.at(-1) ?? '');
        await close();
      }
      await after({ played, failures, runs });
    }
  await close();
  await after({ played, failures, runs });
  return { played, failures, runs };
}

async function main(words: readonly string[]): Promise<number> {
  const names = words.filter((word) => !word.startsWith('--'));
  const known = FAULTS.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    console.error(`no fault ${unknown.join(', ')}; there are ${known.join(', ')}`);
    return 2;
  }
  if (faketime() === undefined) {
    console.error('no libfaketime; on Debian: apt-get install libfaketime');
    return 2;
  }
  const isLong = words.includes('--long');
  const write = async (result: Result): Promise<void> => {
    if (names.length === 0) await publish(result, { isLong, rows: FAULTS.length });
  };
  const { played, failures, runs } = await playAll(names, isLong ? LONG_MS : 0, write);
  console.log(tableOf(played));
  console.log(`${String(runs)} runs replayed`);
  for (const failure of failures) console.error(failure);
  return failures.length > 0 || played.some(({ cells }) => cells.some(({ broken }) => broken.length > 0)) ? 1 : 0;
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
