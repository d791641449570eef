import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Space } from '../../src/client/index';
import { createHttpReads } from '../../src/client/http-reads';
import { ERRORS } from '../../src/contracts/errors';
import type { counter } from '../support/processes/my-agents';
import { until } from '../support/kernel/harness';
import { beginWithDatabase } from '../support/store/template';
import { freePorts } from '../../tools/temporal/free-ports';
import { environment, mabeam, marked, type Program } from '../support/processes/program';

const MARK = `dev-supervision-${String(process.pid)}`;
const SPACE = 'dev';
/** A process that was killed runs again within it, on a busy machine, too. */
const BACK_MS = 60_000;
const AGENTS = `import { defineAgent } from 'mabeam/workflows';
export const counter = defineAgent({
  type: 'counter',
  state: () => ({ count: 0 }),
  tell: { add: (state, n: number) => ({ count: state.count + n }) },
  inspect: { total: (state) => state.count },
});
`;
const EVALUATORS = `import { defineEvaluator } from 'mabeam';
export const train = defineEvaluator('train', async () => ({ loss: 1 }));
`;
/** Crashes the worker, and nobody else, some time after a file is there. */
const BOMB = `import { existsSync } from 'node:fs';
const isWorker = /worker\\.[jt]s$/.test(process.argv[1] ?? '');
if (isWorker) setInterval(() => { if (existsSync(__dirname + '/bomb')) throw new Error('the bomb went off'); }, 100).unref();
export async function price(n: number) { return n * 2; }
`;

let folder: string;
let port: number;
let temporalPort: number;
let program: Program;
let space: Space;

const env = (): Record<string, string> =>
  environment(MARK, {
    MABEAM_TEMPORAL_PORT: String(temporalPort),
    MABEAM_SPACE: SPACE,
  });

/** The process of a role that was started last, by what it wrote first. */
function pidOf(role: string): number {
  const lines = program.log().filter(({ name, msg }) => name === `mabeam-${role}` && String(msg).startsWith('polls '));
  return Number(lines.at(-1)?.['pid']);
}
const said = (text: string): Promise<unknown> =>
  until(`"${text}"`, () => program.log().find(({ msg }) => String(msg).includes(text)), BACK_MS);

/** Kills a role as the kernel does for want of memory. @returns when it runs again, and what was said of it */
async function killed(role: string, polls: string): Promise<unknown> {
  const before = pidOf(role);
  process.kill(before, 'SIGKILL');
  const line = await said(`${role} ended with SIGKILL`);
  await until(
    `${role} again`,
    () => program.log().some(({ pid, msg }) => pid !== before && pid === pidOf(role) && msg === polls) || undefined,
    BACK_MS,
  );
  return line;
}

async function rest<T>(path: string): Promise<T | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${String(port)}/v1/spaces/${SPACE}/${path}`);
    return response.ok ? ((await response.json()) as T) : undefined;
  } catch {
    return undefined; // nobody listens yet
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mabeam-dev-supervision-'));
  [temporalPort = 0] = await freePorts(1, 1_000);
  writeFileSync(join(folder, 'my-agents.ts'), AGENTS);
  writeFileSync(join(folder, 'my-agents.evaluators.ts'), EVALUATORS);
  writeFileSync(join(folder, 'my-agents.activities.ts'), BOMB);
  await beginWithDatabase(join(folder, '.mabeam'));
  program = await mabeam(['dev', './my-agents.ts', '--port', '0'], folder, env());
  await program.says('Ctrl-C');
  port = Number(/:(\d+)\/v1/.exec(program.out())?.[1]);
  space = await connect({
    space: SPACE,
    address: `127.0.0.1:${String(temporalPort)}`,
    queuePrefix: '',
    reads: createHttpReads(`http://127.0.0.1:${String(port)}`),
  });
}, 150_000);

afterAll(async () => {
  await space.close();
  for (const pid of marked(MARK)) process.kill(Number(pid), 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

test('a worker that is killed is started again, alone, and an agent goes on with its state', async () => {
  const store = pidOf('store');
  const agent = await space.agents.get<typeof counter>('counter', 'tally');
  await agent.tell('add', 3);
  expect(await killed('worker', 'polls mabeam')).toMatchObject({
    name: 'mabeam-dev',
    level: 'warn',
    msg: 'worker ended with SIGKILL; started again, 1 of 5 in 60 s',
    process: 'worker',
  });
  await agent.tell('add', 4);
  expect(await agent.inspect('total')).toBe(7);
  expect(pidOf('store')).toBe(store);
}, 120_000);

test('a store that is killed is started again, REST answers at the same place, and nothing is lost', async () => {
  const worker = pidOf('worker');
  const killing = killed('store', 'polls mabeam-store');
  const meanwhile = await space.agents.get<typeof counter>('counter', 'meanwhile');
  await meanwhile.tell('add', 1);
  expect(await killing).toMatchObject({ msg: 'store ended with SIGKILL; started again, 2 of 5 in 60 s' });
  const names = await until(
    'both agents in the list',
    async () => {
      const items = (await rest<{ readonly items: readonly { readonly name: string }[] }>('agents'))?.items ?? [];
      return items.length >= 2 ? items.map(({ name }) => name).toSorted() : undefined;
    },
    BACK_MS,
  );
  expect(names).toEqual(['meanwhile', 'tally']);
  expect(pidOf('worker')).toBe(worker);
}, 120_000);

test('an evaluator that is killed is started again', async () => {
  expect(await killed('evaluator', 'polls mabeam-evaluator-train')).toMatchObject({ process: 'evaluator' });
}, 120_000);

test('a worker that crashes each time ends all with a message that says which, how often, why and what to do', async () => {
  writeFileSync(join(folder, 'bomb'), '');
  expect(await program.ended).toBe(ERRORS['supervisor-failed'].exitCode);
  const [line] = program.log().filter(({ name, level }) => name === 'mabeam-dev' && level === 'error');
  expect(line).toMatchObject({ code: 'supervisor-failed', details: { process: 'worker', intensity: 5 } });
  expect(line?.['msg']).toMatch(
    /worker ended \d times.* within 60 s, and 5 restarts are allowed: mabeam dev gives up.*its last words: Error: the bomb went off.*start again/,
  );
  await until('the end of all processes', () => marked(MARK).length === 0 || undefined);
  expect(program.err()).toContain('throw new Error');
}, 150_000);

describe('what cannot start is not tried again', () => {
  const errors = (of: Program): readonly unknown[] => of.log().filter(({ level }) => level === 'error');
  let server: Server;
  let taken: number;
  let withoutDefinitions: Program;
  let withoutPort: Program;

  /** On another data directory, beside the other one. */
  async function elsewhere(file: string, at: string, port: string): Promise<Program> {
    await beginWithDatabase(join(folder, at));
    const prefix = ['--queue-prefix', `${MARK}-${at}-`];
    const address = ['--address', process.env['TEMPORAL_ADDRESS'] ?? ''];
    return mabeam(['dev', file, ...address, ...prefix, '--data-dir', at, '--port', port], folder, env());
  }

  beforeAll(async () => {
    writeFileSync(join(folder, 'nothing.ts'), 'export const answer = 42;\n');
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    taken = (server.address() as AddressInfo).port;
    // Each takes seconds, and none waits for the other.
    [withoutDefinitions, withoutPort] = await Promise.all([
      elsewhere('./nothing.ts', 'one', '0'),
      elsewhere('./my-agents.ts', 'two', String(taken)),
    ]);
  }, 120_000);
  afterAll(() => {
    server.close();
  });

  test('a definition file that has none ends dev at once with its message and code', async () => {
    expect(await withoutDefinitions.ended).toBe(ERRORS['invalid-definition'].exitCode);
    expect(errors(withoutDefinitions)).toMatchObject([
      { name: 'mabeam-worker', code: 'invalid-definition' },
      { name: 'mabeam-dev', msg: 'worker could not be started: it ended with exit code 2; its log above says why' },
    ]);
    expect(withoutDefinitions.err()).not.toContain('started again');
  }, 120_000);

  test('a port of the facade that is taken is said, with what to do', async () => {
    expect(await withoutPort.ended).toBe(ERRORS['invalid-request'].exitCode);
    expect(errors(withoutPort)).toMatchObject([
      { name: 'mabeam-store', msg: expect.stringContaining(`port ${String(taken)} of 127.0.0.1 is in use`) as unknown },
      { name: 'mabeam-dev', msg: expect.stringContaining('store could not be started') as unknown },
    ]);
    expect(marked(MARK)).toEqual([]);
  }, 120_000);
});
