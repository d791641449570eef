import type { Command } from 'commander';
import { PlatformError, refuse } from '../../contracts/errors';
import { within, type CliDeps } from '../command';
import { printOne } from '../output';

/** Has the name typed before what cannot be undone. @throws PlatformError `invalid-request` when it is not */
async function confirmed({ ask }: CliDeps, name: string): Promise<void> {
  const wrong = (text: string): PlatformError => new PlatformError(refuse('invalid-request', text));
  if (ask === undefined) throw wrong(`nobody is there to confirm it: say --yes to delete ${name}`);
  const typed = await ask(`The study ${name} with all its trials will be gone. Type its name to delete it: `);
  if (typed.trim() !== name) throw wrong(`the name was not typed; ${name} is as it was`);
}

/** `mabeam study delete`. */
export function addDeleteCommand(study: Command, deps: CliDeps): void {
  study
    .command('delete <name>')
    .description('delete a study that has ended, with its trials and histories; its events stay in the log')
    .option('--yes', 'without asking; where nobody can be asked it is needed')
    .action((name: string, { yes = false }: { readonly yes?: boolean }, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const study = space.studies.at(name);
        if (!yes) await confirmed(deps, name);
        await study.delete(how);
        printOne(deps, options.output, { name, deleted: true }, () => `${name} deleted\n`);
        return 0;
      }),
    );
}
