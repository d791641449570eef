import { Client } from 'pg';
import { isPlatformError, PlatformError, refuse, type ErrorCode } from '../contracts/errors';
import { plainAddress, type OptunaStudy } from '../contracts/optimisation/optuna';
import { codeOfFailure, isUnavailable } from './failures';
import { studiesIn, type Choose, type OptunaTables, type Row } from './optuna-rows';

const CONNECT_MS = 10_000;
const STATEMENT_MS = 60_000;
/** Beyond the statement's own: then the server itself has gone. */
const SILENT_MS = 10_000;
const ROWS = 2_000;
/** Those of whole and other numbers: int8, int2, int4, float4, float8, numeric. */
const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23, 700, 701, 1700]);
const types = {
  getTypeParser: (id: number) => (text: string) => (NUMBERS.has(id) ? Number(text) : text),
};

const CANCELLED = '57014';
const HINT = 'a password may stand in PGPASSWORD or ~/.pgpass';

function clientOf(address: string, statementMs: number): Client {
  try {
    return new Client({
      connectionString: plainAddress(address),
      types,
      application_name: 'mabeam-import',
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: statementMs + SILENT_MS,
    });
  } catch {
    // what the driver says may have the address in it, and the address a password
    throw new PlatformError(
      refuse('invalid-request', `expected an address such as postgresql://user@host:5432/database; ${HINT}`),
    );
  }
}

/** Rows come in batches, so that a large study is never there twice. */
function tablesOf(client: Client): OptunaTables {
  return {
    async *rows(sql, study) {
      await client.query(`DECLARE own NO SCROLL CURSOR FOR ${sql}`, study === undefined ? [] : [study]);
      let rows: readonly Row[];
      do {
        ({ rows } = await client.query<Row>(`FETCH ${String(ROWS)} FROM own`));
        yield* rows;
      } while (rows.length === ROWS);
      await client.query('CLOSE own');
    },
  };
}

function codeOf(error: unknown, isConnected: boolean): ErrorCode {
  const code = codeOfFailure(error);
  const why = error instanceof Error ? error.message : '';
  if (code === CANCELLED || why === 'Query read timeout') return 'timeout';
  if (isUnavailable(error) || (!isConnected && (/^E(?!RR_)/.test(code) || why === 'timeout expired')))
    return 'source-unavailable';
  // insufficient privilege
  return isConnected && code !== '42501' ? 'invalid-import' : 'invalid-request';
}

/** What went wrong, with the place and without what stood in the address beside it. */
function failureOf(error: unknown, { host, port, database }: Client, isConnected: boolean): PlatformError {
  if (isPlatformError(error)) return error;
  const place = `Postgres at ${host}:${String(port)}, database ${database ?? ''}`;
  const code = codeOf(error, isConnected);
  const why = error instanceof Error && error.message !== '' ? error.message : codeOfFailure(error);
  const wanted = 'expected the tables of Optuna 3 or later (older ones: optuna storage upgrade); ';
  const text = `${place}: ${code === 'invalid-import' ? wanted : ''}${why}${code === 'invalid-request' ? `; ${HINT}` : ''}`;
  return new PlatformError(refuse(code, text), error);
}

/**
 * The studies in the Postgres of Optuna's `RDBStorage`, from version 3 on, in the state of one moment: they are read in one
 * transaction that cannot write, while others go on writing. What the address does not say comes from `PGUSER`, `PGPASSWORD`,
 * `~/.pgpass` and so on. No message has a password.
 *
 * @param choose names the one that is read; without it all are
 * @throws PlatformError `invalid-request` for an address that is none, or a server that lets nobody in with it;
 *   `source-unavailable`; `timeout` when a statement takes longer than `statementMs`, default 60 s; `invalid-import` for tables that
 *   are not those of Optuna
 */
export async function readOptunaPostgres(
  address: string,
  choose?: Choose,
  { statementMs = STATEMENT_MS }: { readonly statementMs?: number } = {},
): Promise<readonly OptunaStudy[]> {
  const client = clientOf(address, statementMs);
  // a connection that is cut: the statement under way says so, too
  client.on('error', () => undefined);
  let isConnected = false;
  try {
    await client.connect();
    isConnected = true;
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    // in the transaction: what stands between us and the server may know no such setting of a connection
    await client.query(`SET LOCAL statement_timeout = ${String(statementMs)}`);
    return await studiesIn(tablesOf(client), choose);
  } catch (error) {
    throw failureOf(error, client, isConnected);
  } finally {
    await client.end().catch(() => undefined);
  }
}
