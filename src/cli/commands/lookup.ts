import type { Command } from 'commander';
import { PlatformError, refuse } from '../../contracts/errors';
import { KINDS, show } from '../../contracts/ids';
import { within, type CliDeps } from '../command';
import { printInRows } from '../output';

/** `mabeam lookup <kind> <name> [--strong]`. */
export function addLookupCommand(program: Command, deps: CliDeps): void {
  program
    .command('lookup <kind> <name>')
    .description('who owns a name, and which generation of it')
    .option('--strong', 'ask the authority, not the cache')
    .action((word: string, name: string, { strong }: { strong?: true }, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const kind = KINDS.find((each) => each === word);
        if (kind === undefined) {
          throw new PlatformError(refuse('invalid-id', `a kind is ${KINDS.join(' | ')}; got ${show(word)}`));
        }
        const reply = await space.registry.lookup(kind, name, { consistency: strong === true ? 'strong' : 'cached' });
        const { registration, source, ageMs } = reply;
        if (registration === undefined) {
          throw new PlatformError(refuse('not-found', `nobody owns ${space.name}:${kind}:${name}`));
        }
        const { workflowId, status, generation, registeredAt } = registration;
        const row = { id: workflowId, status, generation: generation.number, registeredAt, source, ageMs };
        printInRows(deps, options.output, reply, { rows: [row], names: Object.keys(row) });
        return 0;
      }),
    );
}
