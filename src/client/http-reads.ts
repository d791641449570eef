import type { StoredEvent } from '../contracts/event-store';
import type { CloudEvent } from '../contracts/envelope';
import type { Kind } from '../contracts/ids';
import type { PageRequest, ReadModels } from '../contracts/read-models';
import { asked, createHttp } from './http';

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
  counter: 'counters',
  value: 'values',
};
const RETRY_MS = 500;

/** A word on where the reader is. */
interface Word {
  readonly word: 'resync' | 'caughtUp';
  readonly position: number;
}

/** One block of an event stream: an event, a word that events are gone or all handed out, or nothing (comments, retry). */
function eventOf(block: string): StoredEvent | Word | undefined {
  const fields = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const data = fields.get('data');
  if (data === undefined) return undefined;
  const position = Number(fields.get('id'));
  const type = fields.get('event');
  if (type === 'resync' || type === 'caughtUp') return { word: type, position };
  return { position, event: JSON.parse(data) as CloudEvent };
}

async function* blocks(response: Response): AsyncIterable<string> {
  if (response.body === null) return;
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body) {
    const parts = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
}

/** Waits, or less when the reader leaves. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function* feed(
  url: string,
  { after, signal, onResync, onCaughtUp }: Parameters<ReadModels['feed']>[0],
): AsyncIterable<StoredEvent> {
  const gone = new AbortController();
  signal?.addEventListener('abort', () => gone.abort());
  if (signal?.aborted === true) gone.abort();
  let position = after;
  let wasConnected = false;
  try {
    while (!gone.signal.aborted) {
      try {
        const headers = { 'Last-Event-ID': String(position) };
        const response = await asked(url, { headers, signal: gone.signal });
        wasConnected = true;
        for await (const block of blocks(response)) {
          const stored = eventOf(block);
          if (stored === undefined) continue;
          ({ position } = stored);
          if (!('word' in stored)) yield stored;
          else if (stored.word === 'resync') onResync?.(position);
          else onCaughtUp?.(position);
        }
      } catch (error) {
        // The first connection must succeed; a break later is mended from the last position.
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- set by a listener meanwhile
        if (!wasConnected && !gone.signal.aborted) throw error;
      }
      await pause(RETRY_MS, gone.signal);
    }
  } finally {
    gone.abort();
  }
}

/**
 * The read models over the facade, for processes without the store.
 *
 * @param base where the facade is; `MABEAM_URL`, default http://127.0.0.1:7411
 * @throws PlatformError from each call: the facade's code, or `reads-unavailable` when nobody answers
 */
export function createHttpReads(base?: string): ReadModels {
  const { root, read } = createHttp(base);
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
    state: () => read('/readModels'),
  };
}
