import { InvalidArgumentError, type Command } from 'commander';
import { PlatformError, refuse } from '../../contracts/errors';
import { MAX_SET_LEASE_MS, MIN_SET_LEASE_MS, type LeaseArgs } from '../../contracts/variable-set';
import { count, within, type CliDeps } from '../command';
import { confirmed } from '../confirm';
import { printOne } from '../output';

interface LeaseFlags {
  readonly holder: string;
  readonly for: number;
  readonly because?: string;
  readonly token?: number;
}

function span(text: string): number {
  const ms = Math.round(Number(text) * 1_000);
  if (text !== '' && ms >= MIN_SET_LEASE_MS && ms <= MAX_SET_LEASE_MS) return ms;
  throw new InvalidArgumentError(`expected seconds from 1 to ${String(MAX_SET_LEASE_MS / 1_000)}; got ${text}`);
}

/** `mabeam set lease|unlease`. */
export function addSetLeaseCommands(set: Command, deps: CliDeps): void {
  set
    .command('lease <set>')
    .description('experiment with the set alone: only proposals with the token of the lease are taken until it ends')
    .option('--holder <name>', 'who experiments', 'cli')
    .requiredOption('--for <seconds>', 'how long', span)
    .option('--because <text>', 'why')
    .option('--token <token>', 'renew the lease of this token', count)
    .action((name: string, flags: LeaseFlags, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const { holder, for: forMs, because, token } = flags;
        const more = { ...(because === undefined ? {} : { because }), ...(token === undefined ? {} : { token }) };
        const args: LeaseArgs = { holder, forMs, ...more };
        const lease = await space.variables.at(name).lease(args, how);
        const words = `${name} is leased to ${lease.holder} until ${lease.until}: propose with --lease`;
        printOne(deps, options.output, lease, () => `${words} ${String(lease.token)}\n`);
        return 0;
      }),
    );
  set
    .command('unlease <set>')
    .description('end a lease by its token, or break that of somebody else')
    .option('--token <token>', 'the lease of this token', count)
    .option('--reason <text>', 'break it; why stands in the log')
    .option('--yes', 'break it without asking; where nobody can be asked it is needed')
    .action((name: string, flags: { token?: number; reason?: string; yes?: boolean }, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const { token, reason, yes = false } = flags;
        if ((token === undefined) === (reason === undefined))
          throw new PlatformError(refuse('invalid-request', 'expected either --token or --reason'));
        const what = `Whoever experiments with ${name} will not be alone any more, and may not know`;
        if (reason !== undefined && !yes) await confirmed(deps, name, what, 'break');
        const end = token === undefined ? { broken: reason ?? '' } : { token };
        const { ended } = await space.variables.at(name).endLease(end, how);
        printOne(deps, options.output, ended, () => `${name} is leased to ${ended.holder} no more\n`);
        return 0;
      }),
    );
}
