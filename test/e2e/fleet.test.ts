import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../support/kernel/harness';
import { compiled } from '../support/processes/compiled';
import { environment, marked, start } from '../support/processes/program';
import { beginWithDatabase } from '../support/store/template';

const MAIN = join(__dirname, '../../examples/fleet/main.ts');
const MARK = `fleet-${String(process.pid)}`;
/** Of its round: one is frozen with a write on its way, and the leader is killed. */
const SEED = '2';
const dataDir = mkdtempSync(join(tmpdir(), 'mabeam-fleet-'));

beforeAll(async () => {
  await Promise.all([compiled(), beginWithDatabase(dataDir)]);
}, 300_000);
afterAll(() => {
  for (const pid of marked(MARK)) process.kill(Number(pid), 'SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

test('LCK-1 LCK-2 ELE-1 BAR-1 the fleet keeps every promise over kills and freezes, and the breach that a missing fence lets in is found', async () => {
  const env = environment(MARK, { TEMPORAL_ADDRESS: process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233' });
  const args = ['--import', 'tsx', MAIN, '--rounds', '1', '--workers', '3', '--seed', SEED, '--data-dir', dataDir];
  const program = start(process.execPath, args, process.cwd(), env);
  const code = await program.ended;
  const output = program.out();
  expect({ code, output, err: program.err() }).toMatchObject({ code: 0 });
  const [fenced = '', unfenced = ''] = output.split('The same without the fence');
  expect(fenced).toContain('1 killed, 1 frozen');
  expect(fenced).toContain('6 of 6 done exactly once');
  expect(fenced).toMatch(/refused +[1-9]/);
  expect(fenced).not.toContain('BROKEN');
  expect(unfenced).toMatch(/BROKEN +job 1-\d was done 2 times/);
  await until('the end of all its processes', () => (marked(MARK).length === 0 ? true : undefined));
}, 300_000);
