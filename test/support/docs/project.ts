import { execFile, type ChildProcess } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { compiled } from '../processes/compiled';
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
export async function project(blocks: readonly Snippet[]): Promise<string> {
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
export function saying(child: ChildProcess, wanted: RegExp): Promise<string> {
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
