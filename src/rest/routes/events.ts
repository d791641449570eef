import { PlatformError, refuse } from '../../contracts/errors';
import type { StoredEvent } from '../../contracts/event-store';
import { takePlace } from '../places';
import { write } from '../writing';
import { causalityQuery, eventsQuery, noQuery } from '../requests/bodies';
import { given, route, type Context, type Route } from '../route';

const HEARTBEAT_MS = 15_000;
/** A type of a user's agent may hold anything; a field of the stream is one line. */
function oneLine(text: string): string {
  return text.replace(/[\r\n\u0000]/g, ' ');
}

function positionOf(header: string | undefined, after: number | undefined): number {
  if (header === undefined) return after ?? 0;
  if (/^[0-9]{1,15}$/.test(header)) return Number(header);
  throw new PlatformError(refuse('invalid-request', 'Last-Event-ID is a position; got something else'));
}

/**
 * Sends a feed until it or the client ends. At most one event waits beside the socket's own buffer; a client that does
 * not read for a while is let go, and comes back with the last id it had.
 */
async function stream(
  { deps, response, space }: Pick<Context, 'deps' | 'response' | 'space'>,
  feed: (
    signal: AbortSignal,
    say: (word: 'resync' | 'caughtUp', position: number) => void,
  ) => AsyncIterable<StoredEvent>,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  response.status(200).set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
  response.flushHeaders();
  response.write('retry: 3000\n\n');
  const say = (word: 'resync' | 'caughtUp', at: number): void => {
    const data = JSON.stringify(word === 'resync' ? { start: at } : { position: at });
    response.write(`id: ${String(at)}\nevent: ${word}\ndata: ${data}\n\n`);
  };
  const beat = setInterval(() => response.write(': alive\n\n'), deps.heartbeatMs ?? HEARTBEAT_MS);
  try {
    for await (const { position, event } of feed(gone.signal, say)) {
      const line = `id: ${String(position)}\nevent: ${oneLine(event.type)}\ndata: ${JSON.stringify(event)}\n\n`;
      if (await write(response, line, gone.signal, deps.slowMs)) continue;
      if (!gone.signal.aborted) {
        deps.log.info({ space, position }, 'a slow client of the event stream was let go');
        response.destroy();
      }
      break;
    }
  } catch (error) {
    deps.log.error({ error: String(error), space }, 'event stream ended');
  } finally {
    clearInterval(beat);
    gone.abort();
    response.end();
  }
}

/** The live stream and the state of the reader. */
export const eventRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/v1/spaces/{space}/events',
    id: 'streamEvents',
    answers: { 200: 'StoredEvent' },
    refuses: ['limit-reached'],
    from: 'reads',
    query: eventsQuery,
    summary:
      'Server-sent events from a position (Last-Event-ID or after), then live; id is the position. caughtUp: all up to it was sent; resync: what was before it is gone',
    handle: async ({ deps, query, reads, request, response, space }) => {
      const after = positionOf(request.get('Last-Event-ID'), query.after);
      const reader = reads();
      const { head } = await reader.state();
      if (response.destroyed) return undefined; // the client left meanwhile: its `close` has been, and would not end the stream
      const types = query.types?.split(',').filter((type) => type !== '');
      const from = Math.min(after, head);
      const giveBack = takePlace(deps, space);
      try {
        await stream({ deps, response, space }, (signal, say) => {
          if (from < after) say('resync', from);
          const onResync = (start: number): void => say('resync', start);
          const onCaughtUp = (at: number): void => say('caughtUp', at);
          return reader.feed({ space, after: from, signal, onResync, onCaughtUp, ...given('types', types) });
        });
      } finally {
        giveBack();
      }
      return undefined;
    },
  }),
  route({
    method: 'get',
    path: '/v1/spaces/{space}/causality',
    id: 'causality',
    answers: { 200: 'Causality' },
    refuses: ['invalid-id', 'event-not-found'],
    from: 'reads',
    query: causalityQuery,
    summary: 'Whether event a happened before event b, and the path that shows it',
    handle: async ({ query, reads, space }) => ({ status: 200, body: await reads().causality({ space, ...query }) }),
  }),
  route({
    method: 'get',
    path: '/v1/readModels',
    id: 'readModels',
    answers: { 200: 'ReadModels' },
    refuses: [],
    from: 'reads',
    query: noQuery,
    summary: 'What the reads rest on and how far they are',
    handle: async (context) => ({ status: 200, body: await context.reads().state() }),
  }),
];
