import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { watch } from '../support/file-leaks';
import { until } from '../support/kernel/harness';
import { ROOT } from '../support/docs/pages';

const gone = (left: () => readonly string[]) => until('the end', () => left().length === 0 || undefined);

test('what is open is named with its kind and address, until it is closed', async () => {
  const { left, end } = watch(globalThis);
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = String((server.address() as AddressInfo).port);
  const socket = connect(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'ignore' });
  const interval = setInterval(() => undefined, 1_000);
  const timer = setTimeout(() => undefined, 60_000);
  expect(left()).toEqual(
    expect.arrayContaining([
      `a server on 127.0.0.1:${port}`,
      expect.stringMatching(new RegExp(`^a connection from 127.0.0.1:\\d+ to 127.0.0.1:${port}$`)),
      expect.stringMatching(new RegExp(`^a process, ${String(child.pid)}: \\S*node -e`)),
      expect.stringMatching(/^an interval of 1000 ms, set .*leaks\.test\.ts:\d+/),
      expect.stringMatching(/^a timer of 60000 ms, set .*leaks\.test\.ts:\d+/),
    ]),
  );
  clearInterval(interval);
  clearTimeout(timer);
  child.kill('SIGKILL');
  socket.destroy();
  server.close();
  await gone(left);
  end();
});

test('a file that leaves something open fails, although its tests pass, and says what it was', async () => {
  const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- as Jest reads it
  const projects = (require('../../jest.config.cjs') as { projects: { displayName: string }[] }).projects;
  const unit = projects.find(({ displayName }) => displayName === 'unit');
  const config = {
    ...unit,
    rootDir: ROOT,
    testMatch: [`${ROOT}/test/support/planted-leaks.ts`],
    testEnvironmentOptions: { goneMs: 0 },
  };
  const run = spawn(process.execPath, [jest, '--forceExit', '--config', JSON.stringify(config)], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  run.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  expect(await once(run, 'close')).toEqual([1, null]);
  expect(said).toMatch(/Tests: +1 passed, 1 total/);
  expect(said).toContain('this file has left 5 open:');
  expect(said).toMatch(/a server on 127\.0\.0\.1:\d+\n/);
  expect(said).toMatch(/an interval of 50 ms, set .*planted-leaks\.ts:\d+/);
  expect(said).toMatch(/a timer of 60000 ms, set .*planted-leaks\.ts:\d+/);
  expect(said).toContain('1 Temporal worker(s) that nobody has shut down\n');
  expect(said).toContain('1 native connection(s)');
}, 60_000);
