import type { Command } from 'commander';
import type { CliDeps } from '../command';
import { roleOptions, runEntry } from '../role-process';

/** `mabeam worker`: workflows and activities of definition files. */
export function addWorkerCommand(program: Command, deps: CliDeps): void {
  const worker = program
    .command('worker [files...]')
    .description('run the agents and sets of definition files (MABEAM_DEFINITIONS); more of them share the work')
    .action(async (files: readonly string[], options: object) => {
      deps.exit(await runEntry('worker', files, options));
    });
  roleOptions(worker, ['activities', 'address', 'namespace', 'queue', 'queue-prefix', 'log-level', 'registry']);
}
