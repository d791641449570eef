import { isRefusal, PlatformError, refuse } from '../contracts/errors';
import type { Cancel } from '../contracts/read-models';

const READ_MS = 30_000;

type Query = Readonly<Record<string, string | number | undefined>>;

/** What ends a command early, and when it is given up. */
interface SendOptions {
  readonly signal?: Cancel;
  readonly ms?: number;
  /** By which a repetition is known; default: a new one. */
  readonly key?: string;
}

/** A facade as the client asks it. */
export interface Http {
  /** Where its resources begin: `http://127.0.0.1:7411/v1`. */
  readonly root: string;
  /** @throws PlatformError */
  read<T>(path: string, query?: Query): Promise<T>;
  /** Sends a command under a key of its own. @throws PlatformError */
  send<T>(path: string, body: object, how?: SendOptions): Promise<T>;
  /** @throws PlatformError */
  remove(path: string): Promise<void>;
}

function unavailable(url: string, cause: unknown): PlatformError {
  const text = `no facade answers at ${url}; start one with: npx mabeam dev, or set MABEAM_URL`;
  return new PlatformError(refuse('reads-unavailable', text, { retryAfterMs: 1_000 }), cause);
}

async function failureOf(response: Response): Promise<PlatformError> {
  const body: unknown = await response.json().catch(() => undefined);
  if (typeof body === 'object' && body !== null && 'code' in body && 'detail' in body) {
    const refusal = { code: body.code, message: String(body.detail) };
    if (isRefusal(refusal)) return new PlatformError(refusal);
  }
  return new PlatformError(refuse('reads-unavailable', `the facade answered ${String(response.status)}`));
}

/** What a facade answers. @throws PlatformError with its code, or `reads-unavailable` when nobody answers */
export async function asked(url: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    throw unavailable(url, error);
  }
  if (!response.ok) throw await failureOf(response);
  return response;
}

/** @param base where the facade is; `MABEAM_URL`, default http://127.0.0.1:7411 */
export function createHttp(base = process.env['MABEAM_URL'] ?? 'http://127.0.0.1:7411'): Http {
  const root = `${base.replace(/\/+$/, '')}/v1`;
  return {
    root,
    read: async <T>(path: string, query: Query = {}) => {
      const given = Object.entries(query).flatMap(([key, value]) =>
        value === undefined ? [] : [[key, String(value)] as [string, string]],
      );
      const text = new URLSearchParams(given).toString();
      const url = `${root}${path}${text === '' ? '' : `?${text}`}`;
      return (await (await asked(url, { signal: AbortSignal.timeout(READ_MS) })).json()) as T;
    },
    send: async <T>(
      path: string,
      body: object,
      { signal, ms = READ_MS, key = crypto.randomUUID() }: SendOptions = {},
    ) => {
      const gone = new AbortController();
      const end = (): void => gone.abort();
      const timer = setTimeout(end, ms);
      signal?.addEventListener('abort', end);
      if (signal?.aborted === true) end();
      try {
        const response = await asked(`${root}${path}`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
          body: JSON.stringify(body),
          signal: gone.signal,
        });
        return (await response.json()) as T;
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
      }
    },
    remove: async (path) => {
      await asked(`${root}${path}`, { method: 'DELETE', signal: AbortSignal.timeout(READ_MS) });
    },
  };
}
