import type {
  Delivery,
  Published,
  PublishedAt,
  TopicInfo,
  TopicItem,
  TopicStore,
} from '../contracts/coordination/topic';
import type { Page } from '../contracts/read-models';
import type { GroupInfo } from '../contracts/subscription';
import { createHttp } from './http';
import { eventStream, type Block } from './http-events';

const part = encodeURIComponent;

function itemOf({ type, id, data }: Block): TopicItem {
  const position = Number(id);
  switch (type) {
    case 'subscribed':
    case 'caughtUp':
    case 'fellBehind':
      return { kind: type, position };
    case 'gap':
      return { kind: 'gap', position, after: (JSON.parse(data) as { readonly after: number }).after };
    default:
      return { kind: 'message', message: JSON.parse(data) as Published };
  }
}

/**
 * Topics over the facade, for processes without the store.
 *
 * @param base where the facade is; `MABEAM_URL`, default http://127.0.0.1:7411
 * @throws PlatformError from each call: the facade's code, or `reads-unavailable` when nobody answers
 */
export function createHttpTopics(base?: string): TopicStore {
  const { root, read, send } = createHttp(base);
  const all = (space: string): string => `/spaces/${part(space)}/topics`;
  return {
    publish: ({ space, topic, id, ...message }) =>
      send<PublishedAt>(`${all(space)}/${part(topic)}:publish`, message, { key: id }),
    topics: ({ space, pageSize, pageToken }) => read<Page<TopicInfo>>(all(space), { pageSize, pageToken }),
    subscribers: async ({ space, topic }) => {
      const path =
        topic === undefined ? `/spaces/${part(space)}/subscribers` : `${all(space)}/${part(topic)}/subscribers`;
      return (await read<{ readonly items: readonly GroupInfo[] }>(path)).items;
    },
    delivery: ({ space, position, waitMs }) =>
      read<Delivery>(`/spaces/${part(space)}/deliveries/${String(position)}`, { waitMs }),
    watch: async function* ({ space, topics, after, last, signal }) {
      const query = new URLSearchParams({ topics: topics.join(',') });
      if (after !== undefined) query.set('after', String(after));
      const from = last === undefined ? {} : { lastId: String(last) };
      const how = { ...from, ...(signal && { signal }) };
      for await (const block of eventStream(`${root}${all(space)}:watch?${query.toString()}`, how)) yield itemOf(block);
    },
  };
}
