import { isRefusal, PlatformError, refuse } from '../contracts/errors';
import type { LookupReply } from '../contracts/registry';
import type { RegistryBackend } from '../registry/backend';

const FIND_MS = 5_000;

/**
 * The registry of the facade, for processes that are to read the store's but have no database.
 *
 * @param base where the facade is; `MABEAM_URL`
 */
export function createHttpRegistry(base = process.env['MABEAM_URL'] ?? 'http://127.0.0.1:7411'): RegistryBackend {
  const root = `${base.replace(/\/+$/, '')}/v1`;
  const unavailable = (why: string, cause?: unknown): PlatformError =>
    new PlatformError(refuse('reads-unavailable', `no registry answers at ${base}: ${why}`), cause);
  return {
    name: 'postgres',
    isStrong: false,
    find: async ({ space, kind, name }) => {
      const path = [space, 'registry', kind, name].map(encodeURIComponent).join('/');
      const url = `${root}/spaces/${path}?consistency=cached`;
      const response = await fetch(url, { signal: AbortSignal.timeout(FIND_MS) }).catch((error: unknown) => {
        throw unavailable('nobody listens', error);
      });
      const body: unknown = await response.json().catch(() => undefined);
      if (response.status === 404 && isRefusal({ message: '', ...(body as object) }))
        return { registration: undefined };
      if (!response.ok) throw unavailable(`it answered ${String(response.status)}`);
      const { registration, position } = body as LookupReply;
      return { registration, ...(position === undefined ? {} : { position }) };
    },
  };
}
