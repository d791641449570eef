import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pages, snippetsOf } from '../support/docs/pages';
import { printed, project, saying } from '../support/docs/project';

const run = promisify(execFile);
const TUTORIAL = 'docs/tutorials/first-agents.md';
const blocks = pages()
  .filter(({ path }) => path === TUTORIAL)
  .flatMap(snippetsOf);
describe('the tutorial, step by step, with the packed package in an empty project', () => {
  const prefix = `tutorial-${String(process.pid)}-`;
  const env = { ...process.env, MABEAM_SPACE: `tutorial-${String(process.pid)}`, MABEAM_QUEUE_PREFIX: prefix };
  let folder: string;
  let dev: ChildProcess;
  let url: string;

  beforeAll(async () => {
    folder = await project(blocks);
    const cli = join(folder, 'node_modules/mabeam/dist/src/cli/main.js');
    dev = spawn(process.execPath, [cli, 'dev', './my-agents.ts', '--port', '0'], { cwd: folder, env });
    url = await saying(dev, /(http:\/\/127\.0\.0\.1:\d+)\/v1\//);
  }, 120_000);
  afterAll(async () => {
    if (dev.exitCode === null) {
      dev.kill('SIGINT');
      await once(dev, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  const client = async (file: string): Promise<string> =>
    (await run(process.execPath, ['--import', 'tsx', file], { cwd: folder, env: { ...env, MABEAM_URL: url } })).stdout;

  test.each(['count.mts', 'decide.mts'])('%s prints what the page says', async (file) => {
    expect(printed(blocks, file)).not.toBe('');
    expect(await client(file)).toBe(printed(blocks, file));
  });

  test('why answers with the value and the reasons of the guards', async () => {
    const cli = join(folder, 'node_modules/mabeam/dist/src/cli/main.js');
    const ask = async (): Promise<string> =>
      (
        await run(process.execPath, [cli, 'why', 'filter', 'threshold'], {
          cwd: folder,
          env: { ...env, MABEAM_URL: url },
        })
      ).stdout;
    const deadline = Date.now() + 20_000;
    let text = await ask();
    while (!text.includes('0.95') && Date.now() < deadline) text = await ask();
    expect(text).toMatch(/threshold = 0\.95/);
    expect(text).toContain('fewer false alarms');
    expect(text).toContain('is strict enough');
  });
});
