import type { Command } from 'commander';
import { count, jsonOf, within, type CliDeps } from '../command';
import { printOne, printRows } from '../output';

const reply = (value: unknown): string => `${typeof value === 'string' ? value : JSON.stringify(value ?? null)}\n`;

/** `mabeam agent start|show|tell|ask|inspect|stop|letters|replay`. */
export function addAgentCommands(program: Command, deps: CliDeps): void {
  const agent = program.command('agent').description('agents: start, tell, ask, look, stop');
  agent
    .command('start <type> <name> [args]')
    .description('start an agent; args is JSON or text')
    .action((type: string, name: string, args: string | undefined, _options: object, command: Command) =>
      within(deps, command, 'change', async ({ space, options }) => {
        await space.agents.start(type, name, args === undefined ? {} : { args: jsonOf(args) });
        printOne(deps, options.output, { type, name }, () => `${name}\n`);
        return 0;
      }),
    );
  agent
    .command('show <name>')
    .description('how an agent stands')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const status = { name, ...(await space.agents.at(name).status()) };
        printRows(deps, options.output, [status], ['name', 'status', 'mailbox', 'owner', 'startedAt']);
        return 0;
      }),
    );
  agent
    .command('tell <name> <message> [arg]')
    .description('tell an agent; done when the message is recorded')
    .action((name: string, message: string, arg: string | undefined, _options: object, command: Command) =>
      within(deps, command, 'change', async ({ space, how }) => {
        const handle = space.agents.at(name).with(how);
        await (arg === undefined ? handle.tell(message) : handle.tell(message, jsonOf(arg)));
        return 0;
      }),
    );
  agent
    .command('ask <name> <message> [arg]')
    .description('ask an agent and print its reply')
    .action((name: string, message: string, arg: string | undefined, _options: object, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const handle = space.agents.at(name).with(how);
        const answer = await (arg === undefined ? handle.ask(message) : handle.ask(message, jsonOf(arg)));
        printOne(deps, options.output, answer ?? null, () => reply(answer));
        return 0;
      }),
    );
  agent
    .command('inspect <name> <what> [arg]')
    .description('read the state of an agent')
    .action((name: string, what: string, arg: string | undefined, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const handle = space.agents.at(name);
        const answer = await (arg === undefined ? handle.inspect(what) : handle.inspect(what, jsonOf(arg)));
        printOne(deps, options.output, answer ?? null, () => reply(answer));
        return 0;
      }),
    );
  addEndings(agent, deps);
}

function addEndings(agent: Command, deps: CliDeps): void {
  agent
    .command('stop <name>')
    .description('end an agent in order')
    .option('--reason <text>', 'why')
    .action((name: string, { reason }: { reason?: string }, command: Command) =>
      within(deps, command, 'change', async ({ space, how }) => {
        await space.agents.at(name).with(how).stop(reason);
        return 0;
      }),
    );
  agent
    .command('letters <name>')
    .description('messages that could not take effect')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const letters = await space.agents.at(name).deadLetters();
        printRows(deps, options.output, letters, ['number', 'at', 'name', 'refusal']);
        return 0;
      }),
    );
  agent
    .command('replay <name> <number>')
    .description('take a dead letter back into the mailbox, once')
    .action((name: string, number: string, _options: object, command: Command) =>
      within(deps, command, 'change', async ({ space, how }) => {
        await space.agents.at(name).with(how).replay(count(number));
        return 0;
      }),
    );
}
