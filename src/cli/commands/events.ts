import { Option, type Command } from 'commander';
import { PlatformError, refuse } from '../../contracts/errors';
import { within, type CliDeps } from '../command';
import { printOne, printRows, whyText } from '../output';

const LISTS = { agents: 'agents', sets: 'variables', ballots: 'ballots' } as const;

/** `mabeam events`, `mabeam list NOUN`, `mabeam why SET VARIABLE`: what rests on the read models. */
export function addReadCommands(program: Command, deps: CliDeps): void {
  program
    .command('events')
    .description('follow what happens in the space, one line each')
    .option('--after <position>', 'from this position on', Number, 0)
    .option('--types <types>', 'only these, separated by commas')
    .action((flags: { after: number; types?: string }, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const { after, types } = flags;
        const feed = space.events({ after, ...(types === undefined ? {} : { types: types.split(',') }) });
        for await (const { position, event } of feed) {
          const line = `${String(position)}\t${event.time}\t${event.type}\t${event.source}\n`;
          printOne(deps, options.output === 'json' ? 'jsonl' : options.output, { position, event }, () => line);
        }
        return 0;
      }),
    );
  program
    .command('list <noun>')
    .description('list agents, sets or ballots')
    .addOption(new Option('--status <status>', 'only of this status'))
    .action((noun: string, { status }: { status?: string }, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        if (!(noun in LISTS)) {
          const text = `list takes ${Object.keys(LISTS).join(', ')}; got ${noun}`;
          throw new PlatformError(refuse('invalid-request', text));
        }
        const door = space[LISTS[noun as keyof typeof LISTS]];
        const { items } = await door.list({ pageSize: 500, ...(status === undefined ? {} : { status }) });
        printRows(deps, options.output, items, ['name', 'status', 'type', 'summary', 'updatedAt']);
        return 0;
      }),
    );
  program
    .command('why <set> <variable>')
    .description('why the value is what it is')
    .action((set: string, variable: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const why = await space.why(set, variable);
        printOne(deps, options.output, why, () => whyText(why, deps.now()));
        return 0;
      }),
    );
}
