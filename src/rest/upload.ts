import { createHash } from 'node:crypto';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { chooseStudy, readOptunaJournal } from '../client/study-import';
import { pause } from '../client/waiting';
import { PlatformError, refuse } from '../contracts/errors';
import { show } from '../contracts/ids';
import type { OptunaStudy } from '../contracts/optimisation/optuna';
import { MAX_IMPORT_BYTES } from '../contracts/optimisation/warm-start';
import type { AppDeps } from './route';

/** Files that one facade holds at once: each is in memory until it is answered. */
const MAX_UPLOADS = 4;
const SQLITE = 'SQLite format 3\0';
const FILE_TYPE = /^application\/octet-stream$/i;
/** Lines between which others are answered. */
const LINES_AT_ONCE = 500;

/** Reads the body of an operation that takes a file: of its own type, its own size, and few at once. */
export function uploads(): readonly RequestHandler[] {
  let open = 0;
  const enter = (request: Request, response: Response, next: NextFunction): void => {
    const type = request.get('Content-Type') ?? 'none';
    if (!FILE_TYPE.test(type))
      throw new PlatformError(
        refuse('unsupported-media-type', `expected a file as application/octet-stream; got ${show(type)}`),
      );
    if (open >= MAX_UPLOADS) {
      const text = `${String(MAX_UPLOADS)} files are being read; ask again`;
      throw new PlatformError(refuse('rate-limited', text, { retryAfterMs: 1_000 }));
    }
    open += 1;
    response.on('close', () => (open -= 1));
    next();
  };
  return [enter, express.raw({ type: () => true, limit: MAX_IMPORT_BYTES })];
}

const bytesOf = ({ body }: Request): Buffer => (Buffer.isBuffer(body) ? body : Buffer.alloc(0));

/** What tells a file from others, in the place of a body. */
export function fingerprintOfFile(request: Request): string {
  return createHash('sha256').update(bytesOf(request)).digest('hex');
}

async function* linesOf(bytes: Buffer): AsyncIterable<string> {
  let from = 0;
  for (let line = 1; from < bytes.length; line++) {
    const end = bytes.indexOf(10, from);
    yield bytes.toString('utf8', from, end < 0 ? bytes.length : end).replace(/\r$/, '');
    from = end < 0 ? bytes.length : end + 1;
    if (line % LINES_AT_ONCE === 0) await pause(0);
  }
}

/**
 * The one study of an uploaded file of Optuna, its journal or SQLite.
 * @throws PlatformError `invalid-import`; `invalid-request` when it has several, which are named; `study-not-found`
 */
export async function optunaUpload(
  request: Request,
  { readOptunaSqlite }: Pick<AppDeps, 'readOptunaSqlite'>,
  wanted: string | undefined,
): Promise<OptunaStudy> {
  const bytes = bytesOf(request);
  const choose = chooseStudy('the file', wanted, 'study=NAME');
  const isSqlite = bytes.subarray(0, SQLITE.length).toString('latin1') === SQLITE;
  if (isSqlite && readOptunaSqlite === undefined)
    throw new PlatformError(refuse('invalid-import', 'this facade reads journals of Optuna alone; got an SQLite file'));
  const studies =
    isSqlite && readOptunaSqlite !== undefined
      ? await readOptunaSqlite(bytes, choose)
      : await readOptunaJournal(linesOf(bytes));
  const name = choose(studies.map((each) => each.name));
  return studies.find((each) => each.name === name) as OptunaStudy;
}
