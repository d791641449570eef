import type { Command } from 'commander';
import type { ProposeOptions, Proposing } from '../../client/variable-sets';
import type { Values } from '../../contracts/variable';
import type { Verdict } from '../../contracts/variable-set';
import { assignments, count, within, type CliDeps, type Common, type Work } from '../command';
import { isForPrograms, printOne, printPage, printRefusals } from '../output';

const WAIT_S = 600;
const LISTED = 500;

/** Says what became of a proposal. @returns the exit code */
export function tellVerdict(deps: CliDeps, options: Common, set: string, verdict: Verdict): number {
  if (verdict.kind === 'refused') {
    if (isForPrograms(options.output)) printOne(deps, options.output, verdict, () => '');
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
  readonly reads?: string;
  readonly lease?: number;
  readonly because?: string;
  readonly proposer: string;
  readonly wait?: true;
  readonly timeout: number;
}

/** The flags that all proposals have. */
function proposalFlags(command: Command): Command {
  return command
    .option('--based-on <version>', 'the version it was thought out on (default: the current one)', count)
    .option('--because <text>', 'why')
    .option('--lease <token>', 'the lease of the set that is held', count)
    .option('--proposer <name>', 'who proposes', 'cli')
    .option('--wait', 'wait for the ballot')
    .option('--timeout <seconds>', 'how long to wait', count, WAIT_S);
}

const readsOf = ({ reads }: ProposeFlags): { readonly reads?: readonly string[] } =>
  reads === undefined
    ? {}
    : {
        reads: reads
          .split(',')
          .map((name) => name.trim())
          .filter((name) => name !== ''),
      };

/** Proposes on the version that was said, else on the current one, which a repetition must then be told. */
async function proposing(
  deps: CliDeps,
  { space, options, how, repeatWith }: Work,
  name: string,
  flags: ProposeFlags,
  propose: (
    said: Pick<ProposeOptions, 'because' | 'lease'> & { readonly basedOn: number; readonly proposer: string },
  ) => Proposing,
): Promise<number> {
  const basedOn = flags.basedOn ?? (await space.variables.at(name).read()).version;
  if (flags.basedOn === undefined) repeatWith(`--based-on ${String(basedOn)}`);
  const { because, lease, proposer } = flags;
  const more = { ...(because === undefined ? {} : { because }), ...(lease === undefined ? {} : { lease }) };
  const on = propose({ ...how, proposer, basedOn, ...more });
  const verdict = flags.wait === true ? await on.decided({ timeoutMs: flags.timeout * 1_000 }) : await on.verdict;
  return tellVerdict(deps, options, name, verdict);
}

/** `mabeam propose SET name=value…`, `mabeam proposal show|list`, `mabeam set restore|redefine`. */
export function addProposeCommands(program: Command, deps: CliDeps, set: Command): void {
  proposalFlags(program.command('propose <set>'))
    .option('--reads <names>', 'on an older version: only another value of these, or of what it changes, is a conflict')
    .description('propose values: accepted, pending on a ballot, or refused with reasons')
    .argument('<changes...>', 'name=value', assignments)
    .action((name: string, changes: Values, flags: ProposeFlags, command: Command) =>
      within(deps, command, 'change', (work) =>
        proposing(deps, work, name, flags, (said) =>
          work.space.variables.at(name).propose(changes, { ...said, ...readsOf(flags) }),
        ),
      ),
    );
  proposalFlags(set.command('restore <set>'))
    .description('propose all values of an old version')
    .argument('<version>', 'whose values', count)
    .action((name: string, version: number, flags: ProposeFlags, command: Command) =>
      within(deps, command, 'change', (work) =>
        proposing(deps, work, name, flags, (said) => work.space.variables.at(name).restore(version, said)),
      ),
    );
  proposalFlags(set.command('redefine <set> <hash>'))
    .description('propose the definition of that hash, which a worker has')
    .action((name: string, hash: string, flags: ProposeFlags, command: Command) =>
      within(deps, command, 'change', (work) =>
        proposing(deps, work, name, flags, (said) => work.space.variables.at(name).redefine({ hash }, said)),
      ),
    );
  const proposal = program.command('proposal').description('proposals: show, list');
  proposal
    .command('show <set>')
    .argument('<number>', 'of the proposal', count)
    .description('one proposal and its verdict')
    .action((name: string, number: number, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const record = await space.variables.at(name).proposal(number);
        printOne(deps, options.output, record, () => `${JSON.stringify(record, null, 2)}\n`);
        return 0;
      }),
    );
  proposal
    .command('list <set>')
    .description('the proposals of a set, from the read model')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const page = await space.variables.at(name).proposals({ pageSize: LISTED });
        printPage(deps, options.output, page, ['number', 'proposer', 'verdict', 'version', 'proposedAt']);
        return 0;
      }),
    );
}
