import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { startTemporal, type RunningTemporal } from '../../tools/temporal/start';
import { isAlive } from '../../tools/temporal/turn';
import { until } from '../support/kernel/harness';

const root = join(__dirname, '../..');
let folder = '';
let server: RunningTemporal | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mabeam-temporal-'));
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('a server that was killed goes on from its file, and ends in order', async () => {
  const settings = { dbFilename: join(folder, 'data', 'temporal.db'), log: join(folder, 'temporal.log') };
  server = await startTemporal({ ...settings, namespace: 'team' });
  const { address, pid } = server;
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace: 'team' });
  await client.workflow.start('waits', { workflowId: 'w', taskQueue: 'nobody' });
  process.kill(pid, 'SIGKILL');
  await server.ended;
  const port = Number(address.split(':')[1]);
  server = await startTemporal({ ...settings, namespace: 'team', port, uiPort: false });
  expect((await client.workflow.getHandle('w').describe()).status.name).toBe('RUNNING');
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'team' });
  expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(['MabeamSpace', 'MabeamOwner']));
  await connection.close();
  await server.stop();
  expect(isAlive(server.pid)).toBe(false);
});

test('a server ends with the process that started it, even when that is killed', async () => {
  // In this very process, which is the one to be killed: the tsx program would start another.
  const args = ['--import', 'tsx', join(root, 'test/support/temporal-parent.ts')];
  const parent = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const { pid } = JSON.parse(line.toString()) as { readonly pid: number };
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await until('the end of the server', () => (isAlive(pid) ? undefined : true));
});
