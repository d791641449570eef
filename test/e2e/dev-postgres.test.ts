import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Space } from '../../src/client/index';
import { createHttpReads } from '../../src/client/http-reads';
import type { StoredEvent } from '../../src/contracts/event-store';
import { until } from '../support/kernel/harness';
import { startPostgresServer, type PostgresServer } from '../support/postgres-server';
import { compiled } from '../support/processes/compiled';
import { environment, mabeam, marked, type Program } from '../support/processes/program';

const MARK = `dev-postgres-${String(process.pid)}`;
const BACK_MS = 60_000;
const DEFINITIONS = `import { defineVariables, int } from 'mabeam/workflows';
export const dial = defineVariables('dial', { speed: int(0, 1_000_000).default(0) });
`;
/** Proposals before, while and after a process is down; each leaves three events. */
const PROPOSALS = 20;

let folder: string;
let postgres: PostgresServer;
let program: Program;
let url: string;
let space: Space;
/** What a reader of the event stream has seen from the first event on, over all that happens. */
const seen: StoredEvent[] = [];
const reading = new AbortController();
let read: Promise<void>;

/** The processes that run an entry point. */
function pidsOf(entry: string): readonly number[] {
  return marked(MARK)
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`/${entry}.js`))
    .map(Number);
}

/** Kills a process as the kernel does for want of memory. */
function kill(entry: string): number {
  const [pid = 0, ...others] = pidsOf(entry);
  expect([pid > 0, others]).toEqual([true, []]);
  process.kill(pid, 'SIGKILL');
  return pid;
}

const restarted = (role: string): Promise<unknown> =>
  until(
    `${role} again`,
    () => program.log().find(({ msg }) => String(msg).startsWith(`${role} ended with SIGKILL; started again`)),
    BACK_MS,
  );

async function status(path: string): Promise<number | undefined> {
  return fetch(`${url}${path}`).then(
    (response) => response.body?.cancel().then(() => response.status),
    () => undefined, // nobody listens
  );
}

/** Commits one value after the other, from the version that is there. @returns the version then */
async function turn(times: number): Promise<number> {
  const dial = space.variables.at('dial');
  for (let time = 0; time < times; time++) {
    const { version } = await dial.read();
    expect(await dial.propose({ speed: version }, { basedOn: version }).verdict).toMatchObject({ kind: 'accepted' });
  }
  return (await dial.read()).version;
}

/** Waits until the commit of a version is in the stream. Each event of the set must have come once, in order. */
async function streamed(version: number): Promise<void> {
  const ofDial = (): readonly StoredEvent[] => seen.filter(({ event }) => event.source.endsWith('/variables/dial'));
  const isThere = ({ event }: StoredEvent): boolean =>
    event.type === 'set.committed' && (event.data as { version: number }).version === version;
  await until(`version ${String(version)} in the stream`, () => ofDial().some(isThere) || undefined, BACK_MS);
  const sequences = ofDial().map(({ event }) => Number(event.sequence));
  expect(sequences).toEqual(sequences.map((_each, at) => at + 1));
  const committed = ofDial().filter(({ event }) => event.type === 'set.committed');
  expect(committed).toHaveLength(version - 1);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mabeam-dev-postgres-'));
  writeFileSync(join(folder, 'my-sets.ts'), DEFINITIONS);
  [postgres] = await Promise.all([startPostgresServer(), compiled()]);
  const address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';
  const queuePrefix = `${MARK}-`;
  const args = ['--address', address, '--queue-prefix', queuePrefix, '--port', '0'];
  const database = ['--database-url', await postgres.database('dev')];
  program = await mabeam(['dev', './my-sets.ts', ...args, ...database], folder, environment(MARK));
  await program.says('Ctrl-C');
  url = /http:\/\/\S+:\d+(?=\/v1)/.exec(program.out())?.[0] ?? '';
  const reads = createHttpReads(url);
  space = await connect({ space: MARK, address, queuePrefix, reads });
  read = (async () => {
    for await (const each of reads.feed({ space: MARK, after: 0, signal: reading.signal })) seen.push(each);
  })();
}, 150_000);

afterAll(async () => {
  reading.abort();
  await read;
  await space.close();
  program.interrupt();
  expect(await program.ended).toBe(0);
  await postgres.close();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

test('over Postgres the store and the facade are processes of their own', async () => {
  expect(program.out()).toMatch(/Data +Postgres 127\.0\.0\.1:/);
  expect([pidsOf('workers/store'), pidsOf('src/rest/server')]).toEqual([[expect.any(Number)], [expect.any(Number)]]);
  expect(await (await fetch(`${url}/v1/readModels`)).json()).toMatchObject({ source: 'postgres' });
  await space.variables.start('dial');
  await streamed(await turn(PROPOSALS));
});

test('a facade that is killed is started again at the same place, and who reads the stream misses nothing', async () => {
  const store = pidsOf('workers/store');
  const facade = kill('src/rest/server');
  await turn(PROPOSALS);
  await restarted('facade');
  await until('an answer', async () => (await status('/livez')) === 200 || undefined, BACK_MS);
  await streamed(await turn(PROPOSALS));
  expect(pidsOf('src/rest/server')).not.toEqual([facade]);
  expect(pidsOf('workers/store')).toEqual(store);
}, 60_000);

test('a store that is killed loses no event, and the facade answers meanwhile', async () => {
  const facade = pidsOf('src/rest/server');
  const store = kill('workers/store');
  expect(await status(`/v1/spaces/${MARK}/variableSets`)).toBe(200);
  await turn(PROPOSALS);
  await restarted('store');
  await streamed(await turn(PROPOSALS));
  expect(pidsOf('src/rest/server')).toEqual(facade);
  expect(pidsOf('workers/store')).not.toEqual([store]);
  const { items } = (await (await fetch(`${url}/v1/spaces/${MARK}/variableSets`)).json()) as { items: object[] };
  expect(items).toMatchObject([{ name: 'dial' }]);
}, 60_000);
