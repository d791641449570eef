import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Space } from '../../src/client/index';
import { createHttpReads } from '../../src/client/http-reads';
import type { counter } from '../support/processes/my-agents';
import { until } from '../support/kernel/harness';
import { beginWithDatabase } from '../support/store/template';
import { freePorts } from '../../tools/temporal/free-ports';
import { environment, mabeam, marked, type Program } from '../support/processes/program';

const MARK = `dev-${String(process.pid)}`;
const AGENTS = `import { defineAgent } from 'mabeam/workflows';
export const counter = defineAgent({
  type: 'counter',
  state: () => ({ count: 0 }),
  tell: { add: (state, n: number, ctx) => (ctx.log('adding', { n }), { count: state.count + n }) },
  ask: { priced: async (state, _none: null, ctx) => ({ reply: await ctx.do('price', state.count) }) },
  inspect: { total: (state) => state.count },
});
`;
const ACTIVITIES = `import { log } from '@temporalio/activity';
export async function price(n: number) { log.info('pricing', { n }); return n * 2; }
`;

let folder: string;
let ports: number[];
const env = (): Record<string, string> => {
  const [port = 0, temporalPort = 0] = ports;
  return environment(MARK, { MABEAM_PORT: String(port), MABEAM_TEMPORAL_PORT: String(temporalPort) });
};
const opened: Space[] = [];
async function space(): Promise<Space> {
  const [port = 0, temporalPort = 0] = ports;
  const url = `http://127.0.0.1:${String(port)}`;
  const address = `127.0.0.1:${String(temporalPort)}`;
  const one = await connect({ space: 'dev', address, queuePrefix: '', reads: createHttpReads(url) });
  opened.push(one);
  return one;
}
async function dev(): Promise<Program> {
  const program = await mabeam(['dev', './my-agents.ts'], folder, env());
  await program.says('Ctrl-C');
  return program;
}
async function interrupt(program: Program): Promise<number> {
  for (const each of opened.splice(0)) await each.close();
  program.interrupt();
  return program.ended;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mabeam-dev-'));
  ports = await freePorts(2, 1_000);
  writeFileSync(join(folder, 'my-agents.ts'), AGENTS);
  writeFileSync(join(folder, 'my-agents.activities.ts'), ACTIVITIES);
  await beginWithDatabase(join(folder, '.mabeam'));
});
afterAll(async () => {
  for (const each of opened) await each.close();
  for (const pid of marked(MARK)) process.kill(Number(pid), 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

describe('mabeam dev', () => {
  let program: Program;

  test('one command runs everything and prints the addresses, where data lies and how to stop', async () => {
    program = await dev();
    const [port = 0, temporalPort = 0] = ports;
    expect(program.out()).toContain(`Temporal    127.0.0.1:${String(temporalPort)}`);
    expect(program.out()).toContain(`http://127.0.0.1:${String(temporalPort + 1_000)}/namespaces/default/workflows`);
    expect(program.out()).toContain(`http://127.0.0.1:${String(port)}/`);
    expect(program.out()).toContain('agents counter');
    expect(program.out()).toContain('.mabeam');
    const ready = await fetch(`http://127.0.0.1:${String(port)}/readyz`);
    expect([ready.status, await ready.text()]).toMatchObject([200, expect.stringContaining('"ok":true')]);
  }, 150_000);

  test('one correlation id goes from the request over the workflow to the activity, in the log', async () => {
    const agent = await (await space()).agents.get<typeof counter>('counter', 'tally');
    const correlationId = 'corr-1';
    await agent.with({ correlationId, requestId: 'told-1' }).tell('add', 3);
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'k1', 'x-correlation-id': correlationId };
    const url = `http://127.0.0.1:${String(ports[0])}/v1/spaces/dev/agents/tally:ask`;
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify({ message: 'priced', arg: null }),
    });
    expect([response.status, await response.json()]).toMatchObject([200, expect.anything()]);
    const lines = await until('the three lines', () => {
      const of = (msg: string) =>
        program.log().find((line) => line['msg'] === msg && line['correlationId'] === correlationId);
      const found = [of('request'), of('adding'), of('pricing')];
      return found.includes(undefined) ? undefined : found;
    });
    expect(lines).toMatchObject([
      { status: 200, requestId: expect.any(String) as unknown },
      { workflowId: 'dev:agent:tally', messageId: 'told-1', component: 'workflow', n: 3 },
      { workflowId: 'dev:agent:tally', messageId: expect.any(String) as unknown, component: 'activity', n: 3 },
    ]);
  }, 60_000);

  test('an agent type that no definition file has is unknown-definition, at once', async () => {
    const began = Date.now();
    const agent = await (await space()).agents.get('nobody', 'ghost');
    await expect(agent.ask('hello')).rejects.toMatchObject({ code: 'unknown-definition' });
    expect(Date.now() - began).toBeLessThan(15_000);
  }, 60_000);

  test('a second one on the same directory says who has it', async () => {
    const second = await mabeam(['dev', './my-agents.ts'], folder, env());
    expect(await second.ended).not.toBe(0);
    const [line] = second.log().filter((each) => each['level'] === 'error');
    expect(line?.['msg']).toMatch(/the data directory .*\.mabeam is in use by process \d+/);
  }, 60_000);

  test('Ctrl-C ends it with 0 and leaves nothing running; started again, the state is there; killed, it leaves nothing either', async () => {
    await until('the list', async () => ((await (await space()).agents.list()).items.length > 0 ? true : undefined));
    expect(await interrupt(program)).toBe(0);
    await until('the end of all processes', () => (marked(MARK).length === 0 ? true : undefined));
    program = await dev();
    const again = await space();
    expect(await again.agents.at<typeof counter>('tally').inspect('total')).toBe(3);
    expect((await again.agents.list()).items.map(({ name }) => name)).toContain('tally');
    // Killed, it ends nothing in order: each of its processes does so when it misses its parent.
    for (const each of opened.splice(0)) await each.close();
    const parent = marked(MARK).find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('all-in-one'));
    process.kill(Number(parent), 'SIGKILL');
    expect(await program.ended).not.toBe(0);
    await until('the end of all processes', () => (marked(MARK).length === 0 ? true : undefined), 60_000);
  }, 200_000);
});

test('definitions that contradict each other are refused before anything starts, all at once', async () => {
  const write = (name: string, text: string): string => {
    writeFileSync(
      join(folder, name),
      `import { defineAgent, defineVariables, float, on } from 'mabeam/workflows';\n${text}`,
    );
    return `./${name}`;
  };
  const files = [
    write('one.ts', `export const a = defineAgent({ type: 'twin', state: () => 0 });`),
    write('two.ts', `export const b = defineAgent({ type: 'twin', state: () => 0 });`),
    write(
      'set.ts',
      `export const s = defineVariables('same', { x: float(0, 1) }); export const t = defineVariables('same', { y: float(0, 1) });`,
    ),
    write('range.ts', `export const r = defineVariables('range', { x: float(0, 1).default(2) });`),
    write(
      'unknown.ts',
      `export const u = defineVariables('u', { x: float(0, 1) }, { constraints: { c: on(['z' as never], () => true) } });`,
    ),
    write('nothing.ts', `export const answer = 42;`),
    './missing.ts',
  ];
  // Nobody listens at this address: a process that got as far as connecting would wait there.
  const program = await mabeam(['worker', ...files, '--address', '127.0.0.1:9'], folder, env());
  expect(await program.ended).toBe(2);
  const [line] = program.log().filter((each) => each['level'] === 'error');
  expect(line).toMatchObject({ code: 'invalid-definition' });
  const problems = (line?.['details'] as { problems: string[] }).problems.join('\n');
  for (const part of [
    /two agents are of type twin: a of .*one\.ts and b of .*two\.ts/,
    /two variable sets are named same/,
    /range\.ts: .*default/,
    /unknown\.ts: .*z/,
    /nothing\.ts: expected an export made with defineAgent.*answer/,
    /missing\.ts: there is no such file/,
  ])
    expect(problems).toMatch(part);
}, 60_000);
