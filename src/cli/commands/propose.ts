import type { Command } from 'commander';
import type { Verdict } from '../../contracts/variable-set';
import type { Values } from '../../contracts/variable';
import { assignments, count, within, type CliDeps, type Common } from '../command';
import { printOne, printRefusals, printRows } from '../output';

function tell(deps: CliDeps, options: Common, set: string, verdict: Verdict): number {
  if (verdict.kind === 'refused') {
    if (options.output !== undefined && options.output !== 'table') printOne(deps, options.output, verdict, () => '');
    return printRefusals(deps, verdict.reasons);
  }
  printOne(deps, options.output, verdict, () =>
    verdict.kind === 'accepted'
      ? `accepted: ${set} version ${String(verdict.version)} (proposal ${String(verdict.proposal)})\n`
      : `pending: ballot ${verdict.ballot} (proposal ${String(verdict.proposal)})\n`,
  );
  return 0;
}

interface ProposeFlags {
  readonly basedOn?: number;
  readonly because?: string;
  readonly proposer?: string;
  readonly wait?: boolean;
  readonly timeout?: number;
}

/** `mabeam propose SET name=value…` and `mabeam proposal show|list`. */
export function addProposeCommands(program: Command, deps: CliDeps): void {
  program
    .command('propose <set>')
    .description('propose values: accepted, pending on a ballot, or refused with reasons')
    .argument('<changes...>', 'name=value', assignments)
    .option('--based-on <version>', 'the version it was thought out on (default: the current one)', count)
    .option('--because <text>', 'why')
    .option('--proposer <name>', 'who proposes (default: cli)')
    .option('--wait', 'wait for the ballot')
    .option('--timeout <seconds>', 'how long to wait', count, 600)
    .action((name: string, changes: Values, flags: ProposeFlags, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const set = space.variables.at(name);
        const basedOn = flags.basedOn ?? (await set.read()).version;
        const { because, proposer = 'cli' } = flags;
        const said = because === undefined ? { proposer } : { proposer, because };
        const proposing = set.propose(changes, { ...how, ...said, basedOn });
        const timeoutMs = (flags.timeout ?? 600) * 1_000;
        const verdict = flags.wait === true ? await proposing.decided({ timeoutMs }) : await proposing.verdict;
        return tell(deps, options, name, verdict);
      }),
    );
  const proposal = program.command('proposal').description('proposals: show, list');
  proposal
    .command('show <set> <number>')
    .description('one proposal and its verdict')
    .action((name: string, number: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const record = await space.variables.at(name).proposal(count(number));
        printOne(deps, options.output, record, () => `${JSON.stringify(record, null, 2)}\n`);
        return 0;
      }),
    );
  proposal
    .command('list <set>')
    .description('the proposals of a set')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const { items } = await space.variables.at(name).proposals({ pageSize: 500 });
        printRows(deps, options.output, items, ['number', 'proposer', 'verdict', 'version', 'proposedAt']);
        return 0;
      }),
    );
}
