import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Space } from '../src/client';
import { environment, start, type Program } from '../test/support/processes/program';
import { startTopology, type Topology } from '../test/support/topology';

/** The roles of mabeam as processes, on a server and a database that are there. */
export interface Roles {
  readonly space: Space;
  readonly databaseUrl: string;
  /** Of each of its processes, those that evaluate included. */
  readonly env: Record<string, string>;
  /** Kills its worker as the end of a machine does. @returns what starts another one */
  killWorker(): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** Where roles are started, and what they know. */
export interface RolesOptions {
  readonly space: string;
  /** The compiled program. */
  readonly dist: string;
  /** What their environment is marked with. */
  readonly mark: string;
  readonly address: string;
  readonly namespace: string;
  /** Of the store. */
  readonly databaseUrl: string;
  /** The file of their definitions. */
  readonly definitions: string;
}

/** Starts a worker and a store as processes; those that evaluate are the caller's. */
export async function startRoles(options: RolesOptions): Promise<Roles> {
  const { space, dist, mark, address, namespace, databaseUrl, definitions } = options;
  const folder = await mkdtemp(join(tmpdir(), 'mabeam-roles-'));
  const env = environment(mark, {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    MABEAM_DATABASE_URL: databaseUrl,
    MABEAM_DEFINITIONS: definitions,
    MABEAM_CHAOS_FOLDER: folder,
  });
  const run = async (role: 'worker' | 'store'): Promise<Program> => {
    const program = start(process.execPath, [join(dist, `workers/${role}.js`)], folder, env);
    await program.says('polls mabeam');
    return program;
  };
  const [first, store] = await Promise.all([run('worker'), run('store')]);
  let worker = first;
  const opened = await connect({ space, address, namespace, queuePrefix: '' });
  return {
    space: opened,
    databaseUrl,
    env,
    killWorker: async () => {
      worker.kill();
      await worker.ended;
      return async () => {
        worker = await run('worker');
      };
    },
    close: async () => {
      await opened.close();
      const programs = [worker, store];
      for (const program of programs) program.interrupt();
      await Promise.all(programs.map(({ ended }) => ended));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Temporal and its Postgres, with a namespace, as docker-compose.yml has them. */
export async function startServerOnPostgres(): Promise<Topology & { readonly namespace: string }> {
  const topology = await startTopology();
  await topology.runOnce('temporal-namespace');
  const namespace = topology.environment('temporal-namespace')['TEMPORAL_NAMESPACE'] ?? 'default';
  return { ...topology, namespace };
}
