import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../../..');
const page = readFileSync(join(ROOT, 'docs/how-to/simulate.md'), 'utf8');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mabeam-simulate-'));
  for (const [, name = '', text = ''] of page.matchAll(/```ts\n\/\/ (\S+)\n(.*?)```/gs)) {
    writeFileSync(join(folder, name), text);
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function simulate(...args: readonly string[]): { readonly status: number | null; readonly out: string } {
  const line = ['--import', 'tsx', 'src/cli/main.ts', 'simulate', join(folder, 'till.ts'), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, line, { cwd: ROOT, encoding: 'utf8' });
  return { status, out: stdout + stderr };
}

test('the example of the page runs, and an agent that is broken is found, with the command that plays it again', () => {
  const whole = simulate('--seeds', '20');

  expect(whole.out).toContain('simulation: 20 seeds from 1 on, nothing is broken');
  expect(whole.status).toBe(0);

  const file = join(folder, 'till.ts');
  writeFileSync(file, readFileSync(file, 'utf8').replace('sum: sum + amount', 'sum: Math.max(sum, amount)'));
  const broken = simulate('--seeds', '20');

  expect(broken.out).toContain('broken: all that was paid is in the till');
  expect(broken.out).toMatch(/again with {3}mabeam simulate .*till\.ts --seed 1 --only \w+/);
  expect(broken.status).toBe(1);
}, 300_000);
