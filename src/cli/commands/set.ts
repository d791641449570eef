import type { Command } from 'commander';
import { within, type CliDeps } from '../command';
import { printOne, printRows } from '../output';

/** `mabeam set start|read|adoption|stop`. */
export function addSetCommands(program: Command, deps: CliDeps): void {
  const set = program.command('set').description('variable sets: start, read, adoption');
  set
    .command('start <set>')
    .description('find or start the set of a definition')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'change', async ({ space, options }) => {
        const { version } = await (await space.variables.start(name)).read();
        printOne(deps, options.output, { name, version }, () => `${name} version ${String(version)}\n`);
        return 0;
      }),
    );
  set
    .command('read <set>')
    .description('the current values')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const reading = await space.variables.at(name).read();
        const rows = Object.entries(reading.values).map(([variable, value]) => ({ variable, value }));
        if (options.output === 'json' || options.output === 'jsonl') printOne(deps, options.output, reading, () => '');
        else printRows(deps, options.output, rows, ['variable', 'value']);
        return 0;
      }),
    );
  set
    .command('adoption <set>')
    .description('which agents have the newest version')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const adoption = await space.variables.at(name).adoption();
        const rows = Object.entries(adoption.acknowledged).map(([agent, at]) => ({ agent, ...at }));
        if (options.output === 'json' || options.output === 'jsonl') printOne(deps, options.output, adoption, () => '');
        else printRows(deps, options.output, rows, ['agent', 'version', 'at']);
        return 0;
      }),
    );
}
