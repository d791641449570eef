import { readFileSync } from 'node:fs';
import { InvalidArgumentError, type Command } from 'commander';
import type { StartedChild, SupervisorHandle } from '../../client/supervisors';
import type { SupervisorSpec } from '../../contracts/supervisor';
import { count, jsonOf, within, type CliDeps } from '../command';
import { printOne, printPage } from '../output';
import { childWhyText, supervisorText } from '../supervision-text';

const LISTED = 500;

/** JSON as typed, or the file that has it. What it may hold is said by the rule. */
function json(text: string): unknown {
  try {
    return JSON.parse(/^\s*[[{]/.test(text) ? text : readFileSync(text, 'utf8')) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidArgumentError(`expected JSON, or a file that has it; ${reason}`);
  }
}

const startedText = ({ id, generation }: StartedChild): string =>
  generation === undefined ? `${id} was not started: its start said ignore\n` : `${id} ${String(generation)}\n`;

interface StartFlags {
  readonly definition?: string;
  readonly spec?: unknown;
  readonly sweepMs?: number;
}

function addStart(supervisor: Command, deps: CliDeps): void {
  supervisor
    .command('start <name>')
    .description('start a supervisor and its children, in order')
    .option('--definition <definition>', 'of a definition file (default: the one of that name)')
    .option('--spec <json>', 'flags and children, or the file that has them', json)
    .option('--sweep-ms <ms>', 'how often to look for children that died without a word (default 5000)', count)
    .action((name: string, { definition, spec, sweepMs }: StartFlags, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const what = spec === undefined ? (definition ?? name) : (spec as SupervisorSpec);
        const more = { requestId: how.requestId, ...(sweepMs === undefined ? {} : { sweepMs }) };
        const view = await (await space.supervisors.start(name, what, more)).view();
        printOne(deps, options.output, { name, ...view }, () => supervisorText(name, view, deps.now()));
        return 0;
      }),
    );
}

function addLooks(supervisor: Command, deps: CliDeps): void {
  supervisor
    .command('show <name>')
    .description('strategy, restarts, children, the last decisions')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const view = await space.supervisors.at(name).view();
        printOne(deps, options.output, { name, ...view }, () => supervisorText(name, view, deps.now()));
        return 0;
      }),
    );
  supervisor
    .command('list')
    .description('the supervisors of the space, from the read model')
    .option('--status <status>', 'only of this status')
    .action(({ status }: { status?: string }, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const page = await space.supervisors.list({ pageSize: LISTED, ...(status === undefined ? {} : { status }) });
        printPage(deps, options.output, page, ['name', 'status', 'owner', 'summary', 'updatedAt']);
        return 0;
      }),
    );
  supervisor
    .command('why <supervisor> <child>')
    .description('the last decisions on a child: its failures, what was decided, and why')
    .action((name: string, child: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const why = await space.supervisors.at(name).why(child);
        printOne(deps, options.output, why, () => childWhyText(why));
        return 0;
      }),
    );
}

/** A command about one child: what it asks, and what it says when that is done. */
type OfChild = (of: {
  readonly supervisor: SupervisorHandle;
  readonly child: string;
  readonly how: { readonly requestId: string };
}) => Promise<{ readonly done: object; readonly text: string }>;

const starting = (started: StartedChild) => ({ done: started, text: startedText(started) });

const OF_CHILD: Readonly<Record<string, readonly [description: string, act: OfChild]>> = {
  'restart-child': [
    'start a child that does not run',
    async ({ supervisor, child, how }) => starting(await supervisor.restartChild(child, how)),
  ],
  'terminate-child': [
    'stop a child and keep its specification',
    async ({ supervisor, child, how }) => {
      await supervisor.terminateChild(child, how);
      return { done: { stopped: true }, text: '' };
    },
  ],
  'delete-child': [
    'forget the specification of a child that does not run',
    async ({ supervisor, child, how }) => {
      await supervisor.deleteChild(child, how);
      return { done: { deleted: true }, text: '' };
    },
  ],
  release: [
    'let a child out of quarantine and start it',
    async ({ supervisor, child, how }) => starting(await supervisor.releaseChild(child, how)),
  ],
};

function addChildren(supervisor: Command, deps: CliDeps): void {
  supervisor
    .command('start-child <supervisor>')
    .description('add a child and start it')
    .option('--spec <json>', 'id and start at least, or the file that has them', json)
    .option('--id <id>', 'of one more child of simple_one_for_one')
    .option('--args <json>', 'what it is started with')
    .action((name: string, flags: { spec?: unknown; id?: string; args?: string }, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const { spec, id, args } = flags;
        const more = { ...(id === undefined ? {} : { id }), ...(args === undefined ? {} : { args: jsonOf(args) }) };
        const child = spec === undefined ? more : { start: undefined, ...(spec as object), ...more };
        const started = await space.supervisors.at(name).startChild(child, how);
        printOne(deps, options.output, started, () => startedText(started));
        return 0;
      }),
    );
  for (const [name, [description, act]] of Object.entries(OF_CHILD)) {
    supervisor
      .command(`${name} <supervisor> <child>`)
      .description(description)
      .action((of: string, child: string, _options: object, command: Command) =>
        within(deps, command, 'change', async ({ space, options, how }) => {
          const { done, text } = await act({ supervisor: space.supervisors.at(of), child, how });
          printOne(deps, options.output, done, () => text);
          return 0;
        }),
      );
  }
}

/** `mabeam supervisor start|show|list|why|stop|change|start-child|restart-child|terminate-child|delete-child|release`. */
export function addSupervisorCommands(program: Command, deps: CliDeps): void {
  const supervisor = program.command('supervisor').description('supervisors: start, show, stop, their children, why');
  addStart(supervisor, deps);
  addLooks(supervisor, deps);
  addChildren(supervisor, deps);
  supervisor
    .command('change <name>')
    .argument('<spec>', 'flags and children as JSON, or the file that has them', json)
    .description('new flags and specifications; what runs, runs on')
    .action((name: string, spec: unknown, _options: object, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        await space.supervisors.at(name).change(spec as SupervisorSpec, how);
        printOne(deps, options.output, { changed: true }, () => '');
        return 0;
      }),
    );
  supervisor
    .command('stop <name>')
    .description('stop the children in reverse, then the supervisor')
    .option('--reason <text>', 'why')
    .action((name: string, { reason }: { reason?: string }, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        await space.supervisors.at(name).stop(reason, how);
        printOne(deps, options.output, { stopped: true }, () => '');
        return 0;
      }),
    );
}
