import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { chooseStudy, readOptunaJournal } from '../client/study-import';
import { isPlatformError, PlatformError, refuse } from '../contracts/errors';
import { isPostgresAddress, type OptunaStudy } from '../contracts/optimisation/optuna';
import type { EarlierTrial } from '../contracts/optimisation/study';
import type { WarmStart } from '../contracts/optimisation/warm-start';
import type { CliDeps } from './command';

const SQLITE = 'SQLite format 3\0';

/** A file that cannot be opened is the caller's mistake; what is wrong inside says so itself, with the file. */
async function reading<T>(file: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (isPlatformError(error) && !error.message.startsWith(file))
      throw new PlatformError(refuse(error.code, `${file}: ${error.message}`), error);
    if (typeof error === 'object' && error !== null && 'syscall' in error && 'code' in error)
      throw new PlatformError(refuse('invalid-request', `${file} cannot be read: ${String(error.code)}`), error);
    throw error;
  }
}

/** The lines of a file, which is closed when nobody wants more of them. */
async function* linesOf(file: string): AsyncIterable<string> {
  const handle = await open(file);
  try {
    // a folder opens, too: it is found out here, where somebody hears of it
    await handle.read(Buffer.alloc(1), 0, 1, 0);
    yield* handle.readLines({ encoding: 'utf8', start: 0 });
  } finally {
    await handle.close();
  }
}

async function isSqlite(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(SQLITE.length), 0, SQLITE.length, 0);
    return buffer.toString('latin1', 0, bytesRead) === SQLITE;
  } finally {
    await handle.close();
  }
}

/**
 * The one study of a storage of Optuna: its journal, its SQLite file, or its Postgres.
 * @param source a file, or the address of a Postgres, which no message repeats
 * @throws PlatformError `invalid-import`; `invalid-request` when it cannot be read or there are several, which are named;
 *   `study-not-found`; `source-unavailable` and `timeout` of a Postgres
 */
export async function optunaStudy(deps: CliDeps, source: string, wanted: string | undefined): Promise<OptunaStudy> {
  const { readOptunaSqlite: readSqlite, readOptunaPostgres: readPostgres } = deps;
  const isPostgres = readPostgres !== undefined && isPostgresAddress(source);
  const choose = chooseStudy(isPostgres ? 'the database' : source, wanted, '--study');
  const studies = isPostgres
    ? await readPostgres(source, choose)
    : await reading(source, async () =>
        readSqlite !== undefined && (await isSqlite(source))
          ? readSqlite(source, choose)
          : readOptunaJournal(linesOf(source)),
      );
  const name = choose(studies.map((each) => each.name));
  return studies.find((each) => each.name === name) as OptunaStudy;
}

function earlierOf(line: string, at: number): readonly EarlierTrial[] {
  let value: { readonly state?: unknown; readonly configuration?: unknown; readonly measures?: unknown } | undefined;
  try {
    const json = JSON.parse(line) as unknown;
    value = typeof json === 'object' && json !== null ? json : undefined;
  } catch {
    // said below
  }
  if ((value?.state ?? 'complete') !== 'complete') return [];
  if (typeof value?.configuration === 'object' && typeof value.measures === 'object') return [value as EarlierTrial];
  const text = `line ${String(at)}: expected a trial as JSON, with configuration and measures; got ${line.slice(0, 100)}`;
  throw new PlatformError(refuse('invalid-import', text));
}

/**
 * The complete trials of a file of JSON lines, as `study export` and `study import -o jsonl` write them.
 * @throws PlatformError `invalid-import` with the number of the line; `invalid-request` when the file cannot be read
 */
export async function warmStartFrom(file: string): Promise<WarmStart> {
  const trials: EarlierTrial[] = [];
  await reading(file, async () => {
    let at = 0;
    for await (const line of linesOf(file)) {
      at += 1;
      if (line.trim() !== '') trials.push(...earlierOf(line, at));
    }
  });
  return { trials, from: basename(file) };
}
