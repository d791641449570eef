import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pages, snippetsOf } from '../support/docs/pages';
import { describePython, PACKAGE, python } from '../support/python/environment';

/** Linted and type-checked with the package. */
const MORE = ['../test/support/python', '../examples/digits-python', '../bench/faults', '../bench/study-speed'];

/** Runs a module of the environment in the package's folder. @returns its exit code, and what it said when that is not 0 */
function run(cwd: string, ...args: readonly string[]): { readonly status: number | null; readonly said: string } {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', MYPYPATH: join(PACKAGE, 'src') };
  const { status, stdout, stderr } = spawnSync(python, ['-m', ...args], { cwd, encoding: 'utf8', env });
  return { status, said: status === 0 ? '' : stdout + stderr };
}
const good = { status: 0, said: '' };

describePython('the Python package (needs Python 3.10 or newer)', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mabeam-python-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ['is formatted', ['ruff', 'format', '--check', '--no-cache', '.', ...MORE]],
    ['has nothing that ruff warns of', ['ruff', 'check', '--no-cache', '.', ...MORE]],
    ['has types that mypy holds for sound', ['mypy', '--cache-dir', join(tmpdir(), 'mabeam-mypy')]],
    ['passes its own tests', ['pytest', '--quiet']],
  ])('%s', (_title, args) => {
    expect(run(PACKAGE, ...args)).toEqual(good);
  });

  test('has types under which every block of Python in the documentation is sound', () => {
    const blocks = pages()
      .flatMap(snippetsOf)
      .filter(({ language }) => language === 'python');
    expect(blocks.length).toBeGreaterThan(1);
    for (const [at, { text }] of blocks.entries()) writeFileSync(join(folder, `block_${String(at)}.py`), text);
    const args = ['--strict', '--cache-dir', join(tmpdir(), 'mabeam-mypy-pages'), '--follow-imports', 'silent', folder];
    expect(run(folder, 'mypy', ...args)).toEqual(good);
  });

  test('is packed as a wheel with its types and its licence, of the version of the npm package', () => {
    const { version } = JSON.parse(readFileSync(join(PACKAGE, '../package.json'), 'utf8')) as { version: string };
    const args = ['pip', 'wheel', '--quiet', '--no-deps', '--no-build-isolation', '--no-cache-dir'];
    expect(run(folder, ...args, '--wheel-dir', folder, PACKAGE)).toEqual(good);
    const wheel = join(folder, `mabeam-${version}-py3-none-any.whl`);
    const names = execFileSync(python, ['-m', 'zipfile', '-l', wheel], { encoding: 'utf8' });
    for (const name of ['mabeam/__init__.py', 'mabeam/evaluator.py', 'mabeam/py.typed', 'licenses/LICENSE'])
      expect(names).toContain(name);
    expect(names).not.toContain('tests/');
    expect(readFileSync(join(PACKAGE, 'LICENSE'), 'utf8')).toBe(readFileSync(join(PACKAGE, '../LICENSE'), 'utf8'));
  });
});
