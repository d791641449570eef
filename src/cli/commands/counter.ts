import { InvalidArgumentError, type Command } from 'commander';
import type { CounterSpec } from '../../contracts/coordination/counter';
import { count, within, type CliDeps } from '../command';
import { confirmed } from '../confirm';
import { printOne, printPage } from '../output';

const LISTED = 500;

/** A whole number, negative ones included. */
function whole(text: string): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError(`expected a whole number; got ${text}`);
}

/** What was said of a counter, if anything was. */
function specOf(given: CounterSpec): CounterSpec | undefined {
  const { start, min, max, stripes } = given;
  const spec = { start, min, max, stripes };
  return Object.values(spec).every((part) => part === undefined)
    ? undefined
    : (JSON.parse(JSON.stringify(spec)) as CounterSpec);
}

function addChanges(counter: Command, deps: CliDeps): void {
  counter
    .command('add <name>')
    .argument('[by]', 'a whole number; default 1', whole)
    .description('add to a counter within its bounds; the first time starts it. A negative number goes after --')
    .option('--min <number>', 'of a counter that has to be started, or is one with that bound', whole)
    .option('--max <number>', 'the same', whole)
    .option('--start <number>', 'the same; default 0', whole)
    .option('--stripes <count>', 'a counter of so many parts, without bounds', count)
    .action((name: string, by: number | undefined, given: CounterSpec, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const { stripes } = given;
        const { counters } = space;
        const spec = specOf(given);
        const handle = stripes === undefined ? counters.at(name, spec) : counters.at(name, { ...spec, stripes });
        const done = await handle.add(by, how);
        const sum = stripes === undefined ? String(done.value) : `${String(done.value)} in its stripe`;
        printOne(deps, options.output, { name, ...done }, () => `${sum}\n`);
        return 0;
      }),
    );
  counter
    .command('reset <name>')
    .description('set a counter to its start, or to another number within its bounds; says what it was')
    .option('--to <number>', 'default: its start', whole)
    .action((name: string, { to }: { readonly to?: number }, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const done = await space.counters.at(name).reset({ ...how, ...(to === undefined ? {} : { to }) });
        printOne(deps, options.output, { name, ...done }, () => `${String(done.value)}, was ${String(done.before)}\n`);
        return 0;
      }),
    );
  counter
    .command('allocate <name>')
    .argument('<count>', 'how many ids', count)
    .description('ids that nobody else gets: the first and the last of them')
    .action((name: string, number: number, _options: object, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const range = await space.counters.at(name).allocate(number, how);
        printOne(deps, options.output, range, () => `${String(range.from)}\t${String(range.to - 1)}\n`);
        return 0;
      }),
    );
  counter
    .command('delete <name>')
    .description('delete a counter; the next use of its name begins another one')
    .option('--yes', 'without asking; where nobody can be asked it is needed')
    .action((name: string, { yes = false }: { readonly yes?: boolean }, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const handle = space.counters.at(name);
        if (!yes) await confirmed(deps, name, `The counter ${name} with its number will be gone`);
        await handle.delete(how);
        printOne(deps, options.output, { name, deleted: true }, () => `${name} deleted\n`);
        return 0;
      }),
    );
}

/** `mabeam counter add|show|list|reset|allocate|delete`. */
export function addCounterCommands(program: Command, deps: CliDeps): void {
  const counter = program.command('counter').description('counters: add, look, ids');
  addChanges(counter, deps);
  counter
    .command('show <name>')
    .description('the number as it stands, its bounds, the ids that were handed out')
    .option('--stripes <count>', 'the sum of so many parts', count)
    .action((name: string, { stripes }: { readonly stripes?: number }, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        if (stripes !== undefined) {
          const sum = await space.counters.at(name, { stripes }).get();
          printOne(deps, options.output, { name, stripes, ...sum }, () => `${String(sum.value)}\n`);
          return 0;
        }
        const view = await space.counters.at(name).view();
        const { min, max } = view.spec;
        const ids = view.allocated === 0 ? '' : `, ${String(view.allocated)} ids handed out`;
        const bounds = `${min === undefined ? '' : `, at least ${String(min)}`}${max === undefined ? '' : `, at most ${String(max)}`}`;
        printOne(
          deps,
          options.output,
          { name, read: 'strong', ...view },
          () => `${String(view.value)}${bounds}${ids}\n`,
        );
        return 0;
      }),
    );
  counter
    .command('list')
    .description('the counters of the space, from the read model')
    .action((_options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const page = await space.counters.list({ pageSize: LISTED });
        printPage(deps, options.output, page, ['name', 'status', 'summary', 'updatedAt']);
        return 0;
      }),
    );
}
