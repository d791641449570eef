import type { StoredEvent } from '../contracts/event-store';
import type { CloudEvent } from '../contracts/envelope';
import type { Kind } from '../contracts/ids';
import type { PageRequest, ReadModels } from '../contracts/read-models';
import { createHttp } from './http';
import { eventStream } from './http-events';
import { groupsOf } from './http-groups';

const LISTS: Readonly<Record<Kind, string>> = {
  agent: 'agents',
  variables: 'variableSets',
  ballot: 'ballots',
  study: 'studies',
  supervisor: 'supervisors',
  service: 'services',
  session: 'sessions',
  lock: 'locks',
  semaphore: 'semaphores',
  election: 'elections',
  barrier: 'barriers',
  counter: 'counters',
  value: 'values',
};

async function* feed(
  url: string,
  { after, signal, onResync, onCaughtUp }: Parameters<ReadModels['feed']>[0],
): AsyncIterable<StoredEvent> {
  for await (const { type, id, data } of eventStream(url, { lastId: String(after), ...(signal && { signal }) })) {
    const position = Number(id);
    if (type === 'resync') onResync?.(position);
    else if (type === 'caughtUp') onCaughtUp?.(position);
    else yield { position, event: JSON.parse(data) as CloudEvent };
  }
}

/**
 * The read models over the facade, for processes without the store.
 *
 * @param base where the facade is; `MABEAM_URL`, default http://127.0.0.1:7411
 * @throws PlatformError from each call: the facade's code, or `reads-unavailable` when nobody answers
 */
export function createHttpReads(base?: string): ReadModels {
  const http = createHttp(base);
  const { root, read } = http;
  const part = encodeURIComponent;
  const at = (space: string, path: string): string => `/spaces/${part(space)}/${path}`;
  const page = ({ pageSize, pageToken }: PageRequest) => ({ pageSize, pageToken });
  return {
    list: ({ kind, status, ...more }) => read(at(more.space, LISTS[kind]), { ...page(more), status }),
    proposals: ({ set, after, ...more }) =>
      read(at(more.space, `variableSets/${part(set)}/proposals`), { ...page(more), after }),
    trials: ({ study, ...more }) => read(at(more.space, `studies/${part(study)}/trials`), page(more)),
    why: ({ space, set, variable }) => read(at(space, `variableSets/${part(set)}/variables/${part(variable)}:why`)),
    whyChild: ({ space, supervisor, child }) =>
      read(at(space, `supervisors/${part(supervisor)}/children/${part(child)}:why`)),
    causality: ({ space, a, b }) => read(at(space, 'causality'), { a, b }),
    feed: (request) => {
      const query = request.types === undefined ? '' : `?types=${request.types.map(part).join(',')}`;
      return feed(`${root}${at(request.space, 'events')}${query}`, request);
    },
    ...groupsOf(http),
    state: () => read('/readModels'),
  };
}
