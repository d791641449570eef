import { join } from 'node:path';
import { buildTemporalCli } from '../temporal-server/build';

/** Finds the `temporal` program, or makes it. */
export async function findTemporalProgram(say: (line: string) => void): Promise<string> {
  return join(await buildTemporalCli(say), 'temporal');
}
