import type { Command } from 'commander';
import type { CliDeps } from '../command';
import { roleOptions, runEntry } from '../role-process';

/** `mabeam dev`: everything on this machine, by one command. */
export function addDevCommand(program: Command, deps: CliDeps): void {
  const dev = program
    .command('dev [files...]')
    .description('run everything on this machine: Temporal server, workers, store, facade; Ctrl-C ends it, state stays')
    .action(async (files: readonly string[], options: object) => {
      deps.exit(await runEntry('all-in-one', files, options));
    });
  roleOptions(dev, [
    'activities',
    'address',
    'namespace',
    'queue-prefix',
    'temporal-port',
    'data-dir',
    'database-url',
    'port',
    'log-level',
    'registry',
  ]);
}
