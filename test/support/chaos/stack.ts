import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Space } from '../../../src/client/index';
import { openStore, type Store } from '../../../src/store/open';
import { startTemporal, type RunningTemporal } from '../../../tools/temporal/start';
import { until } from '../kernel/harness';
import { startPostgresServer, type PostgresServer } from '../postgres-server';
import { compiled } from '../processes/compiled';
import { environment, marked, start, type Program } from '../processes/program';

const RECOVERY_MS = 60_000;

/** The definitions that all processes of a deployment have. */
export const TEAM = join(__dirname, 'team.ts');

/** The roles; each is an entry point of `workers`. */
export type RoleName = 'worker' | 'store' | 'evaluator';

/** A deployment of real processes that tests destroy: Temporal on a file, Postgres, and one process per role and name. */
export interface Deployment {
  readonly space: Space;
  readonly temporal: () => RunningTemporal;
  readonly database: PostgresServer;
  /** The store as a reader beside its process sees it. */
  readonly store: Store;
  readonly databaseUrl: string;
  /** Starts a process; resolves when it polls. @param more of its environment, such as another address of Temporal */
  spawn(role: RoleName, name: string, more?: Readonly<Record<string, string>>): Promise<void>;
  /** Kills a process as a crash does, and waits for its end. */
  kill(name: string): Promise<void>;
  /** Stops it without its knowing, or lets it go on. */
  signal(name: string, signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** The process itself: for what it has written. */
  program(name: string): Program;
  /** Ends a process in order, and waits for it. @returns its exit code */
  drain(name: string): Promise<number>;
  /** Kills the Temporal server and starts it again on its file and port. @param dynamicConfig more settings of the new one */
  crashTemporal(dynamicConfig?: Readonly<Record<string, number>>): Promise<void>;
  /** From now on whoever calls `hold` waits; whom it has held is forgotten. */
  closeGate(): void;
  openGate(): void;
  /** Who has called `hold` since the gate was closed. */
  held(): readonly string[];
  /** What evaluators have begun and ended: `begin|end STUDY TRIAL PID`. */
  ledger(): readonly string[];
  /**
   * Ends all in order.
   * @returns what there should be none of: ids of processes that are left, and lines in which a process said that a workflow
   *   cannot be replayed, with the file that has all it said
   */
  close(): Promise<readonly string[]>;
}

const lines = (file: string): readonly string[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];

/** Starts the deployment without any role. `name` makes the space this test's own. */
export async function startDeployment(name: string): Promise<Deployment> {
  const folder = mkdtempSync(join(tmpdir(), 'mabeam-chaos-'));
  const mark = `${name}-${String(process.pid)}`;
  const temporalOf = {
    dbFilename: join(folder, 'temporal.db'),
    uiPort: false as const,
  };
  const [firstTemporal, database, dist] = await Promise.all([
    startTemporal(temporalOf),
    startPostgresServer(),
    compiled(),
  ]);
  let temporal = firstTemporal;
  const { address } = temporal;
  const databaseUrl = await database.database('mabeam');
  const programs = new Map<string, Program>();
  const everyProgram: (readonly [name: string, Program])[] = [];
  const env = environment(mark, {
    TEMPORAL_ADDRESS: address,
    MABEAM_DATABASE_URL: databaseUrl,
    MABEAM_DEFINITIONS: TEAM,
    MABEAM_CHAOS_FOLDER: folder,
  });
  const store = openStore({ url: databaseUrl, connections: 2, log: { info: quiet, error: quiet } });
  const space = await connect({ space: name, address, queuePrefix: '', reads: store.reads });
  const programOf = (name: string): Program => {
    const program = programs.get(name);
    if (program === undefined) throw new Error(`no process ${name} runs`);
    return program;
  };
  const end = (of: string, signal: NodeJS.Signals): Promise<number> => {
    const program = programOf(of);
    programs.delete(of);
    program.signal(signal);
    return program.ended;
  };
  return {
    space,
    temporal: () => temporal,
    database,
    store,
    databaseUrl,
    spawn: async (role, of, more = {}) => {
      const program = start(process.execPath, [join(dist, `workers/${role}.js`)], folder, { ...env, ...more });
      programs.set(of, program);
      everyProgram.push([of, program]);
      await program.says('polls mabeam');
    },
    program: programOf,
    kill: async (of) => {
      await end(of, 'SIGKILL');
    },
    signal: (of, signal) => programOf(of).signal(signal),
    drain: (of) => end(of, 'SIGTERM'),
    crashTemporal: async (dynamicConfig = {}) => {
      process.kill(temporal.pid, 'SIGKILL');
      await temporal.ended;
      temporal = await startTemporal({ ...temporalOf, dynamicConfig, port: Number(address.split(':')[1]) });
    },
    closeGate: () => {
      rmSync(join(folder, 'held'), { force: true });
      writeFileSync(join(folder, 'closed'), '');
    },
    openGate: () => rmSync(join(folder, 'closed'), { force: true }),
    held: () => lines(join(folder, 'held')),
    ledger: () => lines(join(folder, 'ledger')),
    close: async () => {
      await space.close();
      await store.close();
      for (const program of programs.values()) {
        program.signal('SIGCONT'); // a test that failed may have left it stopped
        program.interrupt();
      }
      await Promise.all([...programs.values()].map(({ ended }) => ended));
      const left = [...marked(mark), ...everyProgram.flatMap(([name, program]) => stuckLines(name, program))];
      await temporal.stop();
      await database.close();
      rmSync(folder, { recursive: true, force: true });
      return left;
    },
  };
}

/** What the SDK says of a workflow whose history and code have parted: it is stuck for good. */
const NONDETERMINISM = 'TMPRL1100';

function stuckLines(name: string, program: Program): readonly string[] {
  const said = `${program.out()}\n${program.err()}`;
  const found = said.split('\n').filter((line) => line.includes(NONDETERMINISM));
  if (found.length === 0) return [];
  const file = join(mkdtempSync(join(tmpdir(), 'mabeam-stuck-')), `${name}.log`);
  writeFileSync(file, said);
  return found.slice(0, 3).map((line) => `${name}, see ${file}: ${line.slice(0, 500)}`);
}

const quiet = (): void => undefined;

/** As `until`, with the patience that recovery from a crash needs: lost tasks come again after their timeouts. */
export function recovered<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  withinMs = RECOVERY_MS,
): Promise<T> {
  return until(
    what,
    async () => {
      try {
        return await look();
      } catch {
        return undefined; // what cannot be asked now is asked again
      }
    },
    withinMs,
  );
}
