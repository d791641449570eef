import type { Command } from 'commander';
import { jsonOf, position, within, type CliDeps } from '../command';
import { confirmed } from '../confirm';
import { printOne, printPage, printRefusals } from '../output';

const LISTED = 500;
const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function addChanges(value: Command, deps: CliDeps): void {
  value
    .command('set <name>')
    .argument('<value>', 'JSON, or a text as it is', jsonOf)
    .description('set a shared value, whatever it is; the first time starts it')
    .action((name: string, given: unknown, _options: object, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const done = await space.values.at(name).set(given, how);
        printOne(deps, options.output, { name, ...done }, () => `version ${String(done.version)}\n`);
        return 0;
      }),
    );
  value
    .command('cas <name>')
    .argument('<version>', 'that it must have; 0 for one that was never set', position)
    .argument('<value>', 'JSON, or a text as it is', jsonOf)
    .description('compare and set: sets a shared value if it has that version; else says what it saw, exit 5')
    .action((name: string, version: number, given: unknown, _options: object, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const seen = await space.values.at(name).compareAndSet(version, given, how);
        printOne(deps, options.output, { name, ...seen }, () =>
          seen.swapped ? `version ${String(seen.version)}\n` : '',
        );
        if (seen.swapped) return 0;
        const text = `${name} has version ${String(seen.version)}, not ${String(version)}: ${shown(seen.value)}`;
        return printRefusals(deps, [{ code: 'precondition-failed', message: text }]);
      }),
    );
  value
    .command('delete <name>')
    .description('delete a shared value; the next use of its name begins another one')
    .option('--yes', 'without asking; where nobody can be asked it is needed')
    .action((name: string, { yes = false }: { readonly yes?: boolean }, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const handle = space.values.at(name);
        if (!yes) await confirmed(deps, name, `The value ${name} will be gone`);
        await handle.delete(how);
        printOne(deps, options.output, { name, deleted: true }, () => `${name} deleted\n`);
        return 0;
      }),
    );
}

/** `mabeam value get|set|cas|list|delete`. */
export function addValueCommands(program: Command, deps: CliDeps): void {
  const value = program.command('value').description('shared values: get, set, compare and set');
  addChanges(value, deps);
  value
    .command('get <name>')
    .description('a shared value as it stands; its version with -o json')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const view = await space.values.at(name).view();
        printOne(deps, options.output, { name, read: 'strong', ...view }, () => `${shown(view.value)}\n`);
        if (deps.isTty) deps.err(`version ${String(view.version)}, since ${view.changedAt}\n`);
        return 0;
      }),
    );
  value
    .command('list')
    .description('the shared values of the space, from the read model')
    .action((_options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const page = await space.values.list({ pageSize: LISTED });
        printPage(deps, options.output, page, ['name', 'status', 'summary', 'updatedAt']);
        return 0;
      }),
    );
}
