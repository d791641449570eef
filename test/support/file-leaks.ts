import type { ChildProcess } from 'node:child_process';
import { Server, Socket } from 'node:net';

/** How much of Temporal's native side is open in a test file: it tells, because it loads its own copy of the SDK. */
export interface OpenTemporal {
  readonly workers: number;
  /** Workers and connections of workers. */
  readonly natives: number;
}

/** What a test file leaves behind in its process, each in a line: kind, address, where it was made. */
export interface Watch {
  left(): readonly string[];
  end(): void;
}

type Timer = NodeJS.Timeout & { readonly _destroyed?: boolean };
type Timers = Pick<typeof globalThis, 'setTimeout' | 'setInterval'>;
/** Sandbox of a test file. */
type Sandbox = Timers & { openTemporal?: () => OpenTemporal };

const STANDARD = 2;
/** Ended timers are forgotten when so many are known. */
const SWEEP = 1_000;

/** Handles that keep this process alive: sockets, servers, child processes, threads. */
function handles(): readonly object[] {
  return (process as unknown as { _getActiveHandles(): object[] })._getActiveHandles();
}

const at = (address: string | undefined, port: number | undefined): string =>
  `${address ?? '?'}:${String(port ?? '?')}`;

function nameOfServer(server: Server): string {
  const address = server.address();
  return `a server on ${typeof address === 'object' && address !== null ? at(address.address, address.port) : String(address)}`;
}

function nameOfSocket(socket: Socket): string | undefined {
  const { fd } = (socket as unknown as { _handle?: { readonly fd?: number } })._handle ?? {};
  if (fd !== undefined && fd >= 0 && fd <= STANDARD) return undefined;
  const { localAddress, localPort, remoteAddress, remotePort, destroyed } = socket;
  if (remotePort === undefined) return destroyed ? undefined : 'a pipe';
  return `a connection from ${at(localAddress, localPort)} to ${at(remoteAddress, remotePort)}`;
}

function named(handle: object): string | undefined {
  if (handle instanceof Server) return nameOfServer(handle);
  if (handle instanceof Socket) return nameOfSocket(handle);
  const { pid, spawnargs } = handle as Partial<ChildProcess>;
  if (spawnargs !== undefined) return `a process, ${String(pid)}: ${spawnargs.join(' ').slice(0, 200)}`;
  return `a handle: ${handle.constructor.name}`;
}

/** The first place outside packages and of this file that a stack names. */
function placeOf({ stack = '' }: Error): string {
  const line = stack
    .split('\n')
    .slice(1)
    .find((each) => !/node_modules|node:|file-leaks/.test(each));
  return (line ?? stack.split('\n')[2] ?? '').trim().replace(/^at /, '');
}

function temporalLeft({ openTemporal }: Sandbox): readonly string[] {
  const { workers, natives } = openTemporal?.() ?? { workers: 0, natives: 0 };
  return [
    ...(workers > 0 ? [`${String(workers)} Temporal worker(s) that nobody has shut down`] : []),
    ...(natives > workers
      ? [`${String(natives - workers)} native connection(s) or stopped worker(s) of Temporal`]
      : []),
  ];
}

/**
 * Begins to watch a test file: what is open now is not its own. Timers are those that code of the sandbox sets; Node's own
 * are not seen, nor is what does not keep a process alive.
 */
export function watch(sandbox: Sandbox): Watch {
  const before = new Set(handles());
  const timers = new Map<Timer, { readonly kind: string; readonly made: Error }>();
  const isAlive = (timer: Timer): boolean => timer._destroyed !== true && timer.hasRef();
  const sweep = (): void => {
    for (const timer of timers.keys()) if (timer._destroyed === true) timers.delete(timer);
  };
  const real = { setTimeout: sandbox.setTimeout, setInterval: sandbox.setInterval };
  const watched = <F extends Timers['setTimeout'] | Timers['setInterval']>(kind: string, set: F): F => {
    const wrapped = (...args: Parameters<typeof setTimeout>): NodeJS.Timeout => {
      const timer = set(...args);
      timers.set(timer, { kind: `${kind} of ${String(args[1] ?? 0)} ms`, made: new Error('made') });
      if (timers.size % SWEEP === 0) sweep();
      return timer;
    };
    return Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(set)) as unknown as F;
  };
  sandbox.setTimeout = watched('a timer', real.setTimeout);
  sandbox.setInterval = watched('an interval', real.setInterval);
  return {
    left: () => [
      ...handles().flatMap((handle) => (before.has(handle) ? [] : (named(handle) ?? []))),
      ...[...timers].flatMap(([timer, { kind, made }]) => (isAlive(timer) ? [`${kind}, set ${placeOf(made)}`] : [])),
      ...temporalLeft(sandbox),
    ],
    end: () => void Object.assign(sandbox, real),
  };
}
