import { Option, type Command } from 'commander';
import type { Watched } from '../../client/coordination';
import { COORDINATION_KINDS, type CoordinationKind } from '../../contracts/coordination/reader';
import { position, within, type CliDeps } from '../command';
import { blockingText } from '../coordination-text';
import { printInRows, printOne, printRows, streamed } from '../output';

const ROW = ['kind', 'name', 'status', 'summary', 'updatedAt'];

function lineOf(watched: Watched): string {
  if (watched.kind === 'there') {
    const { kind, name, status, updatedAt } = watched.row;
    return `${updatedAt}\t${kind}:${name}\t${status}\n`;
  }
  const { time, type, source } = watched.stored.event;
  return `${time}\t${source.split('/').slice(-2).join(':')}\t${type}\n`;
}

/** `mabeam coordination list|show|blocks|watch` and `mabeam alerts`. */
export function addCoordinationCommands(program: Command, deps: CliDeps): void {
  const coordination = program
    .command('coordination')
    .description('locks, semaphores, elections, barriers, ballots: what there is, who is at it, what blocks whom');
  coordination
    .command('list')
    .description('all of it, from the read model')
    .addOption(new Option('--kind <kind>', 'only of this kind').choices([...COORDINATION_KINDS]))
    .option('--status <status>', 'only of this status: held, open, delayed …')
    .action((flags: { kind?: CoordinationKind; status?: string }, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        printRows(deps, options.output, (await space.coordination.list(flags)).items, ROW);
        return 0;
      }),
    );
  coordination
    .command('show')
    .argument('<kind>', COORDINATION_KINDS.join(', '))
    .argument('<name>')
    .description('who holds it or holds it up, since when, who waits, until when')
    .action((kind: string, name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const view = await space.coordination.show(kind as CoordinationKind, name);
        const names = ['who', 'does', 'since', 'until', 'token'];
        printInRows(deps, options.output, view, { rows: view.parties, names });
        if (deps.isTty) deps.err(`${kind} ${name} is ${view.state}\n`);
        return 0;
      }),
    );
  coordination
    .command('blocks <what>')
    .description('what blocks it: who is ahead, whom those wait for, and whether they wait for each other')
    .addHelpText('after', '\nA thing is named as lock:NAME, an agent by its workflow id, a process by its session.')
    .action((what: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const of = what.startsWith('agent:') ? `${space.name}:${what}` : what;
        const blocking = await space.coordination.blocks(of);
        printOne(deps, options.output, blocking, () => blockingText(blocking));
        return 0;
      }),
    );
  coordination
    .command('watch')
    .description('what there is, then what happens to it, one line each')
    .action((_options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const output = streamed(options.output);
        for await (const each of space.coordination.watch()) printOne(deps, output, each, () => lineOf(each));
        return 0;
      }),
    );
  program
    .command('alerts')
    .description('what somebody should look at, oldest first: why, and the page that says what to do')
    .option('--after <position>', 'from this position on', position, 0)
    .option('--watch', 'go on with what happens from now on')
    .action(({ after, watch }: { after: number; watch?: true }, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const gone = new AbortController();
        const ending = watch === true ? {} : { onCaughtUp: () => gone.abort() };
        for await (const alert of space.coordination.alerts({ after, signal: gone.signal, ...ending })) {
          const { code, about, at, reason, runbook } = alert;
          const line = `${at}\t${code}\t${about}\t${reason}\t${runbook}\n`;
          printOne(deps, streamed(options.output), alert, () => line);
        }
        return 0;
      }),
    );
}
