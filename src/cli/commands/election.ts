import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Leadership } from '../../client/leadership';
import type { Space } from '../../client/index';
import { MAX_SCORE, type ElectionView } from '../../contracts/coordination/election';
import { isPlatformError } from '../../contracts/errors';
import { show as shown } from '../../contracts/ids';
import { jsonOf, within, type CliDeps } from '../command';
import { confirmed } from '../confirm';
import { printOne, printPage, printRows, type Format } from '../output';
import { seconds, underway } from './underway';

const LISTED = 500;

function whole(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && Math.abs(value) <= MAX_SCORE) return value;
  throw new InvalidArgumentError(`expected a whole number up to ${String(MAX_SCORE)}; got ${text}`);
}

function show(deps: CliDeps, format: Format | undefined, name: string, view: ElectionView): void {
  if (format === 'json' || format === 'jsonl') {
    printOne(deps, format, { name, ...view }, () => '');
    return;
  }
  const { leader, candidates, delayedUntil } = view;
  const leads = leader === undefined ? [] : [{ ...leader, value: shown(leader.value), state: 'leads' }];
  const would = candidates.map(({ session, value, score, since, until, offered }) => ({
    session,
    state: offered === undefined ? 'waits' : 'its turn',
    term: offered?.term ?? '',
    score,
    value: shown(value),
    since,
    until: offered?.until ?? until,
  }));
  printRows(deps, format, [...leads, ...would], ['session', 'state', 'term', 'score', 'value', 'since', 'until']);
  if (deps.isTty) deps.err(`${name} is ${delayedUntil === undefined ? view.state : `vacant until ${delayedUntil}`}\n`);
}

const because = ({ signal }: Leadership): string => {
  const { reason } = signal as { readonly reason: unknown };
  return isPlatformError(reason) ? reason.message : 'the lead is over';
};

/** Runs a command while it leads. */
const running = (deps: CliDeps, lead: Leadership, words: readonly string[]): Promise<number> =>
  underway(
    deps,
    {
      env: {
        MABEAM_ELECTION: lead.election,
        MABEAM_ELECTION_TERM: String(lead.term),
        MABEAM_ELECTION_SESSION: lead.session.name,
      },
      over: lead.signal,
      why: () => because(lead),
    },
    words,
  );

interface RunFlags {
  readonly wait: number;
  readonly score?: number;
  readonly value?: string;
  readonly requeue?: true;
}

async function run(deps: CliDeps, space: Space, [name, ...words]: readonly [string, ...string[]], flags: RunFlags) {
  const { wait, score, value = `process ${String(process.pid)}`, requeue } = flags;
  const how = { value: jsonOf(value), ...(score === undefined ? {} : { score }) };
  if (requeue === undefined) {
    return space.elections.lead(name, (_term, _signal, lead) => running(deps, lead, words), { ...how, waitMs: wait });
  }
  const done = new AbortController();
  let code = 0;
  const act = async (_term: number, _signal: AbortSignal, lead: Leadership): Promise<void> => {
    code = await running(deps, lead, words);
    // one that was told to end leads again
    if (lead.isLeader) done.abort();
  };
  await space.elections.lead(name, act, { ...how, requeue, signal: done.signal });
  return code;
}

/** Which lead is meant; a command below `election run` need not say it. */
const leadOptions = (): readonly Option[] => [
  new Option('--term <term>', 'the term of the leader')
    .argParser(Number)
    .env('MABEAM_ELECTION_TERM')
    .makeOptionMandatory(),
  new Option('--session <name>', 'its session').env('MABEAM_ELECTION_SESSION').makeOptionMandatory(),
];

interface LeadFlags {
  readonly term: number;
  readonly session: string;
}

function addLeaderCommands(election: Command, deps: CliDeps): void {
  const proclaim = election
    .command('proclaim <election> <value>')
    .description('say something new in the name of the leader, such as an address: JSON or text')
    .action((name: string, value: string, { term, session }: LeadFlags, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const said = { session, term, value: jsonOf(value) };
        const { revision } = await space.elections.at(name).proclaim(said, how);
        printOne(deps, options.output, { name, term, revision }, () => `${name} says ${shown(said.value)}\n`);
        return 0;
      }),
    );
  const resign = election
    .command('resign <election>')
    .description('give up the lead: who is next gets it')
    .action((name: string, { term, session }: LeadFlags, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        await space.elections.at(name).resign({ session, term }, how);
        printOne(deps, options.output, { name, term }, () => `term ${String(term)} of ${name} is over\n`);
        return 0;
      }),
    );
  for (const command of [proclaim, resign]) for (const option of leadOptions()) command.addOption(option);
}

/** `mabeam election run|list|show|observe|proclaim|resign|revoke`. */
export function addElectionCommands(program: Command, deps: CliDeps): void {
  const election = program.command('election').description('elections: run something as the leader, look, revoke');
  election
    .command('run <election> <command...>')
    .description(
      'run a command as the leader; MABEAM_ELECTION_TERM is its fencing token. Told to end when the lead is lost. Write -- before the command',
    )
    .addOption(
      new Option('--wait <seconds>', 'how long to wait for the lead; 0 tries').argParser(seconds).default(60_000, '60'),
    )
    .option('--score <number>', 'who has a higher one leads first', whole)
    .option('--value <value>', 'what the leader says: JSON or text (default: its process)')
    .option('--requeue', 'run it again when the lead was lost, until it ends by itself; waits as long as it takes')
    .action((name: string, words: string[], flags: RunFlags, command: Command) =>
      within(deps, command, 'change', ({ space }) => run(deps, space, [name, ...words], flags)),
    );
  election
    .command('list')
    .description('the elections of the space, from the read model')
    .option('--status <status>', 'only of this status: led, vacant, delayed')
    .action(({ status }: { status?: string }, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const page = await space.elections.list({ pageSize: LISTED, ...(status === undefined ? {} : { status }) });
        printPage(deps, options.output, page, ['name', 'status', 'summary', 'updatedAt']);
        return 0;
      }),
    );
  election
    .command('show <election>')
    .description('who leads in which term, what it says, and who would lead')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        show(deps, options.output, name, await space.elections.at(name).view());
        return 0;
      }),
    );
  election
    .command('observe <election>')
    .description('each new leader and each new word of it, one line each, until you stop it')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space }) => {
        for await (const seen of space.elections.at(name).observe()) deps.out(`${JSON.stringify({ name, ...seen })}\n`);
        return 0;
      }),
    );
  addLeaderCommands(election, deps);
  election
    .command('revoke <election>')
    .description('take the lead from whoever has it: its term is over, and who is next leads')
    .requiredOption('--reason <text>', 'why; it stands in the log')
    .option('--yes', 'without asking; where nobody can be asked it is needed')
    .action((name: string, { reason, yes = false }: { reason: string; yes?: boolean }, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const handle = space.elections.at(name);
        if (!yes) await confirmed(deps, name, `Whoever leads ${name} will lead no more, and may not know`, 'revoke');
        const { revoked } = await handle.revoke(reason, how);
        printOne(deps, options.output, { name, revoked }, () => `${name} revoked: ${String(revoked)} led it\n`);
        return 0;
      }),
    );
}
