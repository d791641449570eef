import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server that can be cut: who goes through it loses the network, and nobody else. */
export interface Proxy {
  /** Where to go instead of to the server. */
  readonly address: string;
  /** From now on nothing passes. The server's side is hung up on; the other one is told nothing, as on a cut cable. */
  cut(): void;
  /** New connections pass again; the old ones are hung up on. */
  heal(): void;
  /** From now on each piece is this much longer on its way, in both directions; none overtakes another. */
  delay(ms: number): void;
  close(): Promise<void>;
}

/** Starts a proxy on a free port of this machine. @param target `host:port` */
export async function startProxy(target: string): Promise<Proxy> {
  const [host = '', port = ''] = target.split(':');
  const near = new Set<Socket>();
  const far = new Set<Socket>();
  let isCut = false;
  let delayMs = 0;
  /** Writes after the delay, and after what was written before. */
  const slowly = (write: (bytes: Buffer) => void): ((bytes: Buffer) => void) => {
    let freeAt = 0;
    return (bytes) => {
      const waitMs = Math.max(delayMs, freeAt - Date.now());
      if (waitMs <= 0) {
        write(bytes);
        return;
      }
      freeAt = Date.now() + waitMs;
      setTimeout(() => {
        write(bytes);
      }, waitMs);
    };
  };
  const keep = (socket: Socket, among: Set<Socket>, gone: () => void): void => {
    among.add(socket);
    socket.on('error', () => undefined); // `close` follows
    socket.on('close', () => {
      among.delete(socket);
      gone();
    });
  };
  const hangUp = (sockets: ReadonlySet<Socket>): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((caller) => {
    if (isCut) {
      keep(caller, near, () => undefined); // it waits for an answer
      return;
    }
    const called = connect(Number(port), host);
    keep(caller, near, () => called.destroy());
    const there = slowly((bytes) => called.write(bytes));
    caller.on('data', (bytes) => {
      if (!isCut) there(bytes);
    });
    keep(called, far, () => {
      if (!isCut) caller.destroy();
    });
    called.on(
      'data',
      slowly((bytes) => caller.write(bytes)),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    cut: () => {
      isCut = true;
      hangUp(far);
    },
    heal: () => {
      isCut = false;
      hangUp(near);
    },
    delay: (ms) => {
      delayMs = ms;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      hangUp(near);
      hangUp(far);
      await closed;
    },
  };
}
