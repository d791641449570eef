import { sql, type SqlBool } from 'kysely';
import { MAX_WATCHED, type GroupChange, type GroupRow, type Member, type MemberFilter } from '../../contracts/groups';
import type { Page, PageRequest } from '../../contracts/read-models';
import { foldLife, type AgentLife } from '../../domain/groups';
import type { Work } from '../database';
import type { MembersTable } from '../tables';
import { chunks, type Happened } from './fold';
import { pageSizeOf } from './page';

/** Event types without which nothing changes in any group. */
const TELLING: ReadonlySet<string> = new Set(['agent.joined', 'agent.left', 'entity.ended', 'entity.lost']);
const WORDS: ReadonlySet<string> = new Set(['agent.joined', 'agent.left']);

const keyOf = ({ space, name }: Pick<Happened, 'space' | 'name'>): string => `${space}:${name}`;
const tagText = (tags: readonly string[]): string => `,${tags.map((tag) => `${tag},`).join('')}`;

type Stored = Omit<MembersTable, 'edition' | 'space' | 'metadata'> & { readonly metadata: Member['metadata'] };
const COLUMNS = ['group_name', 'agent', 'generation', 'position', 'since', 'tags', 'metadata'] as const;

function memberOf({ group_name, tags, ...row }: Stored): Member {
  return { group: group_name, ...row, tags: tags.split(',').filter((tag) => tag !== '') };
}

interface Known {
  readonly space: string;
  readonly name: string;
  life: AgentLife | undefined;
}

/** What was known of agents before this page: their lives from the lists, and their memberships. */
async function knownOf(work: Work, edition: number, events: readonly Happened[]): Promise<Map<string, Known>> {
  const known = new Map<string, Known>();
  for (const event of events) known.set(keyOf(event), { space: event.space, name: event.name, life: undefined });
  const agents = [...known.values()];
  const hasWord = new Set(events.filter(({ type }) => WORDS.has(type)).map(keyOf));
  for (const part of chunks(agents)) {
    const names = part.map(({ name }) => name);
    const spaces = [...new Set(part.map(({ space }) => space))];
    const members = await work
      .selectFrom('rm_members')
      .select(['space', ...COLUMNS])
      .where('edition', '=', edition)
      .where('space', 'in', spaces)
      .where('agent', 'in', names)
      .execute();
    const belonging = new Map<string, Record<string, Member>>();
    for (const { space, ...row } of members) {
      const key = keyOf({ space, name: row.agent });
      belonging.set(key, { ...belonging.get(key), [row.group_name]: memberOf(row) });
    }
    const keys = part.map(keyOf).filter((key) => hasWord.has(key) || belonging.has(key));
    for (const key of part.map(keyOf)) if (!keys.includes(key)) known.delete(key);
    if (keys.length === 0) continue;
    const lives = await work
      .selectFrom('rm_rows')
      .select(['space', 'name', 'generation', 'has_ended'])
      .where('edition', '=', edition)
      .where(
        'key',
        'in',
        keys.map((key) => key.replace(':', ':agent:')),
      )
      .execute();
    for (const { space, name, generation, has_ended: hasEnded } of lives) {
      const each = known.get(keyOf({ space, name }));
      const members = belonging.get(keyOf({ space, name })) ?? {};
      if (each !== undefined) each.life = { generation, hasEnded, members };
    }
  }
  return known;
}

type Changed = Pick<Happened, 'space' | 'position'> & { readonly changes: readonly GroupChange[] };

function fold(known: Map<string, Known>, events: readonly Happened[]): readonly Changed[] {
  return events.flatMap((event) => {
    const each = known.get(keyOf(event));
    if (each === undefined) return [];
    const { life, changes } = foldLife(each.life, event);
    each.life = life;
    return changes.length === 0 ? [] : [{ space: event.space, position: event.position, changes }];
  });
}

async function keep(work: Work, edition: number, changed: readonly Changed[]): Promise<void> {
  const rows = changed.flatMap(({ space, position, changes }) => {
    const groups = [...new Set(changes.map(({ member }) => member.group))];
    return groups.map((group) => {
      const own = changes.filter(({ member }) => member.group === group);
      return { edition, space, position, group_name: group, changes: JSON.stringify(own) };
    });
  });
  for (const part of chunks(rows)) await work.insertInto('rm_member_changes').values(part).execute();
}

/** The memberships of these agents as they are now, in place of what they were. */
async function replace(
  work: Work,
  edition: number,
  changed: readonly Changed[],
  known: Map<string, Known>,
): Promise<void> {
  const keys = new Set(
    changed.flatMap(({ space, changes }) => changes.map(({ member }) => keyOf({ space, name: member.agent }))),
  );
  const agents = [...keys].flatMap((key) => known.get(key) ?? []);
  for (const { space, name } of agents) {
    await work
      .deleteFrom('rm_members')
      .where('edition', '=', edition)
      .where('space', '=', space)
      .where('agent', '=', name)
      .execute();
  }
  const rows = agents.flatMap(({ space, life }) =>
    Object.values(life?.members ?? {}).map(({ group, agent, generation, position, since, tags, metadata }) => ({
      ...{ edition, space, group_name: group, agent, generation, position, since },
      ...{ tags: tagText(tags), metadata: JSON.stringify(metadata) },
    })),
  );
  for (const part of chunks(rows)) await work.insertInto('rm_members').values(part).execute();
}

/**
 * Projects onto the groups. Runs before the lists, which say what life an agent had before this page.
 * @returns whether any group changed
 */
export async function projectGroups(work: Work, edition: number, events: readonly Happened[]): Promise<boolean> {
  const ofAgents = events.filter(({ kind }) => kind === 'agent');
  const told = new Set(ofAgents.filter(({ type }) => TELLING.has(type)).map(keyOf));
  // An agent that only began, or spoke of other things, matters when it belongs to a group as an older life.
  const isNew = new Set(ofAgents.filter(({ type }) => type === 'entity.started').map(keyOf));
  const relevant = ofAgents.filter((event) => told.has(keyOf(event)) || isNew.has(keyOf(event)));
  if (relevant.length === 0) return false;
  const known = await knownOf(work, edition, relevant);
  const changed = fold(known, relevant);
  if (changed.length === 0) return false;
  await keep(work, edition, changed);
  await replace(work, edition, changed, known);
  return true;
}

interface At {
  readonly edition: number;
  readonly position: number;
}

/** Where a page of members goes on; a name has no slash. */
function placeOf(token: string): readonly [string, string] {
  const [group = '', agent = ''] = token.split('/');
  return [group, agent];
}

/** Members that a filter asks for, by group and agent; the token is the last one. */
export async function listMembers(work: Work, at: At, request: PageRequest & MemberFilter): Promise<Page<Member>> {
  const size = pageSizeOf(request);
  const { space, group, agent, tags = [], where = {}, pageToken } = request;
  let query = work
    .selectFrom('rm_members')
    .select(COLUMNS)
    .where('edition', '=', at.edition)
    .where('space', '=', space);
  if (group !== undefined) query = query.where('group_name', '=', group);
  if (agent !== undefined) query = query.where('agent', '=', agent);
  for (const tag of tags) query = query.where(sql<SqlBool>`strpos(tags, ${`,${tag},`}) > 0`);
  for (const [key, value] of Object.entries(where)) {
    query = query.where(sql<SqlBool>`metadata ->> ${key}::text = ${String(value)}::text`);
  }
  if (pageToken !== undefined) {
    const [afterGroup, afterAgent] = placeOf(pageToken);
    query = query.where(sql<SqlBool>`(group_name, agent) > (${afterGroup}::text, ${afterAgent}::text)`);
  }
  const rows = await query
    .orderBy('group_name')
    .orderBy('agent')
    .limit(size + 1)
    .execute();
  const items = rows.slice(0, size).map(memberOf);
  const last = rows.length > size ? items.at(-1) : undefined;
  const next = last === undefined ? {} : { nextPageToken: `${last.group}/${last.agent}` };
  return { items, position: at.position, ...next };
}

/** The members that a watch begins with, and one too many when there are more than it may have. */
export async function membersOf(
  work: Work,
  edition: number,
  { space, group }: { readonly space: string; readonly group?: string },
): Promise<readonly Member[]> {
  let query = work.selectFrom('rm_members').select(COLUMNS).where('edition', '=', edition).where('space', '=', space);
  if (group !== undefined) query = query.where('group_name', '=', group);
  const rows = await query
    .orderBy('group_name')
    .orderBy('agent')
    .limit(MAX_WATCHED + 1)
    .execute();
  return rows.map(memberOf);
}

/** The groups of a space that have members, by name. */
export async function listGroups(work: Work, at: At, request: PageRequest): Promise<Page<GroupRow>> {
  const size = pageSizeOf(request);
  const { space, pageToken = '' } = request;
  const rows = await work
    .selectFrom('rm_members')
    .select((of) => [
      'group_name',
      of.fn.countAll<number>().as('members'),
      of.fn.max<number>('position').as('position'),
    ])
    .where('edition', '=', at.edition)
    .where('space', '=', space)
    .where('group_name', '>', pageToken)
    .groupBy('group_name')
    .orderBy('group_name')
    .limit(size + 1)
    .execute();
  const items = rows
    .slice(0, size)
    .map(({ group_name: name, members, position }) => ({ name, members: Number(members), position: Number(position) }));
  const last = rows.length > size ? items.at(-1) : undefined;
  return { items, position: at.position, ...(last === undefined ? {} : { nextPageToken: last.name }) };
}
