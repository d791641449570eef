import type { Command } from 'commander';
import type { GroupChange, GroupNews, Member, Metadata } from '../../contracts/groups';
import { assignments, position, within, type CliDeps } from '../command';
import { printOne, printPage, streamed } from '../output';

const LISTED = 500;

interface MarkFlags {
  readonly tag?: readonly string[];
  readonly meta?: Metadata;
}
interface ShowFlags {
  readonly agent?: string;
  readonly tag?: readonly string[];
  readonly where?: Metadata;
  readonly atLeast?: number;
}

const dataOf = ({ tags, metadata }: Member): string =>
  [tags.join(','), ...Object.entries(metadata).map(([key, value]) => `${key}=${String(value)}`)]
    .filter((each) => each !== '')
    .join(' ');

function changeText(change: GroupChange): string {
  const { kind, member } = change;
  const more = kind === 'left' ? change.why : dataOf(member);
  return `${kind}\t${member.group}\t${member.agent}${more === '' ? '' : `\t${more}`}`;
}

/** The lines of one word of a watch, each with its position. */
function newsText(news: GroupNews): string {
  const at = String(news.position);
  switch (news.kind) {
    case 'set':
      return [
        `${at}\tset\t${String(news.members.length)}\n`,
        ...news.members.map(
          (member) => `${at}\tmember\t${member.group}\t${member.agent}\t${dataOf(member)}`.trimEnd() + '\n',
        ),
      ].join('');
    case 'changed':
      return news.changes.map((change) => `${at}\t${changeText(change)}\n`).join('');
    default:
      return `${at}\t${news.kind}\n`;
  }
}

function addChanges(group: Command, deps: CliDeps): void {
  group
    .command('join <group> <agent>')
    .description('an agent joins a group, or changes its tags and metadata there; until it ends or leaves')
    .option('--tag <tags...>', 'names to find it by')
    .option('--meta <name=value>', 'a value to find it by; may be given several times', assignments)
    .action((name: string, agent: string, { tag, meta }: MarkFlags, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const marks = {
          ...(tag === undefined ? {} : { tags: tag }),
          ...(meta === undefined ? {} : { metadata: meta }),
        };
        const joined = await space.groups.join(name, agent, marks, how);
        printOne(deps, options.output, { agent, ...joined }, () => `${agent}\t${joined.kind}\t${name}\n`);
        return 0;
      }),
    );
  group
    .command('leave <group> <agent>')
    .description('an agent leaves a group')
    .action((name: string, agent: string, _options: object, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const left = await space.groups.leave(name, agent, how);
        printOne(deps, options.output, { agent, ...left }, () => `${agent}\t${left.kind}\t${name}\n`);
        return 0;
      }),
    );
}

/** `mabeam group list|show|watch|join|leave`. */
export function addGroupCommands(program: Command, deps: CliDeps): void {
  const group = program.command('group').description('groups of agents: who belongs to which, and every change');
  addChanges(group, deps);
  group
    .command('list')
    .description('the groups that have members, from the read model')
    .option('--at-least <position>', 'wait until the answer reflects this position', position)
    .action(({ atLeast }: ShowFlags, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const page = await space.groups.list({ pageSize: LISTED, atLeast });
        printPage(deps, options.output, page, ['name', 'members', 'position']);
        return 0;
      }),
    );
  group
    .command('show [group]')
    .description('the members of a group, or of all, from the read model')
    .option('--agent <name>', 'only this agent')
    .option('--tag <tags...>', 'only those that have all of these')
    .option('--where <name=value>', 'only those whose metadata say so; may be given several times', assignments)
    .option('--at-least <position>', 'wait until the answer reflects this position', position)
    .action((name: string | undefined, { agent, tag, where, atLeast }: ShowFlags, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const page = await space.groups.members({
          pageSize: LISTED,
          atLeast,
          ...(name === undefined ? {} : { group: name }),
          ...(agent === undefined ? {} : { agent }),
          ...(tag === undefined ? {} : { tags: tag }),
          ...(where === undefined ? {} : { where }),
        });
        const columns = ['group', 'agent', 'tags', 'metadata', 'since'];
        printPage(deps, options.output, page, name === undefined ? columns : columns.slice(1));
        return 0;
      }),
    );
  group
    .command('watch [group]')
    .description('the members of a group, or of all, then every change, one line each; begins with its position')
    .option('--after <position>', 'go on from this position, without the set', position)
    .action((name: string | undefined, { after }: { readonly after?: number }, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const what = { ...(name === undefined ? {} : { group: name }), ...(after === undefined ? {} : { after }) };
        const format = streamed(options.output);
        for await (const news of space.groups.watch(what)) printOne(deps, format, news, () => newsText(news));
        return 0;
      }),
    );
}
