import type { Server } from 'node:http';
import type { Express } from 'express';
import { PlatformError, refuse } from '../contracts/errors';
import { show } from '../contracts/ids';

/** The names by which a machine is its own. */
export const LOOPBACK: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

/**
 * Listens on loopback. Any other address is refused until there is authentication.
 * @throws PlatformError `invalid-request`
 */
export function listen(app: Express, host: string, port: number): Promise<Server> {
  if (!LOOPBACK.includes(host)) {
    const text = `the facade has no authentication: expected one of ${LOOPBACK.join(', ')}; got ${show(host)}`;
    return Promise.reject(new PlatformError(refuse('invalid-request', text)));
  }
  return new Promise((resolve, reject) => {
    const server = app.listen(port, host, (error?: Error) => {
      if (error === undefined) resolve(server);
      else reject(error);
    });
  });
}
