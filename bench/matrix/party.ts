import { appendFileSync } from 'node:fs';
import { Client } from 'pg';
import type { Space } from '../../src/client';
import type { OwnSession } from '../../src/client/sessions';
import type { Temporal } from '../../src/client/temporal';
import { isPlatformError, type ErrorCode } from '../../src/contracts/errors';
import { pause } from '../../src/client/waiting';
import { withFence } from '../../src/fencing/postgres';
import { now, type Line, type Seen } from './log';

const RETRY_MS = 100;
/** Patience with one attempt of a call. */
const CALL_MS = 5_000;
/** What may pass: the call is made again, with the same request id, until it is heard. */
const PASSES: readonly ErrorCode[] = [
  'temporal-unavailable',
  'timeout',
  'no-worker',
  'rate-limited',
  'internal',
  'mailbox-full',
  'store-behind',
];

/** A repetition may find that what it was meant for is over. */
const OVER = ['closed', 'lost'];

/** The table in which the fenced resource keeps who wrote, in the order of commits. */
export const WRITES_TABLE =
  'CREATE TABLE IF NOT EXISTS writes (id bigserial PRIMARY KEY, resource text NOT NULL, token bigint NOT NULL, client text NOT NULL)';

/** A resource that checks tokens: a table in Postgres. */
export class FencedTable {
  readonly #url: string;
  readonly #client: string;
  #sql: Client | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(url: string, client: string) {
    this.#url = url;
    this.#client = client;
  }

  /** Writes under a token, one write after the other. @returns what became of it; `failed` when the database is away */
  write(resource: string, token: number): Promise<'written' | 'stale' | 'failed'> {
    const done = this.#last.then(() => this.#write(resource, token));
    this.#last = done;
    return done;
  }

  async #write(resource: string, token: number): Promise<'written' | 'stale' | 'failed'> {
    try {
      const sql = (this.#sql ??= await this.#connect());
      await withFence(sql, { resource, token }, () =>
        sql.query('INSERT INTO writes (resource, token, client) VALUES ($1, $2, $3)', [resource, token, this.#client]),
      );
      return 'written';
    } catch (error) {
      if (isPlatformError(error) && error.code === 'stale-token') return 'stale';
      const broken = this.#sql;
      this.#sql = undefined;
      await broken?.end().catch(() => undefined);
      return 'failed';
    }
  }

  async #connect(): Promise<Client> {
    const sql = new Client({ connectionString: this.#url, connectionTimeoutMillis: CALL_MS });
    sql.on('error', () => undefined); // the next write finds out
    await sql.connect();
    return sql;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#sql?.end().catch(() => undefined);
  }
}

/** What a client process is, in all rows. */
export interface Process {
  readonly client: string;
  /** Its number among the clients, from 1 on. */
  readonly number: number;
  /** A number, of this life of it: request ids begin with it. */
  readonly life: string;
  readonly space: Space;
  readonly temporal: Temporal;
  readonly fence: FencedTable;
  readonly log: string;
  readonly ttlMs: number;
}

/** How one attempt of a call is made. */
export interface Attempt {
  readonly requestId: string;
  readonly timeoutMs: number;
}

let calls = 0;

/** One client in one column of one row: does operations and notes them. */
export class Party {
  readonly row: string;
  readonly column: string;
  readonly process: Process;
  readonly random: () => number;
  /** Each call is made twice at once, and once more later. */
  readonly #isTwice: boolean;
  readonly #late = new Set<Promise<unknown>>();
  #isOver = false;
  #session: OwnSession | undefined;

  constructor(process: Process, at: { readonly row: string; readonly column: string }, random: () => number) {
    this.process = process;
    this.row = at.row;
    this.column = at.column;
    this.random = random;
    this.#isTwice = at.row.startsWith('duplicates');
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  stop(): void {
    this.#isOver = true;
  }

  write(line: Line): void {
    appendFileSync(this.process.log, `${JSON.stringify(line)}\n`);
  }

  /** Notes what happened in one moment. @param at when, if not now */
  see(key: string, what: Seen, at = now()): void {
    this.write({ kind: 'seen', row: this.row, column: this.column, key, at, what });
  }

  wrong(text: string): void {
    this.write({ kind: 'wrong', row: this.row, column: this.column, text });
  }

  /**
   * Does an operation until it is heard of, again and again with the same request id. Refusals that `act` does not answer for
   * are wrong.
   *
   * @param isRepeatable the same request answers the same, however often it comes: in the row of duplicates it does
   * @returns the output, or `undefined` when it was given up, because the row is over or something was wrong
   */
  async run<I extends { readonly kind: string }, O extends { readonly kind: string }>(
    key: string,
    input: I,
    act: (attempt: Attempt) => Promise<O>,
    isRepeatable = false,
  ): Promise<O | undefined> {
    const { client, life } = this.process;
    const id = `${client}.${life}.${String((calls += 1))}`;
    const attempt = { requestId: `${this.row}.${id}`, timeoutMs: CALL_MS };
    this.write({ kind: 'call', id, row: this.row, column: this.column, key, at: now(), input });
    for (;;) {
      try {
        const output = await (this.#isTwice && isRepeatable ? this.#twice(() => act(attempt)) : act(attempt));
        this.write({ kind: 'return', id, at: now(), output });
        return output;
      } catch (error) {
        if (!isPlatformError(error) || !PASSES.includes(error.code)) {
          this.write({ kind: 'lost', id });
          this.wrong(`${JSON.stringify(input)} on ${key}: ${String(error)}`);
          await pause(RETRY_MS);
          return undefined;
        }
      }
      await pause(RETRY_MS);
    }
  }

  async #twice<O extends { readonly kind: string }>(act: () => Promise<O>): Promise<O> {
    const [first, second] = await Promise.allSettled([act(), act()]);
    const all = [first, second].flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const [output] = all;
    if (output === undefined) throw first.status === 'rejected' ? first.reason : new Error('nothing was answered');
    const same = (other: O): void => {
      if (!OVER.includes(other.kind) && JSON.stringify(other) !== JSON.stringify(output))
        this.wrong(`one request, two answers: ${JSON.stringify(output)} and ${JSON.stringify(other)}`);
    };
    all.forEach(same);
    const late = pause(200 + 300 * this.random())
      .then(act)
      .then(same)
      .catch(() => undefined); // by then it may be over
    this.#late.add(late);
    void late.finally(() => this.#late.delete(late));
    return output;
  }

  /** The session of this client in this column and row: another one when it is in doubt. */
  async session(): Promise<OwnSession> {
    if (this.#session?.standing === 'alive') return this.#session;
    await this.leave();
    for (;;) {
      try {
        this.#session = await this.process.space.sessions.open({ ttlMs: this.process.ttlMs });
        return this.#session;
      } catch (error) {
        if (!isPlatformError(error) || this.#isOver) throw error;
      }
      await pause(RETRY_MS);
    }
  }

  /** Gives up the session, and all that it holds. What cannot be told expires. */
  async leave(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close().catch(() => undefined);
  }

  async end(): Promise<void> {
    await Promise.all(this.#late);
    await this.leave();
  }
}
