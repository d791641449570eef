import type { AddressInfo } from 'node:net';
import { createApp } from '../../../src/rest/app';
import { listen } from '../../../src/rest/listen';
import type { AppDeps } from '../../../src/rest/route';

/** What came back. */
export interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** Requests to one facade, with a new Idempotency-Key for each POST unless the headers bring one. */
export interface Http {
  readonly base: string;
  get(path: string, headers?: Record<string, string>): Promise<Got>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Got>;
  /** Without a key unless the headers bring one. */
  remove(path: string, headers?: Record<string, string>): Promise<Got>;
}

async function got(response: Response): Promise<Got> {
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
  };
}

/** @param base address of a facade */
export function httpTo(base: string): Http {
  return {
    base,
    get: async (path, headers = {}) => got(await fetch(`${base}${path}`, { headers })),
    post: async (path, body, headers = {}) =>
      got(
        await fetch(`${base}${path}`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID(), ...headers },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
      ),
    remove: async (path, headers = {}) => got(await fetch(`${base}${path}`, { method: 'DELETE', headers })),
  };
}

/** Serves the routes over what is given, on a free port. */
export async function serve(deps: AppDeps): Promise<Http & { close(): void }> {
  const server = await listen(createApp(deps), '127.0.0.1', 0);
  const { port } = server.address() as AddressInfo;
  return {
    ...httpTo(`http://127.0.0.1:${String(port)}`),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
