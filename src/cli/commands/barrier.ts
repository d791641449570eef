import { InvalidArgumentError, Option, type Command } from 'commander';
import type { BarrierOptions, EnterOptions, Inside } from '../../client/barriers';
import { MAX_PARTIES, type BarrierView } from '../../contracts/coordination/barrier';
import { within, type CliDeps } from '../command';
import { confirmed } from '../confirm';
import { printOne, printPage, printRows, type Format } from '../output';
import { seconds, underway } from './underway';

const LISTED = 500;

function parties(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= MAX_PARTIES) return value;
  throw new InvalidArgumentError(`expected 1 to ${String(MAX_PARTIES)}; got ${text}`);
}

interface EnterFlags {
  readonly parties: number;
  readonly as?: string;
  readonly wait: number;
  readonly deadline?: number;
  readonly breakOnDeath?: true;
}

/** The options of what enters a barrier. */
function entering(command: Command): Command {
  return command
    .addOption(new Option('--parties <count>', 'so many go on together').argParser(parties).makeOptionMandatory())
    .option('--as <participant>', 'who enters: entering twice is one entry. Default: a new name')
    .addOption(
      new Option('--wait <seconds>', 'how long to wait for the others').argParser(seconds).default(60_000, '60'),
    )
    .addOption(new Option('--deadline <seconds>', 'from the first entry on; then it breaks for all').argParser(seconds))
    .option('--break-on-death', 'break for all when somebody who waits dies, in the place of filling its place again');
}

function optionsOf({ parties: count, deadline, breakOnDeath }: EnterFlags): BarrierOptions {
  return {
    parties: count,
    ...(deadline === undefined ? {} : { deadlineMs: deadline }),
    ...(breakOnDeath === undefined ? {} : { onDeath: 'break' }),
  };
}

function entryOf({ as, wait }: EnterFlags): EnterOptions {
  return { waitMs: wait, ...(as === undefined ? {} : { participant: as }) };
}

function show(deps: CliDeps, format: Format | undefined, name: string, view: BarrierView): void {
  if (format === 'json' || format === 'jsonl') {
    printOne(deps, format, { name, ...view }, () => '');
    return;
  }
  const { entered, inside, registered = [], generation, parties: count, breaksAt, last } = view;
  const waiting = entered.map(({ participant, since, until }) => ({
    participant,
    state: 'waits',
    generation,
    since,
    until,
  }));
  const missing = registered
    .filter(({ arrived }) => !arrived)
    .map(({ participant }) => ({ participant, state: 'missing', generation }));
  const within = (inside?.participants ?? []).map(({ participant, left }) => ({
    participant,
    state: left ? 'left' : 'inside',
    generation: inside?.generation,
  }));
  printRows(
    deps,
    format,
    [...within, ...waiting, ...missing],
    ['participant', 'state', 'generation', 'since', 'until'],
  );
  if (!deps.isTty) return;
  const until = breaksAt === undefined ? '' : `, breaks at ${breaksAt}`;
  deps.err(`${name}: ${String(entered.length)} of ${String(count)} in generation ${String(generation)}${until}\n`);
  if (last === undefined) return;
  const why = last.reason === undefined ? '' : ` (${last.because ?? last.reason})`;
  deps.err(`generation ${String(last.generation)} was ${last.kind}${why} at ${last.at}\n`);
}

/** `mabeam barrier enter|run|list|show|break`. */
export function addBarrierCommands(program: Command, deps: CliDeps): void {
  const barrier = program
    .command('barrier')
    .description('barriers: wait for others, run something together, look, break');
  entering(
    barrier
      .command('enter <barrier>')
      .description('wait until so many are there, and go on together; 5 when it breaks'),
  ).action((name: string, flags: EnterFlags, command: Command) =>
    within(deps, command, 'change', async ({ space, options }) => {
      const { generation } = await space.barriers.at(name, optionsOf(flags)).enter(entryOf(flags));
      printOne(
        deps,
        options.output,
        { name, generation },
        () => `${name} released, generation ${String(generation)}\n`,
      );
      return 0;
    }),
  );
  entering(
    barrier
      .command('run <barrier> <command...>')
      .description(
        'run a command when so many are there, and end when all of theirs have; MABEAM_BARRIER_GENERATION says which time it is. Write -- before the command',
      ),
  ).action((name: string, words: string[], flags: EnterFlags, command: Command) =>
    within(deps, command, 'change', async ({ space }) => {
      let code = 0;
      const act = async ({ generation, inDoubt }: Inside): Promise<void> => {
        const env = { MABEAM_BARRIER: name, MABEAM_BARRIER_GENERATION: String(generation) };
        code = await underway(deps, { env, over: inDoubt, why: () => 'the session may have expired' }, words);
      };
      await space.barriers.double(name, optionsOf(flags)).with(act, entryOf(flags));
      return code;
    }),
  );
  barrier
    .command('list')
    .description('the barriers of the space, from the read model')
    .option('--status <status>', 'only of this status: open, entering, inside, leaving')
    .action(({ status }: { status?: string }, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const page = await space.barriers.list({ pageSize: LISTED, ...(status === undefined ? {} : { status }) });
        printPage(deps, options.output, page, ['name', 'status', 'summary', 'updatedAt']);
        return 0;
      }),
    );
  barrier
    .command('show <barrier>')
    .description('who is in it, who is missing, and how the last generation ended')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        show(deps, options.output, name, await space.barriers.requests(name).view());
        return 0;
      }),
    );
  barrier
    .command('break <barrier>')
    .description('break what waits in it: all of them are told the same')
    .requiredOption('--reason <text>', 'why; it stands in the log, and is told to them')
    .option('--yes', 'without asking; where nobody can be asked it is needed')
    .action((name: string, { reason, yes = false }: { reason: string; yes?: boolean }, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        if (!yes) await confirmed(deps, name, `All who wait in ${name} will fail`, 'break');
        const { broken } = await space.barriers.requests(name).break(reason, how);
        printOne(deps, options.output, { name, broken }, () => `${name} broken: ${String(broken)} were in it\n`);
        return 0;
      }),
    );
}
