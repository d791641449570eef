import { pageAtLeast } from '../../client/reader';
import { isRefusal, PlatformError, refuse } from '../../contracts/errors';
import type { GroupNews, MemberFilter, Metadata } from '../../contracts/groups';
import { parseLabel } from '../../contracts/ids';
import { lastEventIdOf, sendEvents, type Sent } from '../event-stream';
import type { Answer } from '../idempotency';
import { takePlace } from '../places';
import { groupsQuery, joinGroup, leaveGroup, membersQuery, metadata, watchQuery } from '../requests/bodies';
import { parse } from '../requests/schema';
import { given, param, route, type Context, type Route } from '../route';
import { pageAnswer } from './lists';

const PATH = '/v1/spaces/{space}/groups';
const ONE = `${PATH}/{groupName}`;
/** In place of a name: all groups. */
const ALL = '-';

/** The group that is asked for; none for all of them. @throws PlatformError `invalid-id` */
function groupOf(context: Pick<Context, 'params'>): { readonly group?: string } {
  const text = param(context, 'groupName');
  if (text === ALL) return {};
  const group = parseLabel('a group', text);
  if (isRefusal(group)) throw new PlatformError(group);
  return { group };
}

/** @throws PlatformError `invalid-request` */
function metadataOf(text: string | undefined): Metadata | undefined {
  if (text === undefined) return undefined;
  try {
    return parse(metadata, JSON.parse(text), 'query');
  } catch {
    throw new PlatformError(refuse('invalid-request', 'where is a JSON object of texts, numbers, true and false'));
  }
}

interface Paged {
  pageSize?: number;
  pageToken?: string;
  atLeast?: number;
  withinMs?: number;
}

/** A page that reflects the position that is asked for. It is waited for as long as the client stays. */
function pageOf<T>(
  context: Context<undefined, Paged>,
  filter: string,
  read: Parameters<typeof pageAnswer<T>>[2],
): Promise<Answer> {
  const { atLeast, withinMs } = context.query;
  const gone = new AbortController();
  context.response.on('close', () => gone.abort());
  return pageAnswer(context, filter, (page) =>
    pageAtLeast(() => read(page), { atLeast, withinMs, signal: gone.signal }),
  );
}

/** After `compacted` there is nothing to go on from until the set has come: it takes the last id back. */
async function* sentOf(watch: AsyncIterable<GroupNews>): AsyncIterable<Sent> {
  for await (const news of watch) {
    yield { type: news.kind, data: news, ...(news.kind === 'compacted' ? {} : { position: news.position }) };
  }
}

/** Groups of agents: who belongs to which, and every change. */
export const groupRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: `${ONE}:join`,
    id: 'joinGroup',
    answers: { 200: 'Joined' },
    refuses: ['agent-not-found', 'invalid-message', 'limit-reached', 'mailbox-full', 'store-behind'],
    from: 'temporal',
    body: joinGroup,
    summary: 'An agent joins a group, or changes its tags and metadata there',
    handle: async (context) => {
      const { agent, ...marks } = context.body;
      const { groups } = await context.door();
      return { status: 200, body: await groups.join(param(context, 'groupName'), agent, marks, context.how) };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:leave`,
    id: 'leaveGroup',
    answers: { 200: 'Left' },
    refuses: ['agent-not-found', 'mailbox-full', 'store-behind'],
    from: 'temporal',
    body: leaveGroup,
    summary: 'An agent leaves a group',
    handle: async (context) => {
      const { groups } = await context.door();
      return { status: 200, body: await groups.leave(param(context, 'groupName'), context.body.agent, context.how) };
    },
  }),
  route({
    method: 'get',
    path: `${ONE}/members`,
    id: 'listMembers',
    answers: { 200: 'Members' },
    refuses: ['timeout'],
    from: 'reads',
    query: membersQuery,
    summary: 'Members of a group, of all groups with "-" for its name; with atLeast, as of that position or later',
    handle: (context) => {
      const { agent, where } = context.query;
      const tags = context.query.tags?.split(',').filter((tag) => tag !== '');
      const filter: MemberFilter = {
        ...groupOf(context),
        ...given('agent', agent),
        ...given('tags', tags),
        ...given('where', metadataOf(where)),
      };
      return pageOf(context, JSON.stringify(filter), (page) => context.reads().members({ ...page, ...filter }));
    },
  }),
  route({
    method: 'get',
    path: `${ONE}/watch`,
    id: 'watchGroup',
    answers: { 200: 'GroupNews' },
    refuses: ['limit-reached'],
    from: 'reads',
    query: watchQuery,
    summary:
      'Server-sent events: the members of a group (set), then every change (changed); progress: all up to it was sent; compacted: what lay between is gone, a set follows. Last-Event-ID or after: goes on from there, without the set',
    handle: async (context) => {
      const { deps, query, request, response, space } = context;
      const after = lastEventIdOf(request.get('Last-Event-ID')) ?? query.after;
      const watched = {
        ...groupOf(context),
        ...given('after', after),
        ...given('progressMs', query.progressMs),
        space,
      };
      const reader = context.reads();
      await reader.state();
      if (response.destroyed) return undefined; // as in the stream of events
      const giveBack = takePlace(deps, space);
      try {
        await sendEvents({ deps, response, space }, (signal) => sentOf(reader.watchGroups({ ...watched, signal })));
      } finally {
        giveBack();
      }
      return undefined;
    },
  }),
  route({
    method: 'get',
    path: PATH,
    id: 'listGroups',
    answers: { 200: 'Groups' },
    refuses: ['timeout'],
    from: 'reads',
    query: groupsQuery,
    summary: 'The groups that have members; with atLeast, as of that position or later',
    handle: (context) => pageOf(context, '', (page) => context.reads().groups(page)),
  }),
];
