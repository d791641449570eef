import type { Command } from 'commander';
import { within, type CliDeps } from '../command';
import { confirmed } from '../confirm';
import { printOne } from '../output';

/** `mabeam study delete`. */
export function addDeleteCommand(study: Command, deps: CliDeps): void {
  study
    .command('delete <name>')
    .description('delete a study that has ended, with its trials and histories; its events stay in the log')
    .option('--yes', 'without asking; where nobody can be asked it is needed')
    .action((name: string, { yes = false }: { readonly yes?: boolean }, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const study = space.studies.at(name);
        if (!yes) await confirmed(deps, name, `The study ${name} with all its trials will be gone`);
        await study.delete(how);
        printOne(deps, options.output, { name, deleted: true }, () => `${name} deleted\n`);
        return 0;
      }),
    );
}
