import type { Command } from 'commander';
import type { Adoption } from '../../contracts/variable-set';
import { within, type CliDeps } from '../command';
import { printInRows, printOne, printPage } from '../output';
import { addSetLeaseCommands } from './set-lease';

const LISTED = 500;

/** Every agent that was told: which version it has, and whether it is late. */
function adoptionRows({ acknowledged, laggards, version }: Adoption): readonly object[] {
  const late = laggards.map((agent) => ({ agent, ...acknowledged[agent], state: 'late' }));
  const others = Object.entries(acknowledged)
    .filter(([agent]) => !laggards.includes(agent))
    .map(([agent, at]) => ({ agent, ...at, state: at.version === version ? 'has it' : 'told' }));
  return [...others, ...late];
}

/** `mabeam set start|list|show|read|adoption|lease|unlease`. @returns the command, for more verbs */
export function addSetCommands(program: Command, deps: CliDeps): Command {
  const set = program.command('set').description('variable sets: start, look, who has what, lease, restore, redefine');
  set
    .command('start <set>')
    .description('find or start the set of a definition')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const view = await (await space.variables.start(name, { requestId: how.requestId })).view();
        printOne(deps, options.output, { name, ...view }, () => `${name} version ${String(view.version)}\n`);
        return 0;
      }),
    );
  set
    .command('list')
    .description('the sets of the space, from the read model')
    .option('--status <status>', 'only of this status')
    .action(({ status }: { status?: string }, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const page = await space.variables.list({ pageSize: LISTED, ...(status === undefined ? {} : { status }) });
        printPage(deps, options.output, page, ['name', 'status', 'summary', 'updatedAt']);
        return 0;
      }),
    );
  set
    .command('show <set>')
    .description('everything a set knows')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const view = { name, ...(await space.variables.at(name).view()) };
        const rows = Object.entries(view.spec.variables).map(([variable, { kind, policy }]) => ({
          variable,
          value: view.values[variable] ?? 'inactive',
          kind,
          policy,
        }));
        printInRows(deps, options.output, view, { rows, names: ['variable', 'value', 'kind', 'policy'] });
        return 0;
      }),
    );
  set
    .command('read <set>')
    .description('the current values')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const reading = { name, ...(await space.variables.at(name).read()) };
        const rows = Object.entries(reading.values).map(([variable, value]) => ({ variable, value }));
        printInRows(deps, options.output, reading, { rows, names: ['variable', 'value'] });
        return 0;
      }),
    );
  set
    .command('adoption <set>')
    .description('which agents have the newest version, and which are late')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const adoption = { name, ...(await space.variables.at(name).adoption()) };
        const names = ['agent', 'version', 'at', 'state'];
        printInRows(deps, options.output, adoption, { rows: adoptionRows(adoption), names });
        return 0;
      }),
    );
  addSetLeaseCommands(set, deps);
  return set;
}
