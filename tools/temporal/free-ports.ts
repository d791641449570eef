import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below what systems give to outgoing connections (Linux: from 32768): else one of those could take the port before its server
 * does, or while that is away, and a client that tries to reach nobody on such a port can even be connected to itself. And the
 * Temporal server keeps its membership ports in two signed bytes.
 */
const FIRST = 10_240;
const LAST = 32_767;

/** Whether nobody listens on a port of the loopback interface at the moment. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/**
 * Ports of the loopback interface on which nobody listens at the moment.
 *
 * @param above also free is the port this many above each, such as that of a Web UI
 */
export async function freePorts(count: number, above = 0): Promise<number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = randomInt(FIRST, LAST + 1 - above);
    if ((await isFree(port)) && (above === 0 || (await isFree(port + above)))) found.add(port);
  }
  return [...found];
}
