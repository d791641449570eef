import type { Cancel } from '../contracts/read-models';
import { asked } from './http';
import { pauseOr } from './waiting';

const RETRY_MS = 500;

/** One block of an event stream that carries something. */
export interface Block {
  readonly type: string;
  readonly id: string;
  readonly data: string;
}

/** Comments, and the word on when to come again, carry nothing. */
function blockOf(text: string): Block | undefined {
  const fields = new Map(
    text.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const data = fields.get('data');
  return data === undefined ? undefined : { type: fields.get('event') ?? '', id: fields.get('id') ?? '', data };
}

async function* blocks(response: Response): AsyncIterable<Block> {
  if (response.body === null) return;
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body) {
    const parts = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const block = blockOf(part);
      if (block !== undefined) yield block;
    }
  }
}

/**
 * Server-sent events, over breaks of the connection: each new one names the last id that came (`Last-Event-ID`). The first
 * connection must succeed. Ends when the signal aborts or the reader leaves.
 *
 * @param lastId of an earlier stream; without it the server begins where it likes
 * @throws PlatformError from the first connection
 */
export async function* eventStream(
  url: string,
  { lastId, signal }: { readonly lastId?: string; readonly signal?: Cancel },
): AsyncGenerator<Block, void, void> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  signal?.addEventListener('abort', leave);
  if (signal?.aborted === true) gone.abort();
  let last = lastId;
  let wasConnected = false;
  try {
    while (!gone.signal.aborted) {
      try {
        const headers: Record<string, string> = last === undefined ? {} : { 'Last-Event-ID': last };
        const response = await asked(url, { headers, signal: gone.signal });
        wasConnected = true;
        for await (const block of blocks(response)) {
          last = block.id === '' ? undefined : block.id;
          yield block;
        }
      } catch (error) {
        // The first connection must succeed; a break later is mended from the last id.
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- set by a listener meanwhile
        if (!wasConnected && !gone.signal.aborted) throw error;
      }
      await pauseOr(RETRY_MS, gone.signal);
    }
  } finally {
    signal?.removeEventListener('abort', leave);
    gone.abort();
  }
}
