import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');
const SLOW_MS = 120_000;

/** Something that takes connections and never says a word. */
let deaf: Server;
const sockets: Socket[] = [];
beforeAll(async () => {
  deaf = createServer((socket) => void sockets.push(socket));
  deaf.listen(0, '127.0.0.1');
  await once(deaf, 'listening');
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  deaf.close();
});

function mabeam(...args: readonly string[]): {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
} {
  const { port } = deaf.address() as AddressInfo;
  const env = {
    ...process.env,
    TEMPORAL_ADDRESS: `127.0.0.1:${String(port)}`,
    MABEAM_LOG_LEVEL: 'error',
    NO_COLOR: '1',
  };
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args], { cwd: ROOT, env });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  return { child, out: () => out, err: () => err };
}

test(
  'an interrupted command ends with 130',
  async () => {
    const connected = once(deaf, 'connection');
    const { child } = mabeam('agent', 'list');
    await connected;
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([130, null]);
  },
  SLOW_MS,
);

test(
  'definitions that contradict themselves are refused before anything is connected, all at once, with exit 2',
  async () => {
    const before = sockets.length;
    const files = ['twins', 'constraint', 'range'].map((name) => `test/support/facade/broken/${name}.ts`);
    const { child, out, err } = mabeam('worker', ...files);
    expect(await once(child, 'close')).toEqual([2, null]);
    const said = out() + err();
    expect(said).toContain('invalid-definition');
    expect(said).toMatch(/two agents are of type twin: first .* and second /);
    expect(said).toMatch(/the constraint fits names no variable/);
    expect(said).toMatch(/the default of share must lie in \[0, 1\]; got 2/);
    expect(sockets.length).toBe(before);
  },
  SLOW_MS,
);
