import type { Command } from 'commander';
import type { CliDeps } from '../command';
import { roleOptions, runEntry } from '../role-process';

/** `mabeam simulate`: runs agents of one's own under seeded faults. */
export function addSimulateCommand(program: Command, deps: CliDeps): void {
  const simulate = program
    .command('simulate <files...>')
    .description('run the agents of definition files under seeded faults, by their NAME.simulation.ts; needs no server')
    .action(async (files: readonly string[], options: object) => {
      deps.exit(await runEntry('simulate', files, options));
    });
  roleOptions(simulate, ['seeds', 'seed', 'only']);
}
