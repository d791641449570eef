import { Option, type Command } from 'commander';
import type { HeldLock } from '../../client/locks';
import type { LockView } from '../../contracts/coordination/lock';
import { within, type CliDeps } from '../command';
import { confirmed } from '../confirm';
import { printOne, printPage, printRows, type Format } from '../output';
import { seconds, underway } from './underway';

const LISTED = 500;

function show(deps: CliDeps, format: Format | undefined, name: string, view: LockView): void {
  if (format === 'json' || format === 'jsonl') {
    printOne(deps, format, { name, ...view }, () => '');
    return;
  }
  const holders = view.holders.map(({ session, mode, since, deadline, overdue, token }) => ({
    session,
    mode,
    state: overdue === true ? 'overdue' : 'holds',
    since,
    until: deadline ?? '',
    token,
  }));
  const waiting = view.waiting.map(({ session, mode, since, until, offered }) => ({
    session,
    mode,
    state: offered === undefined ? 'waits' : 'its turn',
    since,
    until: offered?.until ?? until,
    token: offered?.token ?? '',
  }));
  printRows(deps, format, [...holders, ...waiting], ['session', 'mode', 'state', 'since', 'until', 'token']);
  if (deps.isTty)
    deps.err(`${name} is ${view.delayedUntil === undefined ? view.state : `free at ${view.delayedUntil}`}\n`);
}

/** Runs a command while the locks are held. @param asked aborted when somebody asks for one of them */
function running(
  deps: CliDeps,
  locks: readonly [HeldLock, ...HeldLock[]],
  words: readonly string[],
  asked: AbortSignal,
): Promise<number> {
  const [lock] = locks; // all of one session
  const env = {
    MABEAM_LOCK: locks.map(({ name }) => name).join(','),
    MABEAM_LOCK_TOKEN: locks.map(({ token }) => String(token)).join(','),
  };
  const why = (): string => 'the session may have expired';
  return underway(deps, { env, over: lock.inDoubt, why, asked }, words);
}

interface RunFlags {
  readonly wait: number;
  readonly hold?: number;
  readonly shared?: true;
  readonly revocable?: true;
  readonly permits?: number;
}

/** `mabeam lock run|list|show|revoke|break`. */
export function addLockCommands(program: Command, deps: CliDeps): void {
  const lock = program.command('lock').description('locks: run something under one, look, break');
  lock
    .command('run <lock> <command...>')
    .description(
      'run a command while nobody else holds the lock; MABEAM_LOCK_TOKEN is its fencing token. Several, such as a,b, are held together. Write -- before the command',
    )
    .addOption(
      new Option('--wait <seconds>', 'how long to wait for it; 0 tries').argParser(seconds).default(60_000, '60'),
    )
    .addOption(
      new Option('--hold <seconds>', 'it should be over by then: past it an alert says that it is not').argParser(
        seconds,
      ),
    )
    .option('--shared', 'together with other readers')
    .option('--revocable', 'end the command, and give the lock back, when somebody asks for it')
    .action((name: string, words: string[], { wait, hold, shared, revocable }: RunFlags, command: Command) =>
      within(deps, command, 'change', async ({ space }) => {
        const asked = new AbortController();
        let over = (): void => undefined;
        const ended = new Promise<void>((resolve) => (over = resolve));
        const onRevoke = async (): Promise<boolean> => {
          asked.abort();
          await ended;
          return true;
        };
        const options = {
          waitMs: wait,
          ...(hold === undefined ? {} : { holdMs: hold }),
          ...(shared === undefined ? {} : { mode: 'shared' as const }),
          ...(revocable === undefined ? {} : { onRevoke }),
        };
        const run = (locks: readonly [HeldLock, ...HeldLock[]]) =>
          running(deps, locks, words, asked.signal).finally(over);
        return space.locks.withAll(name.split(','), (_tokens, { locks }) => run(locks), options);
      }),
    );
  lock
    .command('list')
    .description('the locks of the space, from the read model')
    .option('--status <status>', 'only of this status: free, held, delayed')
    .action(({ status }: { status?: string }, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const page = await space.locks.list({ pageSize: LISTED, ...(status === undefined ? {} : { status }) });
        printPage(deps, options.output, page, ['name', 'status', 'summary', 'updatedAt']);
        return 0;
      }),
    );
  lock
    .command('show <lock>')
    .description('who holds it, since when, and who waits')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        show(deps, options.output, name, await space.locks.at(name).view());
        return 0;
      }),
    );
  lock
    .command('revoke <lock>')
    .description('ask whoever holds it to give it back; they answer in their time')
    .requiredOption('--reason <text>', 'why; they are told, and it stands in the log')
    .action((name: string, { reason }: { reason: string }, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const { asked } = await space.locks.at(name).revoke(reason, how);
        printOne(deps, options.output, { name, asked }, () =>
          asked === 0 ? `nobody holds ${name}\n` : `${String(asked)} asked to give ${name} back\n`,
        );
        return 0;
      }),
    );
  lock
    .command('break <lock>')
    .description('take it from whoever holds it: their tokens are good no more, and who is next gets it')
    .requiredOption('--reason <text>', 'why; it stands in the log')
    .option('--yes', 'without asking; where nobody can be asked it is needed')
    .action((name: string, { reason, yes = false }: { reason: string; yes?: boolean }, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const handle = space.locks.at(name);
        const what = `Whoever holds ${name} will hold it no more, and may not know`;
        if (!yes) await confirmed(deps, name, what, 'break');
        const { broken } = await handle.break(reason, how);
        printOne(deps, options.output, { name, broken }, () => `${name} broken: ${String(broken)} held it\n`);
        return 0;
      }),
    );
}
