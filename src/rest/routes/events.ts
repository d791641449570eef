import type { StoredEvent } from '../../contracts/event-store';
import { lastEventIdOf, sendEvents, type Sent } from '../event-stream';
import { takePlace } from '../places';
import { causalityQuery, eventsQuery, noQuery } from '../requests/bodies';
import { given, route, type Route } from '../route';

const wordOf = (type: 'resync' | 'caughtUp', position: number): Sent => ({
  position,
  type,
  data: type === 'resync' ? { start: position } : { position },
});

async function* sentOf(feed: AsyncIterable<StoredEvent>): AsyncIterable<Sent> {
  for await (const { position, event } of feed) yield { position, type: event.type, data: event };
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
      const after = lastEventIdOf(request.get('Last-Event-ID')) ?? query.after ?? 0;
      const reader = reads();
      const { head } = await reader.state();
      if (response.destroyed) return undefined; // the client left meanwhile: its `close` has been, and would not end the stream
      const types = query.types?.split(',').filter((type) => type !== '');
      const from = Math.min(after, head);
      const giveBack = takePlace(deps, space);
      try {
        await sendEvents({ deps, response, space }, (signal, say) => {
          if (from < after) say(wordOf('resync', from));
          const onResync = (start: number): void => say(wordOf('resync', start));
          const onCaughtUp = (at: number): void => say(wordOf('caughtUp', at));
          return sentOf(reader.feed({ space, after: from, signal, onResync, onCaughtUp, ...given('types', types) }));
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
