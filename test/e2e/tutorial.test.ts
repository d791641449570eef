import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { compiled } from '../support/processes/compiled';
import { pages, ROOT, snippetsOf } from '../support/docs/pages';

const run = promisify(execFile);
const TUTORIAL = 'docs/tutorials/first-agents.md';
const blocks = pages()
  .filter(({ path }) => path === TUTORIAL)
  .flatMap(snippetsOf);
/** What the tutorial says that a program prints: the first block of text after it. */
const printed = (file: string): string =>
  blocks.slice(blocks.findIndex((block) => block.file === file)).find(({ language }) => language === 'text')?.text ??
  '';

/** An empty project with the packed package and what it depends on at run time: nothing of this repository's tools. */
async function project(): Promise<string> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mabeam-tutorial-')));
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  await compiled();
  const { stdout } = await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
    cwd: ROOT,
  });
  await run('tar', ['-xzf', join(folder, stdout.trim()), '-C', folder]);
  cpSync(join(folder, 'package'), join(modules, 'mabeam'), { recursive: true });
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
  };
  for (const [path, { dev }] of Object.entries(packages)) {
    const isTop = path.lastIndexOf('node_modules/') === 0;
    if (!isTop || dev === true || !existsSync(join(ROOT, path))) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(realpathSync(join(ROOT, path)), join(folder, path));
  }
  writeFileSync(join(folder, 'package.json'), '{ "name": "empty", "private": true }\n');
  for (const { file, text } of blocks) if (file !== undefined) writeFileSync(join(folder, file), text);
  return folder;
}

/** Resolves with what matches in the output of a process; fails when it ends before, with what it said. */
function saying(child: ChildProcess, wanted: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      const [, found] = wanted.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (code) => {
      reject(new Error(`ended with ${String(code)}: ${said.slice(-2_000)}`));
    });
  });
}

describe('the tutorial, step by step, with the packed package in an empty project', () => {
  const prefix = `tutorial-${String(process.pid)}-`;
  const env = { ...process.env, MABEAM_SPACE: `tutorial-${String(process.pid)}`, MABEAM_QUEUE_PREFIX: prefix };
  let folder: string;
  let dev: ChildProcess;
  let url: string;

  beforeAll(async () => {
    folder = await project();
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
    expect(printed(file)).not.toBe('');
    expect(await client(file)).toBe(printed(file));
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
