import { once } from 'node:events';
import type { Response } from 'express';
import { PlatformError, refuse } from '../../contracts/errors';
import { eventsQuery, noQuery } from '../requests/bodies';
import { given, route, type Route } from '../route';

const HEARTBEAT_MS = 15_000;
const SLOW_MS = 10_000;

/** Writes with back-pressure. @returns false when the client does not read for SLOW_MS or has gone */
async function write(response: Response, text: string, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  if (response.write(text)) return true;
  try {
    await once(response, 'drain', { signal: AbortSignal.any([signal, AbortSignal.timeout(SLOW_MS)]) });
    return true;
  } catch {
    return false;
  }
}

function positionOf(header: string | undefined, after: number | undefined): number {
  if (header === undefined) return after ?? 0;
  if (/^[0-9]{1,15}$/.test(header)) return Number(header);
  throw new PlatformError(refuse('invalid-request', 'Last-Event-ID is a position; got something else'));
}

/** The live stream and the state of the reader. */
export const eventRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/v1/spaces/{space}/events',
    id: 'streamEvents',
    status: [200],
    query: eventsQuery,
    summary: 'Server-sent events from a position (Last-Event-ID or after), then live; id is the position',
    handle: async ({ deps, query, reads, request, response, space }) => {
      const after = positionOf(request.get('Last-Event-ID'), query.after);
      const reader = reads();
      const { position } = await reader.state();
      const gone = new AbortController();
      response.on('close', () => gone.abort());
      response.status(200).set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
      response.flushHeaders();
      response.write('retry: 3000\n\n');
      const from = Math.min(after, position);
      if (from < after) response.write(`id: ${String(from)}\nevent: resync\ndata: {"start":${String(from)}}\n\n`);
      const beat = setInterval(() => response.write(': alive\n\n'), deps.heartbeatMs ?? HEARTBEAT_MS);
      try {
        const types = query.types?.split(',').filter((type) => type !== '');
        const feed = reader.feed({ space, after: from, signal: gone.signal, ...given('types', types) });
        for await (const { position: at, event } of feed) {
          const line = `id: ${String(at)}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
          if (!(await write(response, line, gone.signal))) break;
        }
      } catch (error) {
        deps.log.error({ error: String(error), space }, 'event stream ended');
      } finally {
        clearInterval(beat);
        gone.abort();
        response.end();
      }
      return undefined;
    },
  }),
  route({
    method: 'get',
    path: '/v1/readModels',
    id: 'readModels',
    status: [200],
    query: noQuery,
    summary: 'What the reads rest on and how far they are',
    handle: async (context) => ({ status: 200, body: await context.reads().state() }),
  }),
];
