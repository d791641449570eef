import type { GroupNews } from '../contracts/groups';
import type { ReadModels } from '../contracts/read-models';
import type { Http } from './http';
import { eventStream } from './http-events';

/** In place of a name: all groups. */
const ALL = '-';
const part = encodeURIComponent;
const at = (space: string, path: string): string => `/spaces/${part(space)}/groups${path}`;

async function* watch(
  root: string,
  { space, group = ALL, after, progressMs, signal }: Parameters<ReadModels['watchGroups']>[0],
): AsyncIterable<GroupNews> {
  const query = progressMs === undefined ? '' : `?progressMs=${String(progressMs)}`;
  const from = after === undefined ? {} : { lastId: String(after) };
  const how = { ...from, ...(signal && { signal }) };
  const url = `${root}${at(space, `/${part(group)}/watch${query}`)}`;
  for await (const { data } of eventStream(url, how)) yield JSON.parse(data) as GroupNews;
}

/** The groups over the facade. @throws PlatformError from each call: the facade's code, or `reads-unavailable` */
export function groupsOf({ root, read }: Http): Pick<ReadModels, 'groups' | 'members' | 'watchGroups'> {
  return {
    groups: ({ space, pageSize, pageToken }) => read(at(space, ''), { pageSize, pageToken }),
    members: ({ space, group = ALL, agent, tags = [], where = {}, pageSize, pageToken }) => {
      const named = tags.length === 0 ? {} : { tags: tags.join(',') };
      const filter = Object.keys(where).length === 0 ? {} : { where: JSON.stringify(where) };
      return read(at(space, `/${part(group)}/members`), { ...named, ...filter, agent, pageSize, pageToken });
    },
    watchGroups: (request) => watch(root, request),
  };
}
