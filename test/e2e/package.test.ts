import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../support/kernel/harness';
import { compiled } from '../support/processes/compiled';
import { freePorts } from '../../tools/temporal/free-ports';
import { environment, marked, start, type Program } from '../support/processes/program';

const run = promisify(execFile);
const repository = resolve(__dirname, '../..');
const tsc = join(repository, 'node_modules/.bin/tsc');
const MARK = `package-${String(process.pid)}`;
/** Building and installing depend on the machine and the registry; what is tested takes seconds. */
const PREPARE_MS = 600_000;

const AGENT = `import { defineAgent } from 'mabeam/workflows';

export const counter = defineAgent({
  type: 'counter',
  state: () => ({ count: 0 }),
  tell: { add: (state, n: number) => ({ count: state.count + n }) },
  ask: { drain: (state) => ({ reply: state.count, state: { count: 0 } }) },
  inspect: { total: (state) => state.count },
});
`;
const CLIENT = `import { connect } from 'mabeam';
import type { counter } from './my-agents';

const space = await connect({ space: 'demo-${String(Date.now())}' });
const tally = await space.agents.get<typeof counter>('counter', 'tally');
await tally.tell('add', 3);
console.log(await tally.ask('drain'));
await space.close();
`;
const WRONG = [
  [`tally.tell('addd', 3)`, /"addd".*"add"/],
  [`tally.tell('add', 'three')`, /'string'.*'number'/],
  [`tally.tell('add')`, /Expected 2 arguments, but got 1/],
  [`space.agents.get<typeof counter>('counted', 'x')`, /"counted".*"counter"/],
  [`tally.ask('drain').then((text: string) => text)`, /number.*string|string.*number/],
  [`tally.inspect('sum')`, /"sum".*"total"/],
] as const;
const wrong = CLIENT + WRONG.map(([call]) => `await ${call};\n`).join('');
const TSCONFIG = {
  compilerOptions: { strict: true, noEmit: true, skipLibCheck: true },
  files: ['use-it.mts', 'wrong.mts'],
};

let folder: string;
const write = (name: string, text: string): void => {
  writeFileSync(join(folder, name), text);
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mabeam-user-'));
  await compiled();
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: repository });
  const [packed = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  write('package.json', '{ "name": "user", "private": true }');
  const quietly = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  await run('npm', ['install', `./${packed}`, ...quietly], { cwd: folder });
  write('my-agents.ts', AGENT);
  write('use-it.mts', CLIENT);
  write('wrong.mts', wrong);
  write('tsconfig.json', JSON.stringify(TSCONFIG));
}, PREPARE_MS);
afterAll(() => {
  for (const pid of marked(MARK)) process.kill(Number(pid), 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

test('an agent and a client of at most ten lines are enough', () => {
  const lines = (text: string): number => text.trimEnd().split('\n').length;
  expect(lines(AGENT)).toBeLessThanOrEqual(10);
  expect(lines(CLIENT)).toBeLessThanOrEqual(10);
});

test('in an empty project with the packed mabeam, they work', async () => {
  const [port = 0] = await freePorts(1, 1_000);
  const env = environment(MARK, {
    TEMPORAL_ADDRESS: process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233',
    MABEAM_PORT: String(port),
    MABEAM_URL: `http://127.0.0.1:${String(port)}`,
    MABEAM_QUEUE_PREFIX: `${MARK}-`,
  });
  const dev: Program = start('npx', ['mabeam', 'dev', './my-agents.ts'], folder, env);
  await dev.says('Ctrl-C');
  const { stdout } = await run('npx', ['tsx', 'use-it.mts'], { cwd: folder, env });
  expect(stdout).toBe('3\n');
  dev.interrupt();
  expect([0, 130]).toContain(await dev.ended);
  await until('the end of all processes', () => (marked(MARK).length === 0 ? true : undefined));
}, 180_000);

test('types run from the definition to the call: a wrong message or argument does not compile', async () => {
  const told = await run(tsc, ['-p', folder], { cwd: folder }).then(
    () => '',
    (error: unknown) => (error as { readonly stdout: string }).stdout,
  );
  const errors = told.split('\n').filter((line) => line.includes('error TS'));
  expect(errors).toHaveLength(WRONG.length);
  for (const error of errors) expect(error).toMatch(/^wrong\.mts/);
  for (const [at, [, says]] of WRONG.entries()) expect(errors[at]).toMatch(says);
}, 180_000);

test.each([
  ['CommonJS', 'cjs', `const { connect } = require('mabeam'); const { defineAgent } = require('mabeam/workflows');`],
  ['ES modules', 'mjs', `import { connect } from 'mabeam'; import { defineAgent } from 'mabeam/workflows';`],
])(
  'both doors open from %s',
  async (_name, end, text) => {
    write(`doors.${end}`, `${text} console.log(typeof connect, typeof defineAgent);`);
    const { stdout } = await run(process.execPath, [`doors.${end}`], { cwd: folder });
    expect(stdout).toBe('function function\n');
  },
  60_000,
);
