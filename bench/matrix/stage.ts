import { Client, Connection } from '@temporalio/client';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client as Sql } from 'pg';
import { recovered, startDeployment, type Deployment } from '../../test/support/chaos/stack';
import { environment, marked } from '../../test/support/processes/program';
import { startProxy, type Proxy } from '../../test/support/proxy';
import { FENCE_TABLE } from '../../src/fencing/postgres';
import { pause, pauseOr } from '../../src/client/waiting';
import { CLIENTS, startClient, steppedBy, type ClientName, type ClientProcess, type Order } from './clients';
import type { ColumnName, Evidence, StoredLine } from './column';
import { TRAFFIC } from './columns/all';
import { heard, now, recordOf, Tail, type Seen } from './log';
import { WRITES_TABLE } from './party';
import { replayed, type Replays } from './replays';

/** So many operations of each column each client has heard of before a fault, and again after it. */
const FLOWING = 2;
const AGAIN_MS = 500;
/** A client that does not leave in this time is killed, and said to be left. */
const LEAVE_MS = 30_000;
/** On an idle machine all goes on within seconds, after a worker's loss within half a minute. */
const PATIENCE_MS = 300_000;

/** How a stage is set. */
export interface StageOptions {
  readonly space: string;
  readonly ttlMs: number;
  readonly seed: number;
}

/** What is to be judged. */
interface EvidenceOptions {
  readonly column: ColumnName;
  /** The position of the store when the row began. */
  readonly from: number;
  readonly isForgotten?: boolean;
  readonly isShared?: boolean;
}

/** Looks again and again, also when it cannot be asked. @throws when it is not so in time: then something has not recovered by itself */
export function patiently<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  return recovered(what, look, PATIENCE_MS);
}

/** The ways that can be cut: from clients, workers and the store to the server, and from the store to its database. */
export const WAYS = ['client', 'worker', 'store', 'database'] as const;
/** One of WAYS. */
export type Way = (typeof WAYS)[number];

type Names = readonly ClientName[];

/** A deployment of real processes with three clients, in one space: everything that a row of the matrix destroys. */
export class Stage {
  readonly deployment: Deployment;
  readonly ways: Readonly<Record<Way, Proxy>>;
  readonly ttlMs: number;
  readonly client: Client;
  readonly #options: StageOptions;
  readonly #folder: string;
  readonly #mark: string;
  readonly #fenceUrl: string;
  readonly #connection: Connection;
  readonly #tails: Readonly<Record<ClientName, Tail>>;
  readonly #clients = new Map<ClientName, ClientProcess>();
  readonly #rows = new Set<string>();
  readonly #lives: Record<ClientName, number> = { ann: 0, bob: 0, cleo: 0 };
  #generation = 0;
  /** The process of each role. */
  #current = { worker: '', store: '' };
  readonly #feeding = new AbortController();
  #feed: Promise<void> = Promise.resolve();
  /** Positions of events as a reader has them that began at 0 and goes on where it was. */
  readonly fed: number[] = [];

  private constructor(of: {
    readonly options: StageOptions;
    readonly deployment: Deployment;
    readonly ways: Readonly<Record<Way, Proxy>>;
    readonly folder: string;
    readonly mark: string;
    readonly fenceUrl: string;
    readonly connection: Connection;
  }) {
    this.#options = of.options;
    this.deployment = of.deployment;
    this.ways = of.ways;
    this.ttlMs = of.options.ttlMs;
    this.#folder = of.folder;
    this.#mark = of.mark;
    this.#fenceUrl = of.fenceUrl;
    this.#connection = of.connection;
    this.client = new Client({ connection: of.connection });
    const tail = (client: ClientName): Tail => new Tail(client, join(of.folder, `${client}.log`));
    this.#tails = { ann: tail('ann'), bob: tail('bob'), cleo: tail('cleo') };
  }

  /** Starts everything. */
  static async start(options: StageOptions): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), 'mabeam-matrix-'));
    const deployment = await startDeployment(options.space);
    const { address } = deployment.temporal();
    const { host } = new URL(deployment.databaseUrl);
    const [client, worker, store, database] = await Promise.all([address, address, address, host].map(startProxy));
    if (!client || !worker || !store || !database) throw new Error('a proxy is missing');
    const fenceUrl = await deployment.database.database('fence');
    const sql = new Sql({ connectionString: fenceUrl });
    await sql.connect();
    await sql.query(FENCE_TABLE);
    await sql.query(WRITES_TABLE);
    await sql.end();
    const stage = new Stage({
      ...{ options, deployment, folder, fenceUrl },
      ways: { client, worker, store, database },
      mark: `${options.space}-clients-${String(process.pid)}`,
      connection: await Connection.connect({ address }),
    });
    stage.setClock('+0');
    await Promise.all([stage.spawn('worker'), stage.spawn('store')]);
    stage.#feed = stage.#read();
    await deployment.space.variables.start('settings');
    await Promise.all(CLIENTS.map((name) => stage.startClient(name)));
    return stage;
  }

  async #read(): Promise<void> {
    const { signal } = this.#feeding;
    while (!signal.aborted)
      try {
        const events = this.deployment.space.events({ after: this.fed.at(-1) ?? 0, signal });
        for await (const { position } of events) this.fed.push(position);
      } catch {
        // the database is away: it goes on where it was
        await pause(AGAIN_MS);
      }
  }

  /** Sets the wall clock of `cleo`. @param step such as `+1h`; `+0` for the right time */
  setClock(step: string): void {
    writeFileSync(join(this.#folder, 'clock'), `${step}\n`);
  }

  /** Starts a process of a role in the place of the one before, which is left alone. */
  async spawn(role: 'worker' | 'store'): Promise<void> {
    const name = `${role}-${String((this.#generation += 1))}`;
    const url = new URL(this.deployment.databaseUrl);
    url.host = this.ways.database.address;
    const more = {
      worker: { TEMPORAL_ADDRESS: this.ways.worker.address },
      store: { TEMPORAL_ADDRESS: this.ways.store.address, MABEAM_DATABASE_URL: url.href },
    };
    await this.deployment.spawn(role, name, more[role]);
    this.#current = { ...this.#current, [role]: name };
  }

  /** Name of the process of a role, for the deployment. */
  current(role: 'worker' | 'store'): string {
    return this.#current[role];
  }

  /** Kills the process of a role, and starts another one. */
  async replace(role: 'worker' | 'store'): Promise<void> {
    await this.deployment.kill(this.#current[role]);
    await this.spawn(role);
  }

  /** Starts a client; it takes part in the rows that go on. */
  async startClient(client: ClientName): Promise<void> {
    const tail = this.#tails[client];
    const life = String((this.#lives[client] += 1));
    const address = client === 'bob' ? this.ways.client.address : this.deployment.temporal().address;
    const clock = client === 'cleo' ? steppedBy(join(this.#folder, 'clock')) : {};
    const started = await startClient(
      {
        ...{ client, number: CLIENTS.indexOf(client) + 1, life, address },
        space: this.deployment.space.name,
        fenceUrl: this.#fenceUrl,
        log: join(this.#folder, `${client}.log`),
        ttlMs: this.ttlMs,
        seed: this.#options.seed,
      },
      environment(this.#mark, clock),
      tail,
    );
    this.#clients.set(client, started);
    for (const row of this.#rows) started.tell('begin', row);
  }

  at(client: ClientName): ClientProcess {
    const found = this.#clients.get(client);
    if (found === undefined) throw new Error(`no client ${client} runs`);
    return found;
  }

  /** All clients begin with a row. */
  begin(row: string): void {
    this.#rows.add(row);
    for (const client of this.#clients.values()) client.tell('begin', row);
  }

  /** All clients end a row; resolves when each has done what it had begun. */
  async end(row: string): Promise<void> {
    this.#rows.delete(row);
    for (const client of this.#clients.values()) client.tell('end', row);
    await patiently(`the end of ${row}`, () =>
      CLIENTS.every((name) => this.#tails[name].read().some((line) => line.kind === 'ended' && line.row === row))
        ? true
        : undefined,
    );
  }

  /** Resolves when each of the clients has heard of some operations more of each column: all goes on, without a person. */
  async flows(row: string, clients: Names = CLIENTS): Promise<void> {
    const counts = (name: ClientName): ReadonlyMap<string, number> => {
      this.#tails[name].read();
      return heard(this.#tails[name], row);
    };
    const wrong = (): string[] =>
      CLIENTS.flatMap((name) => this.#tails[name].lines.flatMap((line) => (line.kind === 'wrong' ? [line.text] : [])));
    const before = new Map(clients.map((name) => [name, counts(name)]));
    const late = (): string[] =>
      clients.flatMap((name) => {
        const current = counts(name);
        const isBehind = ({ name: column }: (typeof TRAFFIC)[number]): boolean =>
          (current.get(column) ?? 0) < (before.get(name)?.get(column) ?? 0) + FLOWING;
        return TRAFFIC.filter(isBehind).map((column) => `${column.name} of ${name}`);
      });
    await patiently('traffic', () => late().length === 0 || undefined).catch(() => {
      const text = `no traffic in ${row} in time: ${late().join(', ')}`;
      throw new Error([text, ...wrong().slice(-3)].join('; '));
    });
  }

  /** What a client says of the lock that it holds by order. */
  sights(client: ClientName, row: string): readonly Seen[] {
    this.#tails[client].read();
    return recordOf([this.#tails[client]], row, 'held').seen.map(({ what }) => what);
  }

  /** Gives an order about that lock, and waits for a word of one of these kinds. */
  async ordered(
    client: ClientName,
    order: Exclude<Order['order'], 'begin' | 'end' | 'leave'>,
    row: string,
    kinds: string[],
  ): Promise<Seen> {
    const before = this.sights(client, row).length;
    this.at(client).tell(order, row);
    return this.says(client, row, kinds, before);
  }

  /** Waits for a word of one of these kinds. @param after so many that it has said before */
  says(client: ClientName, row: string, kinds: readonly string[], after = 0): Promise<Seen> {
    return patiently(`${client} says ${kinds.join(' or ')} in ${row}`, () =>
      this.sights(client, row)
        .slice(after)
        .find(({ kind }) => kinds.includes(kind)),
    );
  }

  /** Events of the space beyond a position. */
  async events(after: number): Promise<readonly StoredLine[]> {
    const { space, store } = this.deployment;
    const all: StoredLine[] = [];
    for (let last = after; ;) {
      const page = await store.events.read({ space: space.name, after: last, limit: 1_000 });
      for (const { position, event } of page) {
        const { type, time, data, partitionkey, id } = event;
        all.push({ stream: `${partitionkey}~${id}`, position, type, at: Date.parse(time), data });
      }
      if (page.length === 0) return all;
      last = page.at(-1)?.position ?? last;
    }
  }

  head(): Promise<number> {
    return this.deployment.store.events.head(this.deployment.space.name);
  }

  /** What there is to judge a column of a row by. */
  async evidence(
    row: string,
    { column, from, isForgotten = false, isShared = false }: EvidenceOptions,
  ): Promise<Evidence> {
    const sql = new Sql({ connectionString: this.#fenceUrl });
    await sql.connect();
    try {
      const { rows } = await sql.query<{ readonly resource: string; readonly token: string }>(
        'SELECT resource, token FROM writes ORDER BY id',
      );
      return {
        ...recordOf(Object.values(this.#tails), isShared ? undefined : row, column),
        row,
        space: this.deployment.space,
        epochMs: Date.now() - now() / 1_000,
        ttlMs: this.ttlMs,
        events: await this.events(from),
        writes: rows.map(({ resource, token }) => ({ resource, token: Number(token) })),
        isForgotten,
      };
    } finally {
      await sql.end();
    }
  }

  /** Ends a client in order. @returns it, when it does not end */
  async #leave([name, client]: readonly [ClientName, ClientProcess]): Promise<readonly string[]> {
    client.signal('SIGCONT');
    client.tell('leave');
    const gone = new AbortController();
    void client.ended.then(() => {
      gone.abort();
    });
    await pauseOr(LEAVE_MS, gone.signal);
    if (gone.signal.aborted) return [];
    await client.kill();
    return [`client ${name}`];
  }

  /**
   * Ends everything in order, also where a fault was not healed.
   * @returns what is left, or went wrong with the processes; and what became of the histories of all runs
   */
  async close(): Promise<{ readonly left: readonly string[]; readonly replays: Replays }> {
    for (const way of Object.values(this.ways)) {
      way.delay(0);
      way.heal();
    }
    const clients = (await Promise.all([...this.#clients].map((each) => this.#leave(each)))).flat();
    this.#feeding.abort();
    await this.#feed;
    const replays = await replayed(this.client).catch((error: unknown): Replays => ({
      runs: 0,
      broken: [`the histories could not be replayed: ${String(error)}`],
    }));
    await this.#connection.close();
    const left = await this.deployment.close();
    await Promise.all(Object.values(this.ways).map((way) => way.close()));
    const marks = marked(this.#mark);
    rmSync(this.#folder, { recursive: true, force: true });
    return { left: [...clients, ...left, ...marks.map((pid) => `client ${pid}`)], replays };
  }
}
