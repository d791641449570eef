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
import { compiled } from '../processes/compiled';
import { beginWithDatabase } from '../store/template';
import { ROOT, type snippetsOf } from './pages';

const run = promisify(execFile);
type Snippet = ReturnType<typeof snippetsOf>[number];

/** What a page says that a program prints: the first block of text after it. */
export function printed(blocks: readonly Snippet[], file: string): string {
  const after = blocks.slice(blocks.findIndex((block) => block.file === file));
  return after.find(({ language }) => language === 'text')?.text ?? '';
}

/**
 * An empty project with the files of a page, the packed package and what it depends on at run time: nothing of this
 * repository's tools.
 */
async function project(blocks: readonly Snippet[]): Promise<string> {
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

/** `mabeam dev` in the project of a page. */
export interface DevOfPage {
  readonly folder: string;
  /** Runs Node there, as a person beside it does. @returns what it printed */
  node(...args: readonly string[]): Promise<string>;
  /** Runs a command line of mabeam there. */
  mabeam(...args: readonly string[]): Promise<string>;
  /** Ends it, and removes the project. */
  close(): Promise<void>;
}

/** Starts `mabeam dev FILE` in a project of its own, on a free port. */
export async function devOf(blocks: readonly Snippet[], file: string, env: NodeJS.ProcessEnv): Promise<DevOfPage> {
  const folder = await project(blocks);
  await beginWithDatabase(join(folder, '.mabeam'));
  const cli = join(folder, 'node_modules/mabeam/dist/src/cli/main.js');
  const dev = spawn(process.execPath, [cli, 'dev', file, '--port', '0'], { cwd: folder, env });
  const close = async (): Promise<void> => {
    if (dev.exitCode === null) {
      dev.kill('SIGINT');
      await once(dev, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  };
  let url: string;
  try {
    url = await saying(dev, /(http:\/\/127\.0\.0\.1:\d+)\/v1\//);
  } catch (error) {
    await close();
    throw error;
  }
  const node = async (...args: readonly string[]): Promise<string> =>
    (await run(process.execPath, args, { cwd: folder, env: { ...env, MABEAM_URL: url } })).stdout;
  return {
    folder,
    node,
    mabeam: (...args) => node(cli, ...args),
    close,
  };
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
