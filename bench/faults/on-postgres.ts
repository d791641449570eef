import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connect } from '../../src/client';
import { environment, start } from '../../test/support/processes/program';
import { startPostgresServer } from '../../test/support/postgres-server';
import { startTopology, type Topology } from '../../test/support/topology';
import type { Theatre } from './ours';

const DEFINITIONS = resolve(__dirname, '../../test/support/chaos/team.ts');

/** A deployment whose Temporal server keeps its data in Postgres, as docker-compose.yml has it. */
export interface OnPostgres {
  readonly theatre: Theatre;
  readonly topology: Topology;
  /** Of each of its processes, those that evaluate included. */
  readonly env: Record<string, string>;
  close(): Promise<void>;
}

/** Starts it: Temporal and its Postgres, a worker, and a store with a Postgres of its own. */
export async function startOnPostgres(space: string, dist: string, mark: string): Promise<OnPostgres> {
  const [topology, database, folder] = await Promise.all([
    startTopology(),
    startPostgresServer(),
    mkdtemp(join(tmpdir(), 'mabeam-faults-')),
  ]);
  await topology.runOnce('temporal-namespace');
  const namespace = topology.environment('temporal-namespace')['TEMPORAL_NAMESPACE'] ?? 'default';
  const databaseUrl = await database.database('mabeam');
  const address = topology.temporalAddress;
  const env = environment(mark, {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    MABEAM_DATABASE_URL: databaseUrl,
    MABEAM_DEFINITIONS: DEFINITIONS,
    MABEAM_CHAOS_FOLDER: folder,
  });
  const programs = ['worker', 'store'].map((role) =>
    start(process.execPath, [join(dist, `workers/${role}.js`)], folder, env),
  );
  await Promise.all(programs.map((program) => program.says('polls mabeam')));
  const opened = await connect({ space, address, namespace, queuePrefix: '' });
  return {
    theatre: { space: opened, databaseUrl },
    topology,
    env,
    close: async () => {
      await opened.close();
      for (const program of programs) program.interrupt();
      await Promise.all(programs.map(({ ended }) => ended));
      await topology.close();
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
