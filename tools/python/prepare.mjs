/**
 * The virtual environment that checks and tests the Python package: `node tools/python/prepare.mjs [--required | --look]`.
 *
 * It lies in mabeam's cache, outside every checkout, under the hash of its requirements and its Python, and is made once.
 * Without a Python that will do, or without the packages, it says so and the tests that need it are skipped; with
 * `--required` that is a failure. `--look` makes nothing and prints where its Python is. Plain Node without packages, because it
 * runs before they are there. Safe to repeat.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const REQUIREMENTS = ['python/requirements-dev.txt', 'examples/digits-python/requirements.txt'];
const NEEDED = [3, 10];
const PYTHONS = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];
const TELLS = 'import sys, venv, ensurepip; print(sys.implementation.cache_tag, *sys.version_info[:3], sys.prefix)';

/** Where programs are kept that were made outside of any checkout: as tools/temporal/cache.ts says. */
const cache = () =>
  process.env.MABEAM_CACHE ?? path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'mabeam');

/** The first Python that will do, and what it tells of itself. */
function findPython() {
  const given = process.env.MABEAM_PYTHON;
  const pyenv = path.join(process.env.PYENV_ROOT ?? path.join(homedir(), '.pyenv'), 'shims/python3');
  for (const python of given === undefined ? [...PYTHONS, pyenv] : [given]) {
    const { status, stdout } = spawnSync(python, ['-c', TELLS], { encoding: 'utf8' });
    const [, major, minor] = (stdout ?? '').split(' ').map(Number);
    if (status === 0 && (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])))
      return { python, told: stdout };
  }
  return undefined;
}

/** The folder of the environment for a Python: other requirements are another one. */
function folderFor(told) {
  const hash = createHash('sha256').update(told);
  for (const file of REQUIREMENTS) hash.update(readFileSync(path.join(root, file)));
  return path.join(cache(), `python-${hash.digest('hex').slice(0, 16)}-${process.platform}-${process.arch}`);
}

const programIn = (folder) =>
  process.platform === 'win32' ? path.join(folder, 'Scripts/python.exe') : path.join(folder, 'bin/python');

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (error === undefined && status === 0) return;
  throw new Error(
    `${path.basename(command)} ${args.slice(0, 3).join(' ')} … failed: ${error?.message ?? `exit ${status}`}`,
  );
}

/** Makes the environment, unless it is there. @throws in words, why there is none */
function make(python, folder) {
  if (existsSync(folder)) return;
  process.stderr.write(`installing what tests the Python package: ${folder}\n`);
  // Aside, then moved as a whole: nothing half made counts. Only its Python is called, and that bears a move.
  const aside = `${folder}.${process.pid}`;
  try {
    mkdirSync(path.dirname(folder), { recursive: true });
    run(python, ['-m', 'venv', aside]);
    const files = REQUIREMENTS.flatMap((file) => ['-r', file]);
    run(programIn(aside), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', ...files]);
    renameSync(aside, folder);
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** The Python of the environment. @throws in words, why there is none */
function prepare({ isMade }) {
  const found = findPython();
  if (found === undefined)
    throw new Error(`no Python ${NEEDED.join('.')} or newer with venv is installed (MABEAM_PYTHON names one)`);
  const folder = folderFor(found.told);
  if (isMade) make(found.python, folder);
  if (!existsSync(folder)) throw new Error('the environment is not made: node tools/python/prepare.mjs');
  return programIn(folder);
}

const wants = (flag) => process.argv.includes(flag);
try {
  const python = prepare({ isMade: !wants('--look') });
  if (wants('--look')) process.stdout.write(python);
} catch (error) {
  process.stderr.write(`${error.message}; tests of the Python package are skipped\n`);
  if (wants('--required')) process.exitCode = 1;
}
