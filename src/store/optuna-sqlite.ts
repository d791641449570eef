import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'node-sqlite3-wasm';
import { isPlatformError, PlatformError, refuse } from '../contracts/errors';
import type { OptunaStudy } from '../contracts/optimisation/optuna';
import { studiesIn, type Choose, type OptunaTables } from './optuna-rows';

function tablesOf(database: Database): OptunaTables {
  return {
    *rows(sql, study) {
      const statement = database.prepare(sql);
      try {
        for (const row of statement.iterate(study)) yield row;
      } finally {
        statement.finalize();
      }
    },
  };
}

/**
 * The studies in the SQLite file of Optuna's `RDBStorage`, from version 3 on, which is read by a WebAssembly SQLite and not
 * changed. While it is read a folder `<file>.lock` lies beside it, so that nobody writes.
 *
 * @param choose names the one that is read; without it all are
 * @throws PlatformError `invalid-import` for a file that is torn, or whose tables are not those of Optuna
 */
export async function readOptunaSqlite(file: string, choose?: Choose): Promise<readonly OptunaStudy[]> {
  // Loaded when it is needed: no other command pays for it.
  const { Database: Sqlite } = await import('node-sqlite3-wasm');
  let database: Database | undefined;
  try {
    database = new Sqlite(file, { fileMustExist: true, readOnly: true });
    return await studiesIn(tablesOf(database), choose);
  } catch (error) {
    if (isPlatformError(error)) throw error;
    const why = error instanceof Error ? error.message : String(error);
    const text = `${file}: expected an SQLite file of Optuna 3 or later (an older one: optuna storage upgrade); ${why}`;
    throw new PlatformError(refuse('invalid-import', text), error);
  } finally {
    database?.close();
  }
}

/**
 * The same from the bytes of such a file. SQLite reads files alone, so they are one while they are read.
 * @throws PlatformError `invalid-import`
 */
export async function readOptunaSqliteBytes(bytes: Uint8Array, choose?: Choose): Promise<readonly OptunaStudy[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mabeam-import-'));
  const file = join(folder, 'studies.db');
  try {
    await writeFile(file, bytes, { mode: 0o600 });
    return await readOptunaSqlite(file, choose);
  } catch (error) {
    if (!isPlatformError(error)) throw error;
    throw new PlatformError(refuse(error.code, error.message.replace(file, 'the file')), error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
