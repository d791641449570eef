import type { Command } from 'commander';
import { count, jsonOf, within, type CliDeps } from '../command';
import { printOne, printPage, printRows } from '../output';

/** How long `start` waits for a sign of life, so that an unknown type is an answer. */
const BEGUN_MS = 2_000;
const LISTED = 500;
const text = (value: unknown): string => `${typeof value === 'string' ? value : JSON.stringify(value ?? null)}\n`;
const argOf = (arg: string | undefined): [] | [unknown] => (arg === undefined ? [] : [jsonOf(arg)]);

/** `mabeam agent start|list|show|tell|ask|inspect|stop|letters|replay`. */
export function addAgentCommands(program: Command, deps: CliDeps): void {
  const agent = program.command('agent').description('agents: start, list, look, tell, ask, stop');
  agent
    .command('start <type> <name> [args]')
    .description('start an agent; args is JSON or text')
    .option('--queue <name>', 'place it on the workers of this queue')
    .action((type: string, name: string, args: string | undefined, placed: { queue?: string }, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const given = { ...placed, ...(args === undefined ? {} : { args: jsonOf(args) }) };
        await space.agents.start(type, name, { ...given, requestId: how.requestId, begunMs: BEGUN_MS });
        printOne(deps, options.output, { type, name }, () => `${name}\n`);
        return 0;
      }),
    );
  agent
    .command('list')
    .description('the agents of the space, from the read model')
    .option('--status <status>', 'only of this status')
    .action(({ status }: { status?: string }, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const page = await space.agents.list({ pageSize: LISTED, ...(status === undefined ? {} : { status }) });
        printPage(deps, options.output, page, ['name', 'status', 'type', 'summary', 'updatedAt', 'queue']);
        return 0;
      }),
    );
  agent
    .command('show <name>')
    .description('how an agent stands')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const status = { name, ...(await space.agents.at(name).status()) };
        if (options.output === 'json') printOne(deps, 'json', status, () => '');
        else printRows(deps, options.output, [status], ['name', 'status', 'mailbox', 'owner', 'startedAt', 'queue']);
        return 0;
      }),
    );
  addMessages(agent, deps);
  addEndings(agent, deps);
}

function addMessages(agent: Command, deps: CliDeps): void {
  agent
    .command('tell <name> <message> [arg]')
    .description('tell an agent; done when the message is recorded')
    .action((name: string, message: string, arg: string | undefined, _options: object, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        await space.agents
          .at(name)
          .with(how)
          .tell(message, ...argOf(arg));
        printOne(deps, options.output, { messageId: how.requestId }, () => '');
        return 0;
      }),
    );
  agent
    .command('ask <name> <message> [arg]')
    .description('ask an agent and print its reply')
    .option('--timeout <seconds>', 'how long to wait', count)
    .action((name: string, message: string, arg: string | undefined, flags: { timeout?: number }, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const patience = flags.timeout === undefined ? {} : { timeoutMs: flags.timeout * 1_000 };
        const handle = space.agents.at(name).with({ ...how, ...patience });
        const answer = await handle.ask(message, ...argOf(arg));
        printOne(deps, options.output, { reply: answer ?? null }, () => text(answer));
        return 0;
      }),
    );
  agent
    .command('inspect <name> <what> [arg]')
    .description('read the state of an agent')
    .action((name: string, what: string, arg: string | undefined, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const answer = await space.agents.at(name).inspect(what, ...argOf(arg));
        printOne(deps, options.output, { reply: answer ?? null }, () => text(answer));
        return 0;
      }),
    );
}

function addEndings(agent: Command, deps: CliDeps): void {
  agent
    .command('stop <name>')
    .description('end an agent in order')
    .option('--reason <text>', 'why')
    .action((name: string, { reason }: { reason?: string }, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        await space.agents.at(name).with(how).stop(reason);
        printOne(deps, options.output, { stopped: true }, () => '');
        return 0;
      }),
    );
  agent
    .command('letters <name>')
    .description('messages that could not take effect')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const items = await space.agents.at(name).deadLetters();
        printPage(deps, options.output, { items }, ['number', 'at', 'name', 'refusal']);
        return 0;
      }),
    );
  agent
    .command('replay <name>')
    .argument('<number>', 'of the dead letter', count)
    .description('take a dead letter back into the mailbox, once')
    .action((name: string, number: number, _options: object, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        await space.agents.at(name).with(how).replay(number);
        printOne(deps, options.output, { replayed: number }, () => '');
        return 0;
      }),
    );
}
