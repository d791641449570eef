import type { Command } from 'commander';
import type { CliDeps } from '../command';
import { roleOptions, runEntry } from '../role-process';

/** `mabeam store`: owns the database; with the embedded one it serves the facade, too. */
export function addStoreCommand(program: Command, deps: CliDeps): void {
  const store = program
    .command('store')
    .description('own the database: migrations, events, read models; with the embedded one the facade, too')
    .action(async (options: object) => {
      deps.exit(await runEntry('store', [], options));
    });
  roleOptions(store, ['address', 'namespace', 'queue-prefix', 'data-dir', 'database-url', 'port', 'log-level']);
}
