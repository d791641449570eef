/**
 * Everything on one machine, for development: a Temporal server, and below it a tree of supervised processes: the store,
 * which with the embedded database serves the facade, too, the worker, the evaluator, the facade. State lies in the data
 * directory and is there again after a restart.
 */
import { PlatformError, refuse } from '../src/contracts/errors';
import { takeDirectory } from '../src/store/data-directory';
import { createDevProcesses } from './parts/dev-processes';
import { findOrStartTemporal } from './parts/own-temporal';
import { ProcessTree } from './parts/process-tree';
import { runRole } from './parts/role';
import { welcome } from './parts/welcome';

/** More than what crashes now and then needs, less than what crashes each time it has started, even on a slow machine. */
const FLAGS = { strategy: 'one_for_one', intensity: 5, periodSeconds: 60 } as const;
const READY_MS = 120_000;

void runRole(
  'dev',
  async (role) => {
    const { dataDir, queue } = role.config;
    if (queue !== undefined) {
      const text = `mabeam dev serves the queue of all; beside it: npx mabeam worker --queue ${queue}`;
      throw new PlatformError(refuse('invalid-request', `MABEAM_QUEUE is set: ${text}`));
    }
    const giveBack = takeDirectory(dataDir);
    role.add({
      name: 'data directory',
      stop: () => {
        giveBack();
        return Promise.resolve();
      },
    });
    const processes = role.add(createDevProcesses(role.config, process.argv.slice(2)));
    const server = await Promise.race([findOrStartTemporal(role), processes.failed]);
    processes.temporalAt(server.address);
    const tree = role.add(new ProcessTree(processes.list, { flags: FLAGS, readyMs: READY_MS, log: role.log }));
    await tree.begun;
    process.stdout.write(welcome({ server, facts: processes.facts(), dataDir }));
  },
  { hasWorkers: false },
);
