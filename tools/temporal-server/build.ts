import { join } from 'node:path';
import { buildPrograms, type GoPrograms } from '../temporal/build';
import { toolFolder } from '../temporal/cache';
import type { Progress } from '../temporal/progress';

const SERVER = 'go.temporal.io/server';
const POSTGRES_SERVER: GoPrograms = {
  module: toolFolder('temporal-server'),
  name: 'temporal-server-1.31.2',
  programs: { 'temporal-server': `${SERVER}/cmd/server`, 'temporal-sql-tool': `${SERVER}/cmd/tools/sql` },
};

/** The programs of a Temporal server that keeps its data in Postgres. */
export interface TemporalServerPrograms {
  readonly server: string;
  readonly sqlTool: string;
  /** The folder that holds both, to be put on a PATH. */
  readonly folder: string;
}

/**
 * Finds the Temporal server for Postgres in the cache, or builds it from the Go module proxy: minutes, once per version.
 *
 * @throws when Go is missing or the build fails, with what the compiler said
 */
export async function buildTemporalServer(progress: Progress): Promise<TemporalServerPrograms> {
  const folder = await buildPrograms(POSTGRES_SERVER, progress);
  return { server: join(folder, 'temporal-server'), sqlTool: join(folder, 'temporal-sql-tool'), folder };
}
