/**
 * What must be there before `npm test` and `npm run demo`, on a fresh clone:
 * `node tools/prepare.mjs [--dist] [--postgres] [--python] [--no-temporal]`.
 *
 * Plain Node without packages, because it is what installs them. Checks the Node version, runs `npm ci` when the packages
 * are missing or are not those of the lock file, compiles with `--dist` when the sources are newer, and finds or builds a
 * Temporal server unless `--no-temporal`; with `--python` also what tests the Python package. Safe to repeat; costs about a
 * second when everything is there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const NEEDED = [20, 19];
const at = (...parts) => path.join(root, ...parts);
const say = (line) => process.stderr.write(`${line}\n`);

function fail(message) {
  say(message);
  process.exit(1);
}

function run(what, command, args, more = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...more });
  if (error !== undefined) fail(`${what} could not be started: ${error.message}`);
  if (status !== 0) fail(`${what} failed (exit ${status})`);
}

/** npm that came with this very Node, where npm started us; else the one on the PATH. */
function npm(what, ...args) {
  const cli = process.env.npm_execpath;
  if (cli !== undefined && /npm-cli\.[cm]?js$/.test(cli)) run(what, process.execPath, [cli, ...args]);
  else run(what, process.platform === 'win32' ? 'npm.cmd' : 'npm', args, { shell: process.platform === 'win32' });
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1]))
    fail(`mabeam needs Node ${NEEDED.join('.')} or newer; this is ${process.versions.node} (https://nodejs.org)`);
}

const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages ?? {};

/** What is missing or of another version than the lock file says; packages of other systems may be missing. */
function staleReason() {
  const installed = at('node_modules', '.package-lock.json');
  if (!existsSync(installed)) return 'packages are not installed';
  const here = packagesOf(installed);
  for (const [name, { version, optional, link }] of Object.entries(packagesOf(at('package-lock.json')))) {
    if (name === '' || link === true || (optional === true && here[name] === undefined)) continue;
    if (here[name]?.version !== version) return `${name} ${version} is not installed`;
  }
  return undefined;
}

function install() {
  const reason = staleReason();
  if (reason === undefined) return;
  if (existsSync(at('node_modules')) && lstatSync(at('node_modules')).isSymbolicLink())
    fail(`${reason}, and node_modules is a link: run npm ci where it leads to`);
  say(`${reason}: npm ci`);
  npm('npm ci', 'ci', '--no-audit', '--no-fund');
}

function newest(folder) {
  const times = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return newest(file);
    return /\.(ts|json)$/.test(entry.name) ? statSync(file).mtimeMs : 0;
  });
  return Math.max(0, ...times);
}

function compile() {
  const mark = at('dist', 'build.tsbuildinfo');
  const sources = ['src', 'workflows', 'activities', 'workers', 'tools'].map((name) => at(name)).filter(existsSync);
  const settings = ['package.json', 'tsconfig.json', 'tsconfig.build.json'].map((name) => statSync(at(name)).mtimeMs);
  const isCurrent = existsSync(mark) && statSync(mark).mtimeMs >= Math.max(...sources.map(newest), ...settings);
  if (isCurrent) return;
  say('compiling: npm run build');
  npm('npm run build', 'run', '--silent', 'build');
}

checkNode();
install();
if (process.argv.includes('--dist')) compile();
const more = process.argv.includes('--postgres') ? ['--postgres'] : [];
if (!process.argv.includes('--no-temporal'))
  run('finding a Temporal server', process.execPath, [
    at('node_modules', 'tsx', 'dist', 'cli.mjs'),
    at('tools', 'temporal', 'prepare.ts'),
    ...more,
  ]);
if (process.argv.includes('--python'))
  run('preparing Python', process.execPath, [at('tools', 'python', 'prepare.mjs')]);
