import { PlatformError, refuse } from '../contracts/errors';
import type { Context } from './route';
import { write } from './writing';

const HEARTBEAT_MS = 15_000;

/** One event of a stream: its id is the position from which a client that comes back goes on; without one it begins anew. */
export interface Sent {
  readonly position?: number;
  readonly type: string;
  readonly data: unknown;
}

/** A type of a user's agent may hold anything; a field of the stream is one line. */
function oneLine(text: string): string {
  return text.replace(/[\r\n\u0000]/g, ' ');
}

const textOf = ({ position, type, data }: Sent): string =>
  `id: ${String(position ?? '')}\nevent: ${oneLine(type)}\ndata: ${JSON.stringify(data)}\n\n`;

/** @throws PlatformError `invalid-request` for a header that is not a position */
export function lastEventIdOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^[0-9]{1,15}$/.test(header)) return Number(header);
  throw new PlatformError(refuse('invalid-request', 'Last-Event-ID is a position; got something else'));
}

/**
 * Sends a feed until it or the client ends. At most one event waits beside the socket's own buffer; a client that does
 * not read for a while is let go, and comes back with the last id it had.
 *
 * @param feed answers the events; what it says meanwhile goes out at once
 */
export async function sendEvents(
  { deps, response, space }: Pick<Context, 'deps' | 'response' | 'space'>,
  feed: (signal: AbortSignal, say: (sent: Sent) => void) => AsyncIterable<Sent>,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  response.status(200).set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
  response.flushHeaders();
  response.write('retry: 3000\n\n');
  const say = (sent: Sent): void => {
    response.write(textOf(sent));
  };
  const beat = setInterval(() => response.write(': alive\n\n'), deps.heartbeatMs ?? HEARTBEAT_MS);
  try {
    for await (const sent of feed(gone.signal, say)) {
      if (await write(response, textOf(sent), gone.signal, deps.slowMs)) continue;
      if (!gone.signal.aborted) {
        deps.log.info({ space, position: sent.position }, 'a slow client of the event stream was let go');
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
